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


@dataclass(frozen=True, kw_only=True)
class ProviderEventHeard(DomainEvent):
    heard_id: int
    provider: str
    at: str


@dataclass(frozen=True, kw_only=True)
class PaymentOutcomeKnown(DomainEvent):
    """The provider was asked and has decided a payment that is open here. ``outcome`` is done or declined."""

    payment_id: int
    reference: str
    outcome: str
    provider_ref: str
    amount: int
    currency: str
    reason: str
    at: str


@dataclass(frozen=True, kw_only=True)
class ChargebackOpened(DomainEvent):
    chargeback_id: int
    payment_id: int
    reference: str
    amount: int
    currency: str
    at: str


@dataclass(frozen=True, kw_only=True)
class ChargebackDecided(DomainEvent):
    chargeback_id: int
    payment_id: int
    reference: str
    amount: int
    currency: str
    is_won: bool
    at: str


@dataclass(frozen=True, kw_only=True)
class EvidenceGiven(DomainEvent):
    evidence_id: int
    chargeback_id: int
    at: str
