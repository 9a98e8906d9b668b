"""Facts about who follows whom."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PersonFollowed(DomainEvent):
    """Somebody follows another shopper, or no longer does."""

    follower_id: int
    followed_id: int
    follows: bool
    at: str
