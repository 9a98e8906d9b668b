"""Moving a part of what a purchase was promised: sent, given back to the shelf, or come back from the buyer.

The part's reservation is split off under ``number/part``; `services` goes on moving what is left under the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from hansa.commerce.stock.models import Reservation, StockLevel, StockMovement
from hansa.kernel.errors import BrokenInvariant, InvalidInput

BETWEEN = "/"
State = Reservation.State
Reason = StockMovement.Reason


@transaction.atomic
def dispatch(*, reference: str, part: str, units: Mapping[int, int], now: datetime) -> None:
    """Take units (offer id to quantity) of a purchase off the shelf; the caller makes sure that it happens once."""
    for reservation in _split_off(reference, part, units, State.DISPATCHED):
        StockLevel.objects.filter(pk=reservation.level_id).update(
            on_hand=F("on_hand") - reservation.quantity, allocated=F("allocated") - reservation.quantity
        )
        _record(reservation, -reservation.quantity, Reason.DISPATCH, now)


@transaction.atomic
def release(*, reference: str, part: str, units: Mapping[int, int]) -> None:
    """Let others buy units that were promised to a purchase; the caller makes sure that it happens once."""
    for reservation in _split_off(reference, part, units, State.RELEASED):
        StockLevel.objects.filter(pk=reservation.level_id).update(
            allocated=F("allocated") - reservation.quantity
        )


@transaction.atomic
def take_back(
    *, platform_id: int, offer_id: int, warehouse_id: int, quantity: int, reference: str, now: datetime
) -> None:
    """Put units that came back on hand again; the same reference again changes nothing."""
    if quantity < 1:
        raise InvalidInput(f"{quantity} units cannot be received")
    level, _ = StockLevel.objects.get_or_create(
        offer_id=offer_id, warehouse_id=warehouse_id, defaults={"platform_id": platform_id, "on_hand": 0}
    )
    StockLevel.objects.select_for_update().get(pk=level.pk)
    movement, is_new = StockMovement.objects.get_or_create(
        level=level,
        reason=Reason.RETURN,
        reference=reference,
        defaults={"platform_id": platform_id, "quantity": quantity, "moved_at": now},
    )
    if is_new:
        StockLevel.objects.filter(pk=level.pk).update(on_hand=F("on_hand") + movement.quantity)


def _split_off(
    reference: str, part: str, units: Mapping[int, int], state: Reservation.State
) -> list[Reservation]:
    """Give the part a reservation of its own in a new state; levels are locked in key order."""
    promised = list(
        Reservation.objects.select_for_update(of=("self", "level"))
        .select_related("level")
        .filter(reference=reference, state=State.ALLOCATED, level__offer_id__in=list(units))
        .order_by("level_id")
    )
    short = set(units) - {each.level.offer_id for each in promised}
    if short or any(each.quantity < units[each.level.offer_id] for each in promised):
        raise BrokenInvariant(f"{reference} is not promised the units that are to move: {dict(units)}")
    return [
        _part_of(each, f"{reference}{BETWEEN}{part}", units[each.level.offer_id], state) for each in promised
    ]


def _part_of(whole: Reservation, name: str, units: int, state: Reservation.State) -> Reservation:
    if whole.quantity == units:
        whole.reference, whole.state = name, state
        whole.save(update_fields=["reference", "state"])
        return whole
    Reservation.objects.filter(pk=whole.pk).update(quantity=F("quantity") - units)
    return Reservation.objects.create(
        platform_id=whole.platform_id,
        level=whole.level,
        reference=name,
        quantity=units,
        state=state,
        expires_at=whole.expires_at,
    )


def _record(reservation: Reservation, quantity: int, reason: StockMovement.Reason, now: datetime) -> None:
    StockMovement.objects.create(
        platform_id=reservation.platform_id,
        level_id=reservation.level_id,
        quantity=quantity,
        reason=reason,
        reference=reservation.reference,
        moved_at=now,
    )
