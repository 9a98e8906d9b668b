"""Facts about what people do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class BehaviourSeen(DomainEvent):
    """Something that changes what is recommended next: view, cart, purchase, rating, follow, hide, return, share."""

    behaviour_id: int
    kind: str
    user_id: int | None
    visitor: str
    listing_id: int | None
    offer_id: int | None
    product_id: int | None
    value: int | None
    at: str


@dataclass(frozen=True, kw_only=True)
class ActsSeen(DomainEvent):
    """Several such acts of one visitor, told at once: each has behaviour_id, kind, listing_id, offer_id, product_id."""

    user_id: int | None
    visitor: str
    acts: list[dict[str, Any]]
    at: str


@dataclass(frozen=True, kw_only=True)
class HistoryForgotten(DomainEvent):
    """A person had their acts from ``since`` to before ``until`` deleted; whoever keeps copies deletes them too."""

    user_id: int
    since: str
    until: str
