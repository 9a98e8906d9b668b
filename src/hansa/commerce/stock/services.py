"""Changing stock. Levels are locked in key order, so two purchases never wait for each other in a ring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from hansa.commerce.stock.errors import InsufficientStock
from hansa.commerce.stock.models import Reservation, StockLevel, StockMovement
from hansa.foundation import statements
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import BrokenInvariant, InvalidInput

HOLD_FOR = timedelta(minutes=10)
State = Reservation.State
Reason = StockMovement.Reason


def reserve(
    *,
    platform_id: int,
    warehouse_id: int,
    wanted: Mapping[int, int],
    reference: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Hold units of offers (offer id to quantity) for a purchase that is being paid; in the caller's transaction.

    They are expected to be held for some minutes, or until then.

    Refuses with InsufficientStock, naming every offer that falls short, and then holds nothing.
    """
    if any(quantity < 1 for quantity in wanted.values()):
        raise InvalidInput(f"quantities must be at least 1: {dict(wanted)}")
    statements.send(
        _RESERVE,
        {
            "platform": platform_id,
            "warehouse": warehouse_id,
            "offers": list(wanted),
            "quantities": list(wanted.values()),
            "reference": reference,
            "until": until or now + HOLD_FOR,
        },
        lambda rows: _insist_on_enough(wanted, dict(rows)),
    )


def allocate(*, reference: str) -> None:
    """Turn what is held for a paid purchase into a firm promise; doing it again changes nothing."""
    _move(reference, {State.HELD}, State.ALLOCATED, reserved=-1, allocated=1)


def release(*, reference: str) -> None:
    """Give back what a purchase that comes to nothing had held or was promised."""
    _move(reference, {State.HELD}, State.RELEASED, reserved=-1)
    _move(reference, {State.ALLOCATED}, State.RELEASED, allocated=-1)


@transaction.atomic
def dispatch(*, reference: str, now: datetime) -> None:
    """Take the goods of a purchase out of the warehouse: now they are no longer on hand."""
    moved = _move(reference, {State.ALLOCATED}, State.DISPATCHED, on_hand=-1, allocated=-1)
    StockMovement.objects.bulk_create(
        StockMovement(
            platform_id=platform_id,
            level_id=level_id,
            quantity=-quantity,
            reason=Reason.DISPATCH,
            reference=reference,
            moved_at=now,
        )
        for platform_id, level_id, quantity in moved.value
    )


@transaction.atomic
def receive(
    *, platform_id: int, offer_id: int, warehouse_id: int, quantity: int, reference: str, now: datetime
) -> StockLevel:
    """Put delivered goods on hand; the same reference again changes nothing."""
    if quantity < 1:
        raise InvalidInput(f"{quantity} units cannot be received")
    level, _ = StockLevel.objects.get_or_create(
        offer_id=offer_id, warehouse_id=warehouse_id, defaults={"platform_id": platform_id, "on_hand": 0}
    )
    level = StockLevel.objects.select_for_update().get(pk=level.pk)
    if StockMovement.objects.filter(level=level, reason=Reason.RECEIPT, reference=reference).exists():
        return level
    _change(level.pk, on_hand=quantity)
    _record(level.pk, platform_id, quantity, Reason.RECEIPT, reference, now)
    level.refresh_from_db()
    return level


@transaction.atomic
def adjust(*, level_id: int, quantity: int, reference: str, now: datetime) -> None:
    """Correct what is on hand after a count; refuses to go below what is promised."""
    level = StockLevel.objects.select_for_update().get(pk=level_id)
    free = level.on_hand - level.reserved - level.allocated
    if free + quantity < 0:
        raise InsufficientStock(f"only {free} units are free, {-quantity} cannot be taken away")
    _change(level_id, on_hand=quantity)
    _record(level_id, level.platform_id, quantity, Reason.ADJUSTMENT, reference, now)


def _insist_on_enough(wanted: Mapping[int, int], free: Mapping[int, int]) -> None:
    left = {offer_id: free.get(offer_id, 0) for offer_id in wanted}
    short = {offer_id: have for offer_id, have in left.items() if have < wanted[offer_id]}
    if short:
        said = "; ".join(
            f"offer {offer_id}: {wanted[offer_id]} asked, {have} left" for offer_id, have in short.items()
        )
        raise InsufficientStock(said, details={"left": {str(key): value for key, value in short.items()}})


def _change(level_id: int, **deltas: int) -> None:
    changed = StockLevel.objects.filter(pk=level_id).update(
        **{name: F(name) + by for name, by in deltas.items()}
    )
    if changed != 1:
        raise BrokenInvariant(f"stock level {level_id} is gone")


def _move(
    reference: str,
    old: set[Reservation.State],
    new: Reservation.State,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    allocated: int = 0,
) -> Later[Rows]:
    """Move a purchase's reservations on, and with each unit the levels by so much; answers platform, level, units."""
    return statements.send(
        _MOVE,
        {
            "reference": reference,
            "old": [state.value for state in old],
            "new": new.value,
            "on_hand": on_hand,
            "reserved": reserved,
            "allocated": allocated,
        },
    )


# Locks are taken in the order of the keys; what is computed comes from the rows as they are once locked.
_RESERVE = """
with wanted as (
  select * from unnest(%(offers)s::bigint[], %(quantities)s::int[]) as w (offer_id, quantity)
), locked as (
  select l.id, l.offer_id, w.quantity, l.on_hand - l.reserved - l.allocated as free
  from stock_stocklevel l join wanted w on w.offer_id = l.offer_id
  where l.platform_id = %(platform)s and l.warehouse_id = %(warehouse)s
  order by l.id for no key update of l
), enough as (
  select count(*) filter (where free >= quantity) = cardinality(%(offers)s::bigint[]) as yes from locked
), held as (
  update stock_stocklevel l set reserved = l.reserved + k.quantity
  from locked k, enough e where l.id = k.id and e.yes
), noted as (
  insert into stock_reservation (platform_id, level_id, reference, quantity, state, expires_at)
  select %(platform)s, k.id, %(reference)s, k.quantity, 'held', %(until)s from locked k, enough e where e.yes
)
select offer_id, free from locked
"""

_MOVE = """
with locked as (
  select r.id, r.platform_id, r.level_id, r.quantity
  from stock_reservation r join stock_stocklevel l on l.id = r.level_id
  where r.reference = %(reference)s and r.state = any(%(old)s::text[])
  order by l.id for no key update of l, r
), moved as (
  update stock_reservation r set state = %(new)s from locked k where r.id = k.id
), changed as (
  update stock_stocklevel l set
    on_hand = l.on_hand + %(on_hand)s::int * k.quantity,
    reserved = l.reserved + %(reserved)s::int * k.quantity,
    allocated = l.allocated + %(allocated)s::int * k.quantity
  from locked k where l.id = k.level_id
)
select platform_id, level_id, quantity from locked
"""


def _record(
    level_id: int,
    platform_id: int,
    quantity: int,
    reason: StockMovement.Reason,
    reference: str,
    now: datetime,
) -> None:
    StockMovement.objects.create(
        platform_id=platform_id,
        level_id=level_id,
        quantity=quantity,
        reason=reason,
        reference=reference,
        moved_at=now,
    )
