"""Facts about what people do."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class BehaviourSeen(DomainEvent):
    """Something that changes what is recommended next: view, cart, purchase, rating, follow, hide."""

    behaviour_id: int
    kind: str
    user_id: int | None
    visitor: str
    listing_id: int | None
    offer_id: int | None
    product_id: int | None
    value: int | None
    at: str
