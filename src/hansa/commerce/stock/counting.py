"""Correcting what is on hand after a count, by somebody with a name and for a reason that is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import trail
from hansa.commerce.stock import services
from hansa.commerce.stock.models import StockLevel, StockMovement
from hansa.foundation import idempotency
from hansa.kernel.errors import InvalidInput, NotFound

MOST_UNITS = 1_000_000
LONGEST_REASON = 200


@transaction.atomic
def correct(
    *,
    actor: Actor,
    platform_id: int,
    merchant_id: int,
    level_id: int,
    quantity: int,
    reason: str,
    key: str,
    now: datetime,
) -> StockLevel:
    """Put so many units more (or fewer) on hand; the same key again changes nothing.

    Refuses levels of others, to go below what is promised, and a key that came with another correction.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    if not 1 <= abs(quantity) <= MOST_UNITS:
        raise InvalidInput(f"a correction moves 1 to {MOST_UNITS:,} units, not {quantity}")
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput(f"please give a reason of 1 to {LONGEST_REASON} letters")
    found = StockLevel.objects.select_for_update(of=("self",)).filter(
        pk=level_id, platform_id=platform_id, offer__merchant_id=merchant_id
    )
    level = found.select_related("offer__variant__product", "warehouse").first()
    if level is None:
        raise NotFound(f"there is no stock level {level_id} of yours here")
    body = {"level": level_id, "quantity": quantity, "reason": reason.strip()}
    if idempotency.claim(scope=f"stock:{level_id}", key=key, body=body).value is not None:
        return level
    before = level.on_hand
    last = StockMovement.objects.filter(level=level).order_by("-pk").values_list("pk", flat=True).first()
    reference = f"count-{level_id}-{last or 0}"  # the level is locked, so nobody moves it in between
    services.adjust(level_id=level_id, quantity=quantity, reference=reference, now=now)
    level.refresh_from_db(fields=["on_hand", "reserved", "allocated"])
    trail.note(
        "stock",
        level_id,
        actor=actor,
        before={"on_hand": before},
        after={"on_hand": level.on_hand, "reason": reason.strip()},
        now=now,
        platform_id=platform_id,
    )
    return level
