"""Changing stock. Levels are locked in key order, so two purchases never wait for each other in a ring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from hansa.commerce.stock.errors import InsufficientStock
from hansa.commerce.stock.models import Reservation, StockLevel, StockMovement
from hansa.kernel.errors import BrokenInvariant, InvalidInput

HOLD_FOR = timedelta(minutes=10)
State = Reservation.State
Reason = StockMovement.Reason


@transaction.atomic
def reserve(
    *, platform_id: int, warehouse_id: int, wanted: Mapping[int, int], reference: str, now: datetime
) -> None:
    """Hold units of offers (offer id to quantity) for a purchase that is being paid.

    Refuses with InsufficientStock, naming every offer that falls short, and then holds nothing.
    """
    if any(quantity < 1 for quantity in wanted.values()):
        raise InvalidInput(f"quantities must be at least 1: {dict(wanted)}")
    levels = list(
        StockLevel.objects.select_for_update()
        .filter(platform_id=platform_id, warehouse_id=warehouse_id, offer_id__in=wanted)
        .order_by("pk")
    )
    left = Counter({level.offer_id: level.on_hand - level.reserved - level.allocated for level in levels})
    short = {offer_id: left[offer_id] for offer_id, quantity in wanted.items() if left[offer_id] < quantity}
    if short:
        said = "; ".join(
            f"offer {offer_id}: {wanted[offer_id]} asked, {have} left" for offer_id, have in short.items()
        )
        raise InsufficientStock(said, details={"left": {str(key): value for key, value in short.items()}})
    for level in levels:
        level.reserved = level.reserved + wanted[level.offer_id]
    StockLevel.objects.bulk_update(levels, ["reserved"])
    Reservation.objects.bulk_create(
        Reservation(
            platform_id=platform_id,
            level=level,
            reference=reference,
            quantity=wanted[level.offer_id],
            expires_at=now + HOLD_FOR,
        )
        for level in levels
    )


@transaction.atomic
def allocate(*, reference: str) -> None:
    """Turn what is held for a paid purchase into a firm promise; doing it again changes nothing."""
    for reservation in _locked(reference, State.HELD):
        _change(reservation.level_id, reserved=-reservation.quantity, allocated=reservation.quantity)
        _move(reservation, State.HELD, State.ALLOCATED)


@transaction.atomic
def release(*, reference: str) -> None:
    """Give back what a purchase that comes to nothing had held or was promised."""
    for reservation in _locked(reference, State.HELD, State.ALLOCATED):
        if reservation.state == State.HELD:
            _change(reservation.level_id, reserved=-reservation.quantity)
        else:
            _change(reservation.level_id, allocated=-reservation.quantity)
        _move(reservation, State(reservation.state), State.RELEASED)


@transaction.atomic
def dispatch(*, reference: str, now: datetime) -> None:
    """Take the goods of a purchase out of the warehouse: now they are no longer on hand."""
    for reservation in _locked(reference, State.ALLOCATED):
        _change(reservation.level_id, on_hand=-reservation.quantity, allocated=-reservation.quantity)
        _record(
            reservation.level_id,
            reservation.platform_id,
            -reservation.quantity,
            Reason.DISPATCH,
            reference,
            now,
        )
        _move(reservation, State.ALLOCATED, State.DISPATCHED)


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


def expired_references(*, now: datetime, limit: int = 100) -> list[str]:
    """The purchases whose hold has run out."""
    rows = Reservation.objects.filter(state=State.HELD, expires_at__lt=now).values_list(
        "reference", flat=True
    )
    return list(rows.distinct()[:limit])


def _locked(reference: str, *states: Reservation.State) -> list[Reservation]:
    return list(
        Reservation.objects.select_for_update()
        .filter(reference=reference, state__in=states)
        .order_by("level_id")
    )


def _change(level_id: int, **deltas: int) -> None:
    changed = StockLevel.objects.filter(pk=level_id).update(
        **{name: F(name) + by for name, by in deltas.items()}
    )
    if changed != 1:
        raise BrokenInvariant(f"stock level {level_id} is gone")


def _move(reservation: Reservation, old: Reservation.State, new: Reservation.State) -> None:
    if Reservation.objects.filter(pk=reservation.pk, state=old).update(state=new) != 1:
        raise BrokenInvariant(f"reservation {reservation.pk} changed under its lock")


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
