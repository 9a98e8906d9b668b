"""What a member may ask of another: a promise of stock, and to fulfil an order it has sold."""

from __future__ import annotations

from datetime import datetime

from hansa.alliance.gateway.schemas import (
    OrderForwardIn,
    OrderForwardOut,
    Promise,
    StockPromiseIn,
    StockPromiseOut,
)
from hansa.alliance.gateway.services import Admitted
from hansa.alliance.settlement.domain import fee_of
from hansa.alliance.settlement.services import fee_bp_between
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.errors import PriceChanged
from hansa.commerce.orders.services import Destination
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.stock import selectors as stock
from hansa.foundation import tenancy
from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import Money


def promise_stock(admitted: Admitted, asked: StockPromiseIn, *, now: datetime) -> StockPromiseOut:
    """Say how many of each offer the receiver could deliver now, and what those asked for would cost."""
    wanted = _wanted(asked)
    platform = admitted.receiver.platform
    with tenancy.as_platform(platform.pk):
        free = stock.available(platform_id=platform.pk, offer_ids=wanted)
        promises = [
            Promise(
                offer_id=offer_id,
                asked=quantity,
                available=min(quantity, max(0, free[offer_id])),
                total=_price(platform.pk, offer_id, quantity, now),
                currency=platform.currency,
            )
            for offer_id, quantity in sorted(wanted.items())
        ]
    return StockPromiseOut(promises=promises)


def forward_order(admitted: Admitted, asked: OrderForwardIn, *, now: datetime) -> OrderForwardOut:
    """Place an order that the sender has sold and been paid for; the same key again answers the same order.

    Refuses with PriceChanged when the goods now cost something else than the buyer was shown, and with
    whatever the checkout refuses: goods not sold here, too little stock. Nothing is kept then.
    """
    seller, fulfiller = admitted.sender.platform_id, admitted.receiver.platform_id
    with tenancy.as_platform(fulfiller):
        group = checkout.place_partner_order(
            platform_id=fulfiller,
            sold_by_id=seller,
            wanted=_wanted(asked),
            destination=Destination(**asked.destination.model_dump()),
            key=admitted.idempotency_key,
            now=now,
        )
        if group.currency != asked.currency:
            raise InvalidInput(
                f"{admitted.receiver.platform.code} sells in {group.currency}, not {asked.currency}"
            )
        if group.items_total != asked.agreed_total:
            new, old = Money(group.items_total, group.currency), Money(asked.agreed_total, asked.currency)
            details = {"total": new.minor, "agreed": old.minor}
            raise PriceChanged(f"the goods now cost {new}, not {old}", details=details)
        fee_bp = fee_bp_between(fulfiller_id=fulfiller, seller_id=seller, at=group.placed_at)
        fee = fee_of(group.items_total, fee_bp)
        return OrderForwardOut(
            number=group.number,
            items_total=group.items_total,
            fee=fee,
            owed=group.grand_total - fee,
            currency=group.currency,
        )


def _wanted(asked: StockPromiseIn | OrderForwardIn) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for line in asked.lines:
        wanted[line.offer_id] = wanted.get(line.offer_id, 0) + line.quantity
    return wanted


def _price(platform_id: int, offer_id: int, quantity: int, now: datetime) -> int | None:
    listing = catalogue.listing_of_offer(platform_id=platform_id, offer_id=offer_id)
    if listing is None:
        return None
    wanted = {listing.pk: quantity}
    return pricing.quote_for_partner(platform_id=platform_id, wanted=wanted, now=now).items_total
