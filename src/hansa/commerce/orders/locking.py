"""One purchase under lock with its orders and lines, and moving its orders on as their quantities say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from hansa.commerce.orders import domain
from hansa.commerce.orders.domain import OrderStatus, Quantities, Step
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.events import PurchaseCancelled, PurchaseDelivered, PurchaseShipped
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine, OrderStatusChange
from hansa.foundation import outbox
from hansa.foundation.outbox import DomainEvent
from hansa.kernel.errors import InvalidInput

_GONE = {OrderStatus.SHIPPED.value, OrderStatus.DELIVERED.value}


@dataclass
class Locked:
    """A purchase that nobody else changes until the transaction ends."""

    group: OrderGroup
    orders: list[Order]
    lines: dict[int, OrderLine]

    def order(self, order_id: int) -> Order:
        return next(order for order in self.orders if order.pk == order_id)

    def lines_of(self, order: Order) -> list[OrderLine]:
        """The lines of one order that sell something, in their order."""
        return [line for line in self.lines.values() if line.order_id == order.pk and not line.is_void]

    def chosen(self, units: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
        """Lines by their keys with the units asked of them; refuses lines of others and numbers below 1."""
        if not units or any(count < 1 for count in units.values()):
            raise InvalidInput(f"name at least one line with at least one unit, not {dict(units)}")
        foreign = sorted(line_id for line_id in units if line_id not in self.lines)
        if foreign:
            raise InvalidInput(f"no such lines of purchase {self.group.number}: {foreign}")
        return [(self.lines[line_id], units[line_id]) for line_id in sorted(units)]


def lock(group_id: int) -> Locked:
    """Lock a purchase, then its orders, then its lines, each in key order."""
    group = OrderGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise NoSuchPurchase(f"there is no purchase {group_id}")
    orders = list(Order.objects.select_for_update().filter(group=group).order_by("pk"))
    lines = OrderLine.objects.select_for_update().filter(order__in=orders).order_by("pk")
    return Locked(group, orders, {line.pk: line for line in lines})


def lock_of_order(order_id: int) -> Locked:
    """The same by one of its orders."""
    group_id = Order.objects.filter(pk=order_id).values_list("group_id", flat=True).first()
    if group_id is None:
        raise NoSuchPurchase(f"there is no order {order_id}")
    return lock(group_id)


def raise_counter(line: OrderLine, counter: str, units: int) -> None:
    """Change a counter of a locked line; the database refuses what cannot be."""
    setattr(line, counter, getattr(line, counter) + units)
    OrderLine.objects.filter(pk=line.pk).update(**{counter: F(counter) + units})


def settle(locked: Locked, *, actor_name: str, now: datetime, reason: str = "") -> None:
    """Move each order on as far as its quantities say, and tell when the whole purchase has come further."""
    before = _stage(locked)
    for order in locked.orders:
        while (step := domain.step_due(order.status, _quantities(locked.lines_of(order)))) is not None:
            _take(order, step, actor_name, now)
    after = _stage(locked)
    if after != before:
        outbox.record_all(_told(locked, before, after, reason, now))


def _quantities(lines: list[OrderLine]) -> Quantities:
    return Quantities(
        ordered=sum(line.quantity for line in lines),
        cancelled=sum(line.cancelled for line in lines),
        shipped=sum(line.shipped for line in lines),
        delivered=sum(line.delivered for line in lines),
    )


def _take(order: Order, step: Step, actor_name: str, now: datetime) -> None:
    old, order.status = order.status, domain.status_after(order.status, step).value
    order.save(update_fields=["status"])
    OrderStatusChange.objects.create(
        platform_id=order.platform_id, order=order, old=old, new=order.status, actor=actor_name[:80], at=now
    )


def _stage(locked: Locked) -> str:
    """How far the purchase is as a whole; what was called off holds nothing up."""
    left = {order.status for order in locked.orders} - {OrderStatus.CANCELLED.value}
    if not left:
        return OrderStatus.CANCELLED.value
    if left == {OrderStatus.DELIVERED.value}:
        return OrderStatus.DELIVERED.value
    return OrderStatus.SHIPPED.value if left <= _GONE else ""


def _told(locked: Locked, before: str, after: str, reason: str, now: datetime) -> list[DomainEvent]:
    group, at = locked.group, now.isoformat()
    platform_id = group.platform_id
    if after == OrderStatus.CANCELLED:
        return [
            PurchaseCancelled(platform_id=platform_id, group_id=group.pk, was_paid=True, reason=reason, at=at)
        ]
    facts: list[DomainEvent] = []
    if after in _GONE and before not in _GONE:
        facts.append(PurchaseShipped(platform_id=platform_id, group_id=group.pk, at=at))
    if after == OrderStatus.DELIVERED:
        on_time = group.window_end is None or now <= group.window_end
        facts.append(PurchaseDelivered(platform_id=platform_id, group_id=group.pk, on_time=on_time, at=at))
    return facts
