"""Buying in a group: the page of a group, and the checkout that opens one or joins it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.checkout import cart as carts
from hansa.commerce.checkout import together
from hansa.commerce.checkout.together import GroupOffer, Together
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions.domain import GroupState
from hansa.commerce.promotions.models import BuyingGroup, GroupMember
from hansa.foundation import tenancy
from hansa.web.doors import Visit, phased_shop_page, shop_page
from hansa.web.storefront import asked, buying, pages, shown


@dataclass(frozen=True)
class ShownGroupBuy:
    """What a good costs in a group, on its page, and the groups in which a place is free."""

    price: int
    needed: int
    ends_at: datetime
    groups: list[BuyingGroup]


@dataclass(frozen=True)
class ShownPlace:
    """Where the group of a purchase stands."""

    group: BuyingGroup

    @property
    def is_open(self) -> bool:
        return self.group.state == GroupState.OPEN

    @property
    def has_failed(self) -> bool:
        return self.group.state == GroupState.FAILED


def group_buy_of(listing: Listing, visit: Visit) -> ShownGroupBuy | None:
    """The group buy of a good; None where it has none that costs less."""
    if not promotions.has_group_buys(visit.platform.pk):
        return None
    where: dict[str, Any] = {"platform_id": visit.platform.pk, "now": visit.now}
    offer = together.find_offer(listing=listing, buyer_id=visit.actor.user_id, **where)
    if offer is None:
        return None
    waiting = promotions.open_groups_of(listing_id=listing.pk, **where)
    return ShownGroupBuy(offer.priced.quote.items_total, offer.needed, offer.promotion.ends_at, waiting)


def place_of(number: str) -> ShownPlace | None:
    """Where the group of a purchase stands; None where it was bought alone."""
    place = promotions.places_of([number]).get(number)
    return ShownPlace(place.group) if place else None


@require_GET
@shop_page
def group(request: HttpRequest, visit: Visit, group_id: int) -> HttpResponse:
    """One group: its good and price, who is missing, until when; to join it or to share it."""
    found = promotions.get_group(platform_id=visit.platform.pk, group_id=group_id)
    is_over = found.state == GroupState.OPEN and found.deadline <= visit.now  # and will be closed in a moment
    has_offer = found.has_room(visit.now) and found.listing.is_active
    context = {
        "group": found,
        "state": GroupState.FAILED if is_over else found.state,
        "good": shown.listings([found.listing], visit)[0],
        "offer": _offer_in(found, visit) if has_offer else None,
        "missing": found.needed - found.joined,
        "place": _own_place(found, visit),
        "address": request.build_absolute_uri(request.path),
    }
    return pages.show(request, visit, "storefront/group.html", context)


@require_http_methods(["GET", "POST"])
@phased_shop_page
def start(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """Check out a good at its group price and open a group with it."""
    if visit.actor.user_id is None:
        return redirect_to_login(request.get_full_path())
    quantity = _quantity(request)
    with tenancy.as_platform(visit.platform.pk):
        listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=listing_id)
        offer = together.find_offer(
            platform_id=visit.platform.pk,
            listing=listing,
            buyer_id=visit.actor.user_id,
            quantity=quantity,
            now=visit.now,
        )
    if offer is None:
        messages.warning(request, _("There is no group buy of this good now."))
        return redirect("shop:product", visit.platform.code, listing_id)
    return _check_out(request, visit, offer, Together(quantity, listing_id=listing_id), joined=0)


@require_http_methods(["GET", "POST"])
@phased_shop_page
def join(request: HttpRequest, visit: Visit, group_id: int) -> HttpResponse:
    """Check out the good of a group and take a place in it."""
    if visit.actor.user_id is None:
        return redirect_to_login(request.get_full_path())
    quantity = _quantity(request)
    with tenancy.as_platform(visit.platform.pk):
        found = promotions.get_group(platform_id=visit.platform.pk, group_id=group_id)
        may_join = found.has_room(visit.now) and _own_place(found, visit) is None
        offer = _offer_in(found, visit, quantity) if may_join and found.listing.is_active else None
    if offer is None:
        return redirect("shop:group", visit.platform.code, group_id)
    return _check_out(request, visit, offer, Together(quantity, group_id=group_id), joined=found.joined)


def _check_out(
    request: HttpRequest, visit: Visit, offer: GroupOffer, wanted: Together, *, joined: int
) -> HttpResponse:
    def look() -> carts.ShownCart:
        return carts.with_goods(offer.priced, platform_id=visit.platform.pk)

    context = {"offer": offer, "quantity": wanted.quantity, "joined": joined, "most": together.MOST_TOGETHER}
    chosen = buying.Chosen(look, offer.deadline, wanted, context)
    return buying.check_out(request, visit, chosen)


def _offer_in(group: BuyingGroup, visit: Visit, quantity: int = 1) -> GroupOffer:
    return together.offer_in(group, buyer_id=visit.actor.user_id, quantity=quantity, now=visit.now)


def _own_place(group: BuyingGroup, visit: Visit) -> GroupMember | None:
    if visit.actor.user_id is None:
        return None
    return promotions.find_place(group_id=group.pk, buyer_id=visit.actor.user_id)


def _quantity(request: HttpRequest) -> int:
    return asked.units(request, most=together.MOST_TOGETHER)
