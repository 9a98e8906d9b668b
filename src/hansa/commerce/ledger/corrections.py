"""Corrections of what a merchant is owed, by hand: one person proposes, another posts or refuses."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.ledger import services, templates
from hansa.commerce.ledger.models import Account, Correction
from hansa.commerce.merchants import selectors as merchants
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused

Kind = Account.Kind
State = Correction.State
AGAINST = (Kind.GOODWILL, Kind.COMMISSION, Kind.DELIVERY, Kind.DISPUTE_LOSSES, Kind.BANK_FEES, Kind.BANK)
LONGEST = 400


class CorrectionDecided(Refused):
    """The correction was posted or refused already."""

    code = "correction_decided"


@transaction.atomic
def propose(
    *,
    actor: Actor,
    platform_id: int,
    merchant_id: int,
    currency: str,
    amount: int,
    against: Account.Kind,
    reason: str,
    now: datetime,
) -> Correction:
    """Propose that a merchant is owed ``amount`` more (or less) at the cost of one of the platform's accounts.

    Against ``bank`` it books what a merchant who owed us has paid in. Nothing is posted yet.
    Refuses merchants without a store here.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if actor.user_id is None:
        raise Forbidden("a correction is proposed by a person")
    if amount == 0:
        raise InvalidInput("a correction moves money")
    if against not in AGAINST:
        raise InvalidInput(f"a correction cannot be at the cost of {against}")
    if not 0 < len(reason.strip()) <= LONGEST:
        raise InvalidInput(f"say in 1 to {LONGEST} characters why the books are wrong")
    merchants.get_store(platform_id=platform_id, merchant_id=merchant_id)
    return Correction.objects.create(
        platform_id=platform_id,
        merchant_id=merchant_id,
        currency=currency,
        amount=amount,
        against=against.value,
        reason=reason.strip(),
        proposed_by_id=actor.user_id,
        proposed_at=now,
    )


@transaction.atomic
def post(*, actor: Actor, platform_id: int, correction_id: int, now: datetime) -> Correction:
    """Post a correction that another person proposed. Refuses the proposer, and one that is decided."""
    correction = _open(actor, platform_id, correction_id)
    if actor.user_id in {None, correction.proposed_by_id}:
        raise Forbidden("who proposed a correction may not post it")
    is_paid_in = correction.against == Kind.BANK
    legs = (
        templates.clawed_back(correction.merchant_id, correction.amount)
        if is_paid_in
        else templates.correction(correction.merchant_id, correction.amount, against=Kind(correction.against))
    )
    correction.journal_id = services.post(
        platform_id=platform_id,
        kind="clawback" if is_paid_in else "correction",
        reference=f"correction-{correction.pk}",
        currency=correction.currency,
        legs=legs,
        now=now,
    ).value
    return _decided(correction, State.POSTED, actor, now)


@transaction.atomic
def refuse(*, actor: Actor, platform_id: int, correction_id: int, now: datetime) -> Correction:
    """Turn a correction down; whoever runs the platform may, the proposer too."""
    return _decided(_open(actor, platform_id, correction_id), State.REFUSED, actor, now)


def waiting_on(platform_id: int) -> QuerySet[Correction]:
    """The corrections that wait for a second person, the oldest first."""
    return _on(platform_id).filter(state=State.PROPOSED).order_by("pk")


def decided_on(platform_id: int) -> QuerySet[Correction]:
    """The corrections that were posted or refused, the newest first."""
    return _on(platform_id).exclude(state=State.PROPOSED).order_by("-pk")


def _on(platform_id: int) -> QuerySet[Correction]:
    found = Correction.objects.filter(platform_id=platform_id)
    return found.select_related("merchant", "proposed_by", "decided_by")


def _open(actor: Actor, platform_id: int, correction_id: int) -> Correction:
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    found = Correction.objects.select_for_update().filter(pk=correction_id, platform_id=platform_id).first()
    if found is None:
        raise NotFound(f"there is no correction {correction_id} here")
    if found.state != State.PROPOSED:
        raise CorrectionDecided("this correction is decided already")
    return found


def _decided(correction: Correction, state: Correction.State, actor: Actor, now: datetime) -> Correction:
    correction.state, correction.decided_by_id, correction.decided_at = state, actor.user_id, now
    correction.save(update_fields=["state", "decided_by", "decided_at", "journal"])
    return correction
