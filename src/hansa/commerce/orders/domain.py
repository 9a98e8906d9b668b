"""The life of an order as a table of legal steps, what its quantities make of it, and what units are worth. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hansa.kernel.errors import Refused


class OrderStatus(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    """What has become of an order's money."""

    UNPAID = "unpaid"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    VOID = "void"  # cancelled, and nothing had to be given back


class FulfilmentStatus(StrEnum):
    """How much of an order has left."""

    UNFULFILLED = "unfulfilled"
    PARTIAL = "partial"
    FULFILLED = "fulfilled"
    DELIVERED = "delivered"
    REMOVED = "removed"


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


@dataclass(frozen=True)
class Quantities:
    """Units of an order: as agreed, called off, sent, and arrived."""

    ordered: int
    cancelled: int
    shipped: int
    delivered: int


def step_due(status: str, units: Quantities) -> Step | None:
    """Say which step its quantities ask of an order, or None: call it again until there is none."""
    match status:
        case OrderStatus.PAID if units.ordered and units.cancelled == units.ordered:
            return Step.CANCEL
        case OrderStatus.PAID if units.shipped and units.shipped + units.cancelled == units.ordered:
            return Step.SHIP
        case OrderStatus.SHIPPED if units.delivered == units.shipped:
            return Step.DELIVER
    return None


def payment_status(status: str, *, items_total: int, refunded: int) -> PaymentStatus:
    """What has become of an order's money; the database stores the same (`models.Order.payment_status`)."""
    if status == OrderStatus.PLACED:
        return PaymentStatus.UNPAID
    if refunded == 0:
        return PaymentStatus.VOID if status == OrderStatus.CANCELLED else PaymentStatus.PAID
    return PaymentStatus.PARTLY_REFUNDED if refunded < items_total else PaymentStatus.REFUNDED


def fulfilment_status(status: str, *, shipped: int) -> FulfilmentStatus:
    """How much of an order has left; the database stores the same (`models.Order.fulfilment_status`)."""
    known = {
        OrderStatus.CANCELLED: FulfilmentStatus.REMOVED,
        OrderStatus.DELIVERED: FulfilmentStatus.DELIVERED,
        OrderStatus.SHIPPED: FulfilmentStatus.FULFILLED,
    }
    some = FulfilmentStatus.PARTIAL if shipped else FulfilmentStatus.UNFULFILLED
    return known.get(OrderStatus(status), some)


@dataclass(frozen=True)
class Worth:
    """What units of a line come to, in minor units: the buyer's part, the platform's discount, the commission, tax on top, tax on the commission."""

    paid: int
    platform_discount: int
    commission: int
    tax: int = 0
    commission_tax: int = 0

    def minus(self, other: Worth) -> Worth:
        """What is left of it."""
        return Worth(
            self.paid - other.paid,
            self.platform_discount - other.platform_discount,
            self.commission - other.commission,
            self.tax - other.tax,
            self.commission_tax - other.commission_tax,
        )


def worth_of_units(left: Worth, *, units: int, units_left: int) -> Worth:
    """What the next units of a line are worth when so much is left for so many.

    Largest remainder: the odd cents go to the units that come first, so the last unit takes exactly the rest,
    in whatever portions the units come.
    """
    return Worth(
        _next(left.paid, units, units_left),
        _next(left.platform_discount, units, units_left),
        _next(left.commission, units, units_left),
        _next(left.tax, units, units_left),
        _next(left.commission_tax, units, units_left),
    )


def worth_beside(left: Worth, *, apart: int) -> Worth:
    """What is left beside an amount of the price that stands apart, for units that went out in an exchange."""
    return left.minus(worth_of_amount(left, amount=min(apart, left.paid))) if apart else left


def worth_of_amount(left: Worth, *, amount: int) -> Worth:
    """What an amount out of a line's price carries of its discount, commission and tax, rounded down; the whole takes all."""
    if amount == left.paid:
        return left
    others = (left.platform_discount, left.commission, left.tax, left.commission_tax)
    return Worth(amount, *(whole * amount // left.paid for whole in others))


def _next(amount: int, units: int, units_left: int) -> int:
    each, odd = divmod(amount, units_left)
    return each * units + min(odd, units)
