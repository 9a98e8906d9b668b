"""How the shop shows things: goods with their reductions, pages of results, days of delivery, stations of a purchase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from urllib.parse import urlencode

from allauth.mfa.adapter import get_adapter
from django.core.paginator import Page, Paginator
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.checkout import services as checkouts
from hansa.commerce.checkout.cart import ShownCart
from hansa.commerce.delivery.domain import Window
from hansa.commerce.delivery.models import Shipment
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.pricing.domain import FREE_DELIVERY_FROM
from hansa.commerce.pricing.selectors import Deal
from hansa.commerce.recommendations.selectors import Recommended, Shelf
from hansa.commerce.stock import selectors as stock
from hansa.foundation import statements
from hansa.web.addresses import address
from hansa.web.cards import Card
from hansa.web.doors import Visit
from hansa.web.sentences.kinds import funder_text, kind_text
from hansa.web.templatetags.words import good_name, platform_name

FEW = 20  # from so many on we do not say how many are left
_ICONS = {"bought before": "refresh", "popular": "trend"}


@dataclass(frozen=True)
class ShownOffer:
    """The promotion on a good: what it gives, who pays for it, until when, and what a flash sale has left."""

    name: str
    gives: str
    paid_by: str
    ends_at: datetime
    least: int
    flash_left: int | None
    flash_stock: int | None


@dataclass(frozen=True)
class Good:
    """A listing on a page."""

    listing: Listing
    title: str
    url: str
    price: int
    list_price: int
    percent_off: int
    available: int
    reason: str = ""
    reason_icon: str = "spark"
    why: str = ""
    position: int = 0
    offer: ShownOffer | None = None

    @property
    def in_stock(self) -> bool:
        return self.available > 0

    @property
    def is_scarce(self) -> bool:
        return 0 < self.available <= FEW

    @property
    def rating(self) -> float:
        listing = self.listing
        return listing.rating_sum / listing.rating_count if listing.rating_count else 0.0

    @property
    def card(self) -> Card:
        """The good as it stands on a shelf."""
        listing = self.listing
        return Card(
            name=self.title,
            href=self.url,
            minor=self.price,
            was=self.list_price if self.percent_off else None,
            currency=listing.currency,
            category=listing.category.art,
            seed=listing.product_id,
            cover=listing.product.cover,
            merchant=listing.merchant.name,
            merchant_seed=listing.merchant_id,
            rating=self.rating or None,
            rating_count=listing.rating_count,
            badge=f"−{self.percent_off} %" if self.percent_off else "",
            reason=self.reason,
            reason_icon=self.reason_icon,
            why=self.why,
            note="" if self.in_stock else _("Sold out for now"),
            listing=listing.pk,
            position=self.position,
            can_be_added=self.in_stock,
        )


@dataclass(frozen=True)
class ShownShelf:
    """Goods under one request id, by which their impressions are told apart."""

    request_id: str
    goods: list[Good]
    is_personal: bool = False


@dataclass(frozen=True)
class Day:
    """A day on which parcels come, and its windows."""

    day: date
    windows: list[Window]


@dataclass(frozen=True)
class Today:
    """Reductions by listing and units left by offer, as they are now."""

    deals: dict[int, Deal]
    free: dict[int, int]


def today(found: Iterable[Listing], visit: Visit) -> Today:
    """What these listings cost now and what is left of them, in one round trip for all of them."""
    one_each = list({listing.pk: listing for listing in found}.values())
    with statements.together():
        free = stock.units_free(
            platform_id=visit.platform.pk, offer_ids=[listing.offer_id for listing in one_each]
        )
        deals = pricing.deals(platform_id=visit.platform.pk, listings=one_each, now=visit.now)
    return Today(deals, free.value)


def listings(
    found: Sequence[Listing],
    visit: Visit,
    reasons: Sequence[Recommended] = (),
    now: Today | None = None,
) -> list[Good]:
    """Goods with today's reductions and what is left of them, asked for unless they are given."""
    now = now or today(found, visit)
    goods = []
    for position, listing in enumerate(found):
        deal = now.deals[listing.pk]
        reason = reasons[position] if reasons else None
        goods.append(
            Good(
                listing=listing,
                title=good_name(listing.product),
                url=address("shop:product", visit.platform.code, listing.pk),
                price=deal.price,
                list_price=deal.list_price,
                percent_off=deal.percent_off,
                available=now.free[listing.offer_id],
                reason=reason_of(reason) if reason else "",
                reason_icon=_ICONS.get(reason.source, "spark") if reason else "spark",
                why=_why(visit, listing, reason) if reason else "",
                position=position + 1,
                offer=_offer(deal, listing, visit),
            )
        )
    return goods


def _offer(deal: Deal, listing: Listing, visit: Visit) -> ShownOffer | None:
    if deal.rule is None or deal.ends_at is None:
        return None
    return ShownOffer(
        name=deal.rule.name,
        gives=kind_text(deal.rule, listing.currency),
        paid_by=funder_text(
            deal.rule.platform_share_bp,
            platform=platform_name(visit.platform),
            merchant=listing.merchant.name,
        ),
        ends_at=deal.ends_at,
        least=deal.rule.min_spend,
        flash_left=deal.flash_left,
        flash_stock=deal.flash_stock,
    )


def shelf(answer: Shelf, visit: Visit, *, with_reasons: bool = True, now: Today | None = None) -> ShownShelf:
    """Recommended goods, with their reasons in words where they do not go without saying."""
    found = [item.listing for item in answer.items]
    goods = listings(found, visit, answer.items if with_reasons else (), now)
    return ShownShelf(answer.request_id, goods, answer.is_personal)


def reason_of(item: Recommended) -> str:
    """Why this is shown, in the reader's language."""
    if item.source == "bought before":
        return _("You bought it before")
    if item.because_of:
        return _("Goes with %(title)s") % {"title": item.because_of}
    if item.source == "popular":
        return _("Popular here")
    return _("To your taste")


def _why(visit: Visit, listing: Listing, item: Recommended) -> str:
    """The page that says why a good is shown, with the deed behind it."""
    url = address("shop:why", visit.platform.code, listing.pk)
    return url if item.cause_id is None else f"{url}?because={item.cause_id}"


def page_of(number: int, total: int, size: int) -> Page[int]:
    """Where one is in a list of results, for the pagination."""
    return Paginator(range(total), size).get_page(number)


def days_of(windows: Iterable[Window]) -> list[Day]:
    """Delivery windows by day."""
    return [Day(day, list(offered)) for day, offered in groupby(windows, lambda window: window.start.date())]


@dataclass(frozen=True)
class Sums:
    """What a cart's sums leave unsaid, in minor units."""

    saved: int
    missing: int
    free_from: int


def sums_of(cart: ShownCart) -> Sums:
    """What reductions save, and how much more would make delivery free."""
    saved = sum(line.discount for line in cart.quote.lines)
    missing = FREE_DELIVERY_FROM - cart.quote.items_total if cart.quote.delivery_fee else 0
    return Sums(saved, missing, FREE_DELIVERY_FROM)


def url_of_purchase(visit: Visit, group: OrderGroup) -> str:
    """A purchase's page; a guest's carries the token that opens it."""
    url = address("shop:purchase", visit.platform.code, group.number)
    return url if group.buyer_id is not None else f"{url}?token={group.token}"


def url_of_step(visit: Visit, group: OrderGroup) -> str:
    """Where a buyer goes on with a step at the provider, and comes back to."""
    asked = urlencode({"number": group.number, "token": group.token})
    return f"{address('shop:back', visit.platform.code)}?{asked}"


def step_of(visit: Visit, group: OrderGroup) -> str:
    """Where to go on when a purchase waits for its buyer at the provider; empty when it does not."""
    is_unpaid = any(order.status == OrderStatus.PLACED for order in group.orders.all())
    return url_of_step(visit, group) + "&go=1" if is_unpaid and checkouts.step_of(group.number) else ""


def code_of(text: str) -> str:
    """A text as a QR code to point a phone at, on white also where the page is dark."""
    drawn: str = get_adapter().build_totp_svg(text)
    return SafeString(drawn.replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1))


def steps_of(group: OrderGroup, shipment: Shipment | None) -> list[dict[str, str]]:
    """The stations of a purchase as the stepper shows them: those of the orders that are not called off.

    A purchase is as far as the last of these; called off when all of them are.
    """
    alive = [order for order in group.orders.all() if order.status != OrderStatus.CANCELLED]
    changes = {
        change.new: change.at for order in alive or group.orders.all() for change in order.changes.all()
    }
    if not alive:
        return [
            _step(_("Ordered"), "done", group.placed_at, "clipboard"),
            _step(_("Cancelled"), "failed", changes.get("cancelled"), "close"),
        ]
    reached = min(_STATIONS.index(order.status) for order in alive)
    stations = [
        (_("Ordered"), group.placed_at, "clipboard"),
        (_("Paid"), changes.get("paid"), "card"),
        (_("On its way"), changes.get("shipped"), "truck"),
        (_("Delivered"), changes.get("delivered") or (shipment.delivered_at if shipment else None), "home"),
    ]
    return [
        _step(name, "done" if place <= reached else "current" if place == reached + 1 else "todo", at, icon)
        for place, (name, at, icon) in enumerate(stations)
    ]


_STATIONS = ["placed", "paid", "shipped", "delivered"]


def _step(name: str, state: str, at: datetime | None, icon: str) -> dict[str, str]:
    note = date_format(at, "SHORT_DATETIME_FORMAT") if at else ""
    return {"name": name, "state": state, "note": note, "icon": icon}
