"""Facts about deliveries."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class RoutesReleased(DomainEvent):
    plan_id: int
    parcels: int
    at: str
