"""Facts about promotions."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PlaceDecided(DomainEvent):
    """A group has formed or failed: told once for each place, by the purchase that waits for it."""

    group_id: int
    reference: str
    has_formed: bool
    at: str
