"""How the shop shows things: goods with their reductions, pages of results, the steps of a purchase."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.commerce.catalogue.models import Listing
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


def url_of_purchase(visit: Visit, group: OrderGroup) -> str:
    """A purchase's page; a guest's carries the token that opens it."""
    url = reverse("shop:purchase", args=[visit.platform.code, group.number])
    return url if group.buyer_id is not None else f"{url}?token={group.token}"


def steps_of(group: OrderGroup, shipment: Shipment | None) -> list[dict[str, str]]:
    """The stations of a purchase, from ordered to delivered or cancelled, as the stepper shows them."""
    changes = {change.new: change.at for order in group.orders.all() for change in order.changes.all()}
    if "cancelled" in changes:
        return [
            _step(_("Ordered"), "done", group.placed_at),
            _step(_("Cancelled"), "failed", changes["cancelled"]),
        ]
    status = min((order.status for order in group.orders.all()), key=_STATIONS.index)
    reached = _STATIONS.index(status)
    times = [
        group.placed_at,
        changes.get("paid"),
        changes.get("shipped"),
        changes.get("delivered") or (shipment.delivered_at if shipment else None),
    ]
    names = [_("Ordered"), _("Paid"), _("On its way"), _("Delivered")]
    return [
        _step(
            name, "done" if place <= reached else "current" if place == reached + 1 else "todo", times[place]
        )
        for place, name in enumerate(names)
    ]


_STATIONS = ["placed", "paid", "shipped", "delivered"]


def _step(name: str, state: str, at: datetime | None) -> dict[str, str]:
    return {"name": name, "state": state, "note": date_format(at, "SHORT_DATETIME_FORMAT") if at else ""}
