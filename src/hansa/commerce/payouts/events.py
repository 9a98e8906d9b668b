"""Facts about payouts."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PayoutApproved(DomainEvent):
    """Two people agreed, or an operator lets a failed payout be tried again."""

    payout_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class PayoutEnded(DomainEvent):
    """``state`` is paid, failed, reversed or cancelled."""

    payout_id: int
    merchant_id: int
    state: str
    amount: int
    currency: str
    reason: str
    at: str
