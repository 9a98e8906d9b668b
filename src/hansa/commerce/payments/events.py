"""Facts about money."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(DomainEvent):
    payment_id: int
    reference: str
    amount: int
    currency: str
    at: str


@dataclass(frozen=True, kw_only=True)
class PaymentDeclined(DomainEvent):
    payment_id: int
    reference: str
    reason: str
    at: str


@dataclass(frozen=True, kw_only=True)
class RefundRequested(DomainEvent):
    refund_id: int
    reference: str
    at: str
