"""The API's doors to group buys; one buys in a group by POST /orders/."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts.api import ANYBODY, inside
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import together
from hansa.commerce.checkout.api import WindowOut
from hansa.commerce.checkout.together import GroupOffer
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.orders import selectors as orders
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions.models import BuyingGroup
from hansa.kernel.errors import NotFound

router = Router(tags=["orders"])


class GroupOut(Schema):
    """A group; it forms when the money of as many buyers as it needs is held, and fails at its deadline."""

    id: int
    product_id: int
    state: str
    joined: int
    needed: int
    deadline: datetime

    @staticmethod
    def resolve_product_id(group: BuyingGroup) -> int:
        return group.listing_id


class GroupOfferOut(Schema):
    """What so many units cost in a group, in minor units, and when they can come: after its deadline."""

    quantity: int
    needed: int
    deadline: datetime
    currency: str
    items_total: int
    delivery_fee: int
    tax_added: int
    tax_included: int
    grand_total: int
    windows: list[WindowOut]


class GroupBuyOut(Schema):
    """A good's group buy: what it costs in a group that is opened now, and groups with a free place."""

    offer: GroupOfferOut
    groups: list[GroupOut]


class GroupDetailOut(Schema):
    """``offer`` is what joining costs; null where no place is free."""

    group: GroupOut
    offer: GroupOfferOut | None


@router.get("/products/{listing_id}/groups/", response=GroupBuyOut, auth=ANYBODY)
def list_groups(
    request: HttpRequest, listing_id: int, platform: str = "", quantity: int = 1
) -> dict[str, object]:
    """What a good costs for who buys it together, and the five fullest groups that can be joined."""
    with inside(request, platform) as call:
        platform_id = call.platform.pk
        listing = catalogue.get_listing(platform_id=platform_id, listing_id=listing_id)
        offer = together.find_offer(
            platform_id=platform_id,
            listing=listing,
            buyer_id=call.actor.user_id,
            quantity=quantity,
            now=call.now,
        )
        if offer is None:
            raise NotFound(f"there is no group buy of {listing.title} now")
        found = promotions.open_groups_of(platform_id=platform_id, listing_id=listing.pk, now=call.now)
        return {"offer": _offer(offer, quantity), "groups": found}


@router.get("/groups/{group_id}", response=GroupDetailOut, auth=ANYBODY)
def get_group(
    request: HttpRequest, group_id: int, platform: str = "", quantity: int = 1
) -> dict[str, object]:
    """One group, for whoever was told of it, and what it costs to join."""
    with inside(request, platform) as call:
        group = promotions.get_group(platform_id=call.platform.pk, group_id=group_id)
        offer = None
        if group.has_room(call.now) and group.listing.is_active:
            offered = together.offer_in(group, buyer_id=call.actor.user_id, quantity=quantity, now=call.now)
            offer = _offer(offered, quantity)
        return {"group": group, "offer": offer}


@router.get("/orders/{number}/group", response=GroupOut, auth=ANYBODY)
def get_group_of_order(request: HttpRequest, number: str, platform: str = "", token: str = "") -> BuyingGroup:
    """The group that a purchase waits for, or waited for."""
    with inside(request, platform) as call:
        orders.get_purchase(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
        place = promotions.places_of([number]).get(number)
        if place is None:
            raise NotFound(f"purchase {number} is in no group")
        return place.group


def _offer(offer: GroupOffer, quantity: int) -> GroupOfferOut:
    quote = offer.priced.quote
    return GroupOfferOut(
        quantity=quantity,
        needed=offer.needed,
        deadline=offer.deadline,
        currency=quote.currency,
        items_total=quote.items_total,
        delivery_fee=quote.delivery_fee,
        tax_added=quote.tax_added,
        tax_included=quote.tax_included,
        grand_total=quote.grand_total,
        windows=[
            WindowOut(key=each.key, start=each.start, end=each.end)
            for each in offered_windows(offer.deadline)
        ],
    )
