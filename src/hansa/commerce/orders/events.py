"""Facts about orders."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class LineFact:
    """One line of a paid purchase, as others need to know it."""

    offer_id: int
    merchant_id: int
    product_id: int
    quantity: int
    total: int


@dataclass(frozen=True, kw_only=True)
class PurchasePlaced(DomainEvent):
    group_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class PurchasePaid(DomainEvent):
    """``lines`` are dictionaries with the fields of LineFact."""

    group_id: int
    buyer_id: int | None
    sold_by_id: int | None
    currency: str
    lines: list[dict[str, int]]
    at: str


@dataclass(frozen=True, kw_only=True)
class PurchaseCancelled(DomainEvent):
    group_id: int
    was_paid: bool
    reason: str
    at: str


@dataclass(frozen=True, kw_only=True)
class PurchaseShipped(DomainEvent):
    group_id: int
    at: str


@dataclass(frozen=True, kw_only=True)
class PurchaseDelivered(DomainEvent):
    group_id: int
    on_time: bool
    at: str


@dataclass(frozen=True, kw_only=True)
class UnitsShipped(DomainEvent):
    """A part of an order has left. ``units``: line key to quantity."""

    group_id: int
    order_id: int
    fulfilment_id: int
    units: dict[str, int]
    at: str


@dataclass(frozen=True, kw_only=True)
class UnitsCancelled(DomainEvent):
    """Units were called off before they left; ``amount`` goes back to the buyer. ``units``: line key to quantity."""

    group_id: int
    units: dict[str, int]
    amount: int
    reason: str
    at: str


@dataclass(frozen=True, kw_only=True)
class MoneyGivenBack(DomainEvent):
    """Money or credit for lines of a purchase; ``reference`` names the refund."""

    group_id: int
    reference: str
    reason: str
    amount: int
    delivery_fee: int
    as_credit: bool
    at: str
