"""Facts about plans."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ReorderProposed(DomainEvent):
    run_id: int
    merchant_id: int
    proposals: int
    at: str


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderPlaced(DomainEvent):
    purchase_order_id: int
    merchant_id: int
    offer_id: int
    units: int
    at: str


@dataclass(frozen=True, kw_only=True)
class GoodsReceived(DomainEvent):
    purchase_order_id: int
    merchant_id: int
    offer_id: int
    units: int
    at: str
