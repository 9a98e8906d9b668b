"""Sending units of an order on their way, in as many parts as it takes, and noting that they arrived."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from hansa.commerce.catalogue import bundles
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.orders import domain
from hansa.commerce.orders.domain import OrderStatus, Step
from hansa.commerce.orders.events import UnitsShipped
from hansa.commerce.orders.locking import lock, lock_of_order, raise_counter, settle
from hansa.commerce.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from hansa.commerce.stock import parts
from hansa.commerce.stock import services as stock
from hansa.foundation import outbox
from hansa.kernel.errors import Refused

Sent = Sequence[tuple[OrderLine, int]]


class NothingLeftToSend(Refused):
    """Fewer units are left than are to be sent: they have left, or were called off."""

    code = "nothing_left_to_send"


@transaction.atomic
def fulfil(
    *, order_id: int, units: Mapping[int, int], reference: str, actor_name: str, now: datetime
) -> Fulfilment:
    """Send units (line id to quantity) of a paid order on their way; the same reference again changes nothing.

    Refuses with NothingLeftToSend more than is left, and with IllegalStep an order that is not paid or is cancelled.
    """
    locked = lock_of_order(order_id)
    earlier = Fulfilment.objects.filter(order_id=order_id, reference=reference).first()
    if earlier is not None:
        return earlier
    order = locked.order(order_id)
    domain.status_after(order.status, Step.SHIP)
    sent = [(line, count) for line, count in locked.chosen(units) if line.order_id == order_id]
    for line, count in locked.chosen(units):
        left = line.left_to_send if line.order_id == order_id else 0
        if count > left:
            raise NothingLeftToSend(f"{line.title}: {count} to be sent, {left} left")
    made = _write_down(order, sent, reference, actor_name, now)
    parts.dispatch(reference=locked.group.number, part=f"f{made.pk}", units=by_offer(sent), now=now)
    settle(locked, actor_name=actor_name, now=now)
    return made


@transaction.atomic
def ship_rest(*, group_id: int, actor_name: str, now: datetime) -> list[Fulfilment]:
    """Send all of a purchase that has not left, a fulfilment for each order; none where nothing is left to send.

    Refuses with IllegalStep a purchase that is not paid.
    """
    locked = lock(group_id)
    made = []
    for order in locked.orders:
        sent = [(line, line.left_to_send) for line in locked.lines_of(order) if line.left_to_send]
        if sent and order.status != OrderStatus.CANCELLED:
            domain.status_after(order.status, Step.SHIP)
            made.append(_write_down(order, sent, "rest", actor_name, now))
    if made:
        stock.dispatch(reference=locked.group.number, now=now)
        settle(locked, actor_name=actor_name, now=now)
    return made


@transaction.atomic
def deliver(*, group_id: int, fulfilment_ids: Collection[int], actor_name: str, now: datetime) -> None:
    """Note that what left together has arrived; noting it again changes nothing."""
    locked = lock(group_id)
    arrived = Fulfilment.objects.filter(
        pk__in=list(fulfilment_ids), order__group_id=group_id, delivered_at__isnull=True
    )
    for fulfilment in arrived.prefetch_related("lines").order_by("pk"):
        for part in fulfilment.lines.all():
            raise_counter(locked.lines[part.line_id], "delivered", part.quantity)
        fulfilment.delivered_at = now
        fulfilment.save(update_fields=["delivered_at"])
    settle(locked, actor_name=actor_name, now=now)


@transaction.atomic
def deliver_all(*, group_id: int, actor_name: str, now: datetime) -> None:
    """Note that everything of a purchase that left has arrived."""
    left = Fulfilment.objects.filter(order__group_id=group_id).values_list("pk", flat=True)
    deliver(group_id=group_id, fulfilment_ids=list(left), actor_name=actor_name, now=now)


def by_offer(chosen: Sent) -> dict[int, int]:
    """Units of lines summed by the offers that lie in stock: bundles are opened."""
    units: dict[int, int] = {}
    for line, count in chosen:
        units[line.offer_id] = units.get(line.offer_id, 0) + count
    return bundles.expand(units, catalogue.components_of(units))


def _write_down(order: Order, sent: Sent, reference: str, actor_name: str, now: datetime) -> Fulfilment:
    made = Fulfilment.objects.create(
        platform_id=order.platform_id,
        order=order,
        reference=reference,
        actor=actor_name[:80],
        shipped_at=now,
    )
    FulfilmentLine.objects.bulk_create(
        FulfilmentLine(platform_id=order.platform_id, fulfilment=made, line=line, quantity=count)
        for line, count in sent
    )
    for line, count in sent:
        raise_counter(line, "shipped", count)
    order.shipped += sum(count for _, count in sent)
    Order.objects.filter(pk=order.pk).update(shipped=order.shipped)
    outbox.record(
        UnitsShipped(
            platform_id=order.platform_id,
            group_id=order.group_id,
            order_id=order.pk,
            fulfilment_id=made.pk,
            units={str(line.pk): count for line, count in sent},
            at=now.isoformat(),
        )
    )
    return made
