"""Holding what a purchase is made of: bundles are opened, and what falls short is said in the buyer's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from hansa.commerce.catalogue import bundles
from hansa.commerce.catalogue.bundles import Components
from hansa.commerce.orders.services import NewPurchase
from hansa.commerce.pricing.domain import Quote
from hansa.commerce.stock import services as stock
from hansa.commerce.stock.errors import InsufficientStock


def reserve(
    *, quote: Quote, components: Components, new: NewPurchase, now: datetime, until: datetime | None = None
) -> None:
    """Hold the goods of a quote, those of its bundles summed with single ones; one statement, levels in key order.

    Refuses with InsufficientStock, naming offers: `in_the_buyers_words` turns them into goods.
    """
    wanted: dict[int, int] = {}
    for line in quote.lines:
        wanted[line.wanted.offer_id] = wanted.get(line.wanted.offer_id, 0) + line.wanted.quantity
    stock.reserve(
        platform_id=new.platform_id,
        warehouse_id=new.outlet_id,
        wanted=bundles.expand(wanted, components),
        reference=new.number,
        now=now,
        until=until,
    )


@contextmanager
def in_the_buyers_words(quote: Quote, components: Components) -> Iterator[None]:
    """Name the goods that the buyer wanted where stock falls short of them or of what they are made of."""
    try:
        yield
    except InsufficientStock as short:
        told = cast("Mapping[str, int]", short.details["left"])
        left = {int(offer): units for offer, units in told.items()}
        raise InsufficientStock(_said(quote, components, left), details=short.details) from short


def _said(quote: Quote, components: Components, left: dict[int, int]) -> str:
    """Each line that cannot be had, after the lines before it took theirs of what they share."""
    said = []
    for line in quote.lines:
        wanted = line.wanted
        parts = components.get(wanted.offer_id, {wanted.offer_id: 1})
        scarce = {offer: each for offer, each in parts.items() if offer in left}
        enough = min((max(0, left[offer]) // each for offer, each in scarce.items()), default=wanted.quantity)
        if enough < wanted.quantity:
            said.append(f"{wanted.title}: {wanted.quantity} asked, {enough} left")
        for offer, each in scarce.items():
            left[offer] -= each * min(enough, wanted.quantity)
    return "; ".join(said)
