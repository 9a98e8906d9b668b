"""The life of an order as a table of legal steps. Pure."""

from __future__ import annotations

from enum import StrEnum

from hansa.kernel.errors import Refused


class OrderStatus(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What can be done to an order."""

    PAY = "pay"
    SHIP = "ship"
    DELIVER = "deliver"
    CANCEL = "cancel"


_STEPS: dict[tuple[OrderStatus, Step], OrderStatus] = {
    (OrderStatus.PLACED, Step.PAY): OrderStatus.PAID,
    (OrderStatus.PLACED, Step.CANCEL): OrderStatus.CANCELLED,
    (OrderStatus.PAID, Step.SHIP): OrderStatus.SHIPPED,
    (OrderStatus.PAID, Step.CANCEL): OrderStatus.CANCELLED,
    (OrderStatus.SHIPPED, Step.DELIVER): OrderStatus.DELIVERED,
}

LEGAL_CHANGES: frozenset[tuple[str, str]] = frozenset(
    {("", OrderStatus.PLACED.value)} | {(old.value, new.value) for (old, _), new in _STEPS.items()}
)


class IllegalStep(Refused):
    """The order stands where this step cannot be taken."""

    code = "illegal_order_step"


def status_after(status: str, step: Step) -> OrderStatus:
    """Say where the step leads; refuses a step that the order's status does not allow."""
    try:
        return _STEPS[OrderStatus(status), step]
    except KeyError:
        raise IllegalStep(f"an order that is {status} cannot {step.value}") from None
