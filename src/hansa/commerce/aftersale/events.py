"""Facts about returns, exchanges and disputes."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ReturnMoved(DomainEvent):
    """A return has come to another state; ``amount`` is what it has given back so far."""

    return_id: int
    number: str
    order_id: int
    state: str
    amount: int
    at: str


@dataclass(frozen=True, kw_only=True)
class ExchangeSent(DomainEvent):
    exchange_id: int
    return_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class DisputeMoved(DomainEvent):
    """A dispute has come to another state; ``given_back`` is what its decision gave the buyer."""

    dispute_id: int
    number: str
    order_id: int
    state: str
    given_back: int
    at: str
