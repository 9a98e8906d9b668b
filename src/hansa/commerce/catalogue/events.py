"""Facts about what is for sale."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ListingPriced(DomainEvent):
    listing_id: int
    price: int
    at: str
