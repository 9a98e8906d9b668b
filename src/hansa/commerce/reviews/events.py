"""Facts about reviews."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ReviewWritten(DomainEvent):
    review_id: int
    stars: int
    at: str
