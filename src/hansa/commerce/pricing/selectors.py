"""Prices as they stand now: list prices of listings with the reductions that run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.pricing.domain import Quote, WantedLine, quote_total
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions.models import Coupon
from hansa.commerce.promotions.selectors import Reduction
from hansa.kernel.errors import InvalidInput


def reductions(*, platform_id: int, offer_ids: list[int], now: datetime) -> dict[int, Reduction]:
    """The reductions that run now without a coupon, by offer."""
    return promotions.best_reductions(platform_id=platform_id, offer_ids=offer_ids, now=now)


def quote(
    *,
    platform_id: int,
    wanted: Mapping[int, int],
    now: datetime,
    coupon: Coupon | None = None,
    with_delivery: bool = True,
) -> Quote:
    """Price so many units of listings (listing id to quantity) of one platform as of now.

    Refuses listings that are not for sale there and baskets of several currencies.
    """
    listings = catalogue.listings_for_sale(platform_id=platform_id, listing_ids=wanted)
    currencies = {listing.currency for listing in listings}
    if len(currencies) > 1:
        raise InvalidInput(f"one basket takes one currency, not {', '.join(sorted(currencies))}")
    reductions = promotions.best_reductions(
        platform_id=platform_id, offer_ids=[listing.offer_id for listing in listings], now=now, coupon=coupon
    )
    lines = []
    for listing in listings:
        reduction = reductions.get(listing.offer_id)
        lines.append(
            WantedLine(
                listing_id=listing.pk,
                offer_id=listing.offer_id,
                merchant_id=listing.merchant_id,
                title=listing.title,
                quantity=wanted[listing.pk],
                unit_price=listing.price,
                reduction_bp=reduction.percent_bp if reduction else 0,
                reduction_name=reduction.name if reduction else "",
                paid_by_platform=bool(reduction and reduction.funded_by == "platform"),
            )
        )
    return quote_total(lines, currency=currencies.pop() if currencies else "USD", with_delivery=with_delivery)
