"""How the shop shows things: goods with their reductions, pages of results, the steps of a purchase."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.commerce.catalogue.models import Category, Listing
from hansa.commerce.delivery.models import Shipment
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.recommendations.selectors import Recommended, Shelf
from hansa.commerce.stock import selectors as stock
from hansa.kernel.money import share_of
from hansa.web.doors import Visit


@dataclass(frozen=True)
class Good:
    """A listing on a page."""

    listing: Listing
    url: str
    price: int
    list_price: int
    percent_off: int
    in_stock: bool
    reason: str = ""
    position: int = 0

    @property
    def rating(self) -> float:
        listing = self.listing
        return listing.rating_sum / listing.rating_count if listing.rating_count else 0.0


@dataclass(frozen=True)
class ShownShelf:
    """Goods under one request id, by which their impressions are told apart."""

    request_id: str
    goods: list[Good]


@dataclass(frozen=True)
class Pages:
    """Where one is in a list of results."""

    number: int
    total: int
    size: int

    @property
    def last(self) -> int:
        return max(1, math.ceil(self.total / self.size))

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < self.last else None


@dataclass(frozen=True)
class Step:
    """A station in the life of a purchase: done when it has a time."""

    title: str
    at: datetime | None
    note: str = ""


def listings(found: Sequence[Listing], visit: Visit, reasons: Sequence[str] = ()) -> list[Good]:
    """Goods with today's reductions and whether they are there, in two queries for all of them."""
    offers = [listing.offer_id for listing in found]
    cuts = pricing.reductions(platform_id=visit.platform.pk, offer_ids=offers, now=visit.now)
    free = stock.available(platform_id=visit.platform.pk, offer_ids=offers)
    goods = []
    for position, listing in enumerate(found):
        percent_bp = cuts[listing.offer_id].percent_bp if listing.offer_id in cuts else 0
        goods.append(
            Good(
                listing=listing,
                url=reverse("shop:product", args=[visit.platform.code, listing.pk]),
                price=listing.price - share_of(listing.price, percent_bp),
                list_price=listing.price,
                percent_off=percent_bp // 100,
                in_stock=free[listing.offer_id] > 0,
                reason=reasons[position] if reasons else "",
                position=position,
            )
        )
    return goods


def shelf(answer: Shelf, visit: Visit) -> ShownShelf:
    """Recommended goods with their reasons in words."""
    found = [item.listing for item in answer.items]
    return ShownShelf(answer.request_id, listings(found, visit, [reason_of(item) for item in answer.items]))


def reason_of(item: Recommended) -> str:
    """Why this is shown, in the reader's language."""
    if item.source == "bought before":
        return _("You bought it before")
    if item.because_of:
        return _("Goes with %(title)s") % {"title": item.because_of}
    if item.source == "popular":
        return _("Popular here")
    return _("To your taste")


def name_of(category: Category) -> str:
    """A category's name in the reader's language."""
    return category.name_zh if (get_language() or "").startswith("zh") else category.name


def url_of_purchase(visit: Visit, group: OrderGroup) -> str:
    """A purchase's page; a guest's carries the token that opens it."""
    url = reverse("shop:purchase", args=[visit.platform.code, group.number])
    return url if group.buyer_id is not None else f"{url}?token={group.token}"


def steps_of(group: OrderGroup, shipment: Shipment | None) -> list[Step]:
    """The stations of a purchase, from placed to delivered, or to cancelled."""
    changes = {change.new: change.at for order in group.orders.all() for change in order.changes.all()}
    if "cancelled" in changes:
        return [Step(_("Ordered"), group.placed_at), Step(_("Cancelled"), changes["cancelled"])]
    statuses = {order.status for order in group.orders.all()}
    reached = shipment.delivered_at if shipment else None
    return [
        Step(_("Ordered"), group.placed_at),
        Step(
            _("Paid"),
            changes.get("paid")
            or (group.placed_at if statuses <= {"delivered", "shipped", "paid"} else None),
        ),
        Step(_("On its way"), changes.get("shipped") or reached),
        Step(_("Delivered"), changes.get("delivered") or reached),
    ]
