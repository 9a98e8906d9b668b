"""Calling off what has not left: a whole purchase, one merchant's order, or single units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from hansa.commerce.orders import refunds, services
from hansa.commerce.orders.domain import IllegalStep, OrderStatus
from hansa.commerce.orders.events import UnitsCancelled
from hansa.commerce.orders.fulfilment import by_offer
from hansa.commerce.orders.locking import Locked, lock, raise_counter, settle
from hansa.commerce.orders.models import LineRefund, OrderGroup, OrderLine
from hansa.commerce.promotions import groups
from hansa.commerce.promotions import services as promotions
from hansa.commerce.stock import parts
from hansa.foundation import idempotency, outbox
from hansa.kernel.errors import Refused


class NothingLeftToCancel(Refused):
    """Fewer units wait to be sent than are to be called off."""

    code = "nothing_left_to_cancel"


def can_cancel_all(group: OrderGroup) -> bool:
    """Whether a purchase can still be called off as a whole: something of it is left, and nothing has gone."""
    orders = group.orders.all()
    return any(order.status in {OrderStatus.PLACED, OrderStatus.PAID} for order in orders) and not any(
        line.shipped for order in orders for line in order.lines.all()
    )


@transaction.atomic
def cancel_all(*, group_id: int, reason: str, actor_name: str, now: datetime) -> int:
    """Call off a whole purchase of which nothing has left; answers what the buyer gets back. Again changes nothing.

    Refuses with IllegalStep once a unit has left: `cancel_units` calls off the rest. Refuses with GroupHasFormed a
    purchase whose group has formed, for the moment in which its money is being taken.
    """
    locked = lock(group_id)
    if all(order.status == OrderStatus.CANCELLED for order in locked.orders):
        return 0
    if any(line.shipped for line in locked.lines.values()):
        raise IllegalStep(f"an order that is {OrderStatus.SHIPPED.value} cannot cancel")
    if any(order.status == OrderStatus.PLACED for order in locked.orders):  # no money to give back by line
        services.cancel_unpaid(group_id=group_id, reason=reason, actor_name=actor_name, now=now)
        groups.insist_on_having_left(reference=locked.group.number)
        return 0
    return _cancel(locked, _rest(locked), reason, f"{locked.group.number}-cancel", actor_name, now)


@transaction.atomic
def cancel_order(*, order_id: int, group_id: int, reason: str, actor_name: str, now: datetime) -> int:
    """Call off what has not left of one merchant's order; answers what the buyer gets back.

    Refuses with NothingLeftToCancel where all has left.
    """
    locked = lock(group_id)
    order = locked.order(order_id)
    if order.status == OrderStatus.CANCELLED:
        return 0
    chosen = [(line, count) for line, count in _rest(locked) if line.order_id == order_id]
    if not chosen:
        raise NothingLeftToCancel("all of this order has left")
    return _cancel(locked, chosen, reason, f"{locked.group.number}-o{order_id}", actor_name, now)


@transaction.atomic
def cancel_units(
    *, group_id: int, units: Mapping[int, int], key: str, reason: str, actor_name: str, now: datetime
) -> int:
    """Call off units (line id to quantity) that have not left; answers what the buyer gets back.

    ``key`` names the wish: the same again changes nothing and answers 0, with other units it is refused. Refuses
    with NothingLeftToCancel more than is left.
    """
    locked = lock(group_id)
    scope = f"cancel:{group_id}"
    if idempotency.claim(scope=scope, key=key, body=dict(units)).value is not None:
        return 0
    for line, count in locked.chosen(units):
        if count > line.left_to_send:
            raise NothingLeftToCancel(f"{line.title}: {count} to be called off, {line.left_to_send} left")
    reference = f"{locked.group.number}-c-{sha256(key.encode()).hexdigest()[:24]}"
    amount = _cancel(locked, locked.chosen(units), reason, reference, actor_name, now)
    idempotency.answer(scope=scope, key=key, answer={"amount": amount})
    return amount


def _rest(locked: Locked) -> list[tuple[OrderLine, int]]:
    lines = [line for order in locked.orders for line in locked.lines_of(order)]
    return [(line, line.left_to_send) for line in lines if line.left_to_send]


def _cancel(
    locked: Locked,
    chosen: list[tuple[OrderLine, int]],
    reason: str,
    reference: str,
    actor_name: str,
    now: datetime,
) -> int:
    """Take the units out, then give back in the order in which a checkout takes: coupon, stock, places, money."""
    group = locked.group
    _insist_on_paid(locked, chosen)
    for line, count in chosen:
        raise_counter(line, "cancelled", count)
    is_all = all(line.cancelled == line.quantity for line in locked.lines.values())
    if group.source == OrderGroup.Source.PARTNER and not is_all:
        raise Refused("a purchase that a partner sold is called off as a whole, by the partner")
    if is_all:
        promotions.release_coupons(reference=group.number)
    count_so_far = sum(line.cancelled for line in locked.lines.values())
    parts.release(reference=group.number, part=f"c{count_so_far}", units=by_offer(chosen))
    if is_all:
        promotions.release_places(reference=group.number)
    amount = 0
    if group.source != OrderGroup.Source.PARTNER:  # a partner's buyer is paid back by the partner
        amount = refunds.give_back(
            locked=locked,
            backs=refunds.of_units(locked, {line.pk: count for line, count in chosen}),
            reason=LineRefund.Reason.CANCELLED,
            reference=reference,
            now=now,
        )
    else:
        services.keep_nothing(group=group, now=now)
    _tell(group, chosen, amount, reason, now)
    settle(locked, actor_name=actor_name, now=now, reason=reason)
    return amount


def _insist_on_paid(locked: Locked, chosen: list[tuple[OrderLine, int]]) -> None:
    for line, _ in chosen:
        status = locked.order(line.order_id).status
        if status != OrderStatus.PAID:
            raise IllegalStep(f"an order that is {status} cannot cancel")


def _tell(
    group: OrderGroup, chosen: list[tuple[OrderLine, int]], amount: int, reason: str, now: datetime
) -> None:
    outbox.record(
        UnitsCancelled(
            platform_id=group.platform_id,
            group_id=group.pk,
            units={str(line.pk): count for line, count in chosen},
            amount=amount,
            reason=reason,
            at=now.isoformat(),
        )
    )
