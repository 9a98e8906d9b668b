"""Selling another member's goods: ask what it can deliver and for how much, then forward the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from hansa.alliance.gateway.schemas import OrderForwardOut, StockPromiseOut
from hansa.alliance.gateway.services import call_member
from hansa.alliance.models import Member
from hansa.commerce.orders.services import Destination
from hansa.kernel.errors import NotFound, Refused

SELL = "sell"


def sell_across(
    *,
    seller: Member,
    fulfiller: Member,
    wanted: Mapping[int, int],
    destination: Destination,
    key: str,
    now: datetime,
) -> OrderForwardOut:
    """Sell so many units of the fulfiller's offers and have them delivered; the same key sells once.

    Two signed calls. Refuses, before anything is ordered, offers that the fulfiller does not sell and
    more than it has. Must be called outside any transaction, once the buyer has paid the seller.
    """
    lines = [{"offer_id": offer_id, "quantity": quantity} for offer_id, quantity in sorted(wanted.items())]
    promised = StockPromiseOut.model_validate(
        call_member(
            sender=seller,
            receiver=fulfiller,
            scope="stock.promise",
            purpose=SELL,
            body={"lines": lines},
            now=now,
        )
    )
    total = 0
    for promise in promised.promises:
        if promise.total is None:
            raise NotFound(f"{fulfiller.platform.code} does not sell offer {promise.offer_id}")
        if promise.available < promise.asked:
            raise Refused(f"offer {promise.offer_id}: {promise.asked} asked, {promise.available} left")
        total += promise.total
    body: dict[str, object] = {
        "lines": lines,
        "destination": asdict(destination),
        "currency": promised.promises[0].currency,
        "agreed_total": total,
    }
    answer = call_member(
        sender=seller,
        receiver=fulfiller,
        scope="order.forward",
        purpose=SELL,
        body=body,
        idempotency_key=key,
        now=now,
    )
    return OrderForwardOut.model_validate(answer)
