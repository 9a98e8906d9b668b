"""Making up payouts, agreeing to them by two people, sending them, and what becomes of them.

Nothing is asked of a bank inside a transaction. A payout that was made up never changes: what is posted on the
merchant's account afterwards, also against what was paid out, falls into the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.models import Account, LedgerEntry
from hansa.commerce.ledger.services import Leg
from hansa.commerce.payouts import selectors
from hansa.commerce.payouts.domain import Terms, period_before
from hansa.commerce.payouts.errors import NeedsAnother, PayoutNotThere
from hansa.commerce.payouts.events import PayoutApproved, PayoutEnded
from hansa.commerce.payouts.gateways import bank
from hansa.commerce.payouts.gateways.port import Carried, Told
from hansa.commerce.payouts.models import Payout, PayoutAttempt, PayoutLine, PayoutTerms
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import BrokenInvariant, Forbidden, NotFound, Unavailable

State = Payout.State
Tried = PayoutAttempt.State


@transaction.atomic
def agree(*, actor: Actor, platform_id: int, merchant_id: int | None, terms: Terms) -> PayoutTerms:
    """Set what holds for a merchant's payouts, or (without one) for all that agreed nothing else."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    whose: dict[str, Any] = {"platform_id": platform_id, "merchant_id": merchant_id}
    agreed, _ = PayoutTerms.objects.update_or_create(
        **whose,
        defaults={
            "hold_days": terms.hold_days,
            "every": terms.every.value,
            "minimum": terms.minimum,
            "destination": terms.destination.strip(),
        },
    )
    return agreed


def schedule_all(*, platform_id: int, actor: Actor | None, now: datetime) -> list[Payout]:
    """Make up the payouts of the periods that are over, each merchant's in a transaction of its own.

    Without an actor it is the schedule that proposes. Doing it again, also at the same time, adds nothing.
    Must be called outside any transaction.
    """
    with tenancy.as_platform(platform_id):
        if actor is not None:
            actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
        accounts = selectors.accounts_of(platform_id)
    made = []
    for merchant_id, currency in accounts:
        with tenancy.as_platform(platform_id):
            payout = schedule(
                platform_id=platform_id,
                merchant_id=merchant_id,
                currency=currency,
                proposed_by=actor.user_id if actor else None,
                now=now,
            )
        if payout is not None:
            made.append(payout)
    return made


@transaction.atomic
def schedule(
    *, platform_id: int, merchant_id: int, currency: str, proposed_by: int | None, now: datetime
) -> Payout | None:
    """Make up a merchant's payout of the last period, once; None when it was made or there is too little to pay.

    It closes every posting that is due now. A balance below nothing waits, and so do sales against it.
    """
    terms = selectors.terms_of(platform_id=platform_id, merchant_id=merchant_id)
    period = period_before(now.date(), terms.every)
    payable = Account.objects.select_for_update(
        no_key=True
    ).filter(  # two schedules take turns; sales do not wait
        platform_id=platform_id, kind=Account.Kind.PAYABLE, merchant_id=merchant_id, currency=currency
    )
    where: dict[str, Any] = {"platform_id": platform_id, "merchant_id": merchant_id, "currency": currency}
    if payable.first() is None or Payout.objects.filter(**where, period_last__gte=period.first).exists():
        return None
    due = [each for each in selectors.open_entries(**where, terms=terms, now=now) if each.is_due]
    amount = -sum(each.amount for each in due)
    if amount < terms.minimum:
        return None
    payout = Payout.objects.create(
        **where,
        period_first=period.first,
        period_last=period.last,
        amount=amount,
        destination=terms.destination,
        proposed_by_id=proposed_by,
        scheduled_at=now,
    )
    _close(payout, [each.id for each in due], now)
    return payout


@transaction.atomic
def approve(*, actor: Actor, platform_id: int, payout_id: int, now: datetime) -> Payout:
    """Agree to a payout. The second person who does lets it go.

    Refuses with NeedsAnother who proposed it or has agreed already, and with PayoutNotThere one that has gone on.
    """
    payout = _locked(actor, platform_id, payout_id)
    if actor.user_id is None:
        raise Forbidden("a payout is agreed to by a person")
    _insist(payout, State.SCHEDULED)
    if actor.user_id == payout.proposed_by_id:
        raise NeedsAnother("who proposed a payout may not agree to it")
    if actor.user_id == payout.approved_by_id:
        raise NeedsAnother("you have agreed to this payout; a second person has to agree too")
    if payout.approved_by_id is None:
        payout.approved_by_id = actor.user_id
        payout.save(update_fields=["approved_by"])
        return payout
    payout.confirmed_by_id = actor.user_id
    payout.state = State.APPROVED
    payout.save(update_fields=["confirmed_by", "state"])
    _let_go(payout, now)
    return payout


@transaction.atomic
def retry(*, actor: Actor, platform_id: int, payout_id: int, now: datetime) -> Payout:
    """Send a failed payout again, as a new attempt. Refuses with PayoutNotThere one that has not failed."""
    payout = _locked(actor, platform_id, payout_id)
    _insist(payout, State.FAILED)
    payout.state, payout.ended_at = State.APPROVED, None
    payout.save(update_fields=["state", "ended_at"])
    _let_go(payout, now)
    return payout


@transaction.atomic
def cancel(*, actor: Actor, platform_id: int, payout_id: int, now: datetime) -> Payout:
    """Call a payout off that was not sent or has failed; its money is owed again and falls into the next one."""
    payout = _locked(actor, platform_id, payout_id)
    _insist(payout, State.SCHEDULED, State.FAILED)
    _post(payout, "payout_released", f"payout-{payout.pk}", templates.payout_released, now)
    _end(payout, State.CANCELLED, "", now)
    return payout


def send(*, platform_id: int, payout_id: int, now: datetime) -> None:
    """Let the bank carry an approved payout out; safe to run twice. Must be called outside any transaction."""
    with tenancy.as_platform(platform_id):
        attempt = _begin(payout_id, now)
    if attempt is None:
        return
    payout = attempt.payout
    try:
        told = bank().send(
            key=attempt.key,
            destination=payout.destination,
            amount=payout.amount,
            currency=payout.currency,
        )
    except Unavailable:
        return  # `look_after` asks what became of it
    with tenancy.as_platform(platform_id):
        record(attempt_id=attempt.pk, told=told, now=now)


def look_after(*, platform_id: int, now: datetime) -> int:
    """Ask the bank about every payout that is under way there; one it never heard of is sent again.

    Answers how many were asked about. Must be called outside any transaction.
    """
    with tenancy.as_platform(platform_id):
        waiting = list(PayoutAttempt.objects.filter(platform_id=platform_id, state=Tried.SUBMITTED))
    for attempt in waiting:
        told = bank().find(key=attempt.key)
        if told.outcome is Carried.UNKNOWN and not told.provider_ref:
            send(platform_id=platform_id, payout_id=attempt.payout_id, now=now)
            continue
        with tenancy.as_platform(platform_id):
            record(attempt_id=attempt.pk, told=told, now=now)
    return len(waiting)


def ask_again(*, actor: Actor, platform_id: int, payout_id: int, now: datetime) -> Payout:
    """Ask the bank what became of a payout, also of one that was paid: it may have come back.

    Must be called outside any transaction. Refuses with PayoutNotThere one that was never sent.
    """
    with tenancy.as_platform(platform_id):
        actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
        attempt = PayoutAttempt.objects.filter(platform_id=platform_id, payout_id=payout_id).last()
    if attempt is None:
        raise PayoutNotThere("this payout was not sent yet")
    told = bank().find(key=attempt.key)
    with tenancy.as_platform(platform_id):
        record(attempt_id=attempt.pk, told=told, now=now)
        return selectors.get_payout(platform_id=platform_id, payout_id=payout_id)


@transaction.atomic
def record(*, attempt_id: int, told: Told, now: datetime) -> None:
    """Book what the bank says of an attempt; hearing it again, or late, changes nothing.

    Refuses an answer over another amount than was sent: that needs a person.
    """
    known = PayoutAttempt.objects.get(pk=attempt_id)
    payout = Payout.objects.select_for_update().get(pk=known.payout_id)
    attempt = PayoutAttempt.objects.select_for_update().get(pk=attempt_id)
    if told.outcome is not Carried.UNKNOWN and (told.amount, told.currency) != (
        payout.amount,
        payout.currency,
    ):
        raise BrokenInvariant(
            f"payout {payout.pk}: sent {payout.amount} {payout.currency},"
            f" the bank says {told.amount} {told.currency}"
        )
    if attempt.state == Tried.SUBMITTED and told.outcome in {Carried.DONE, Carried.RETURNED}:
        _paid(payout, attempt, told, now)
    if attempt.state == Tried.SUBMITTED and told.outcome is Carried.REFUSED:
        _conclude(attempt, Tried.FAILED, told, now)
        _end(payout, State.FAILED, told.reason, now)
    if attempt.state == Tried.PAID and told.outcome is Carried.RETURNED:
        _post(payout, "payout_returned", attempt.key, templates.payout_returned, now)
        _conclude(attempt, Tried.RETURNED, told, now)
        _end(payout, State.REVERSED, told.reason, now)


def _close(payout: Payout, entry_ids: list[int], now: datetime) -> None:
    """Set the money apart in the books and write the postings down that the payout closes, its own among them."""
    payout.journal_id = _post(payout, "payout", f"payout-{payout.pk}", templates.payout, now)
    payout.save(update_fields=["journal"])
    own = LedgerEntry.objects.get(journal_id=payout.journal_id, account__kind=Account.Kind.PAYABLE)
    PayoutLine.objects.bulk_create(
        PayoutLine(platform_id=payout.platform_id, payout=payout, entry_id=entry_id)
        for entry_id in [*entry_ids, own.pk]
    )


def _begin(payout_id: int, now: datetime) -> PayoutAttempt | None:
    """The attempt to send: a new one for an approved payout, the open one for one that was submitted."""
    payout = Payout.objects.select_for_update().get(pk=payout_id)
    attempts = PayoutAttempt.objects.select_related("payout").filter(payout=payout)
    if payout.state == State.SUBMITTED:
        return attempts.filter(state=Tried.SUBMITTED).first()
    if payout.state != State.APPROVED:
        return None
    number = attempts.count() + 1
    payout.state = State.SUBMITTED
    payout.save(update_fields=["state"])
    return PayoutAttempt.objects.create(
        platform_id=payout.platform_id,
        payout=payout,
        number=number,
        key=f"payout-{payout.pk}-{number}",
        at=now,
    )


def _paid(payout: Payout, attempt: PayoutAttempt, told: Told, now: datetime) -> None:
    legs = templates.payout_sent(payout.merchant_id, payout.amount, fee=told.fee)
    _post_legs(payout, "payout_sent", attempt.key, legs, now)
    attempt.fee = told.fee
    _conclude(attempt, Tried.PAID, told, now)
    _end(payout, State.PAID, "", now)


def _conclude(attempt: PayoutAttempt, state: PayoutAttempt.State, told: Told, now: datetime) -> None:
    attempt.state, attempt.ended_at = state, now
    attempt.provider_ref, attempt.reason = told.provider_ref, told.reason[:200]
    attempt.save(update_fields=["state", "ended_at", "provider_ref", "reason", "fee"])


def _end(payout: Payout, state: Payout.State, reason: str, now: datetime) -> None:
    payout.state, payout.ended_at = state, now
    payout.save(update_fields=["state", "ended_at"])
    outbox.record(
        PayoutEnded(
            platform_id=payout.platform_id,
            payout_id=payout.pk,
            merchant_id=payout.merchant_id,
            state=state.value,
            amount=payout.amount,
            currency=payout.currency,
            reason=reason,
            at=now.isoformat(),
        )
    )


def _let_go(payout: Payout, now: datetime) -> None:
    outbox.record(PayoutApproved(platform_id=payout.platform_id, payout_id=payout.pk, at=now.isoformat()))


def _post(
    payout: Payout, kind: str, reference: str, template: Callable[[int, int], list[Leg]], now: datetime
) -> int:
    return _post_legs(payout, kind, reference, template(payout.merchant_id, payout.amount), now)


def _post_legs(payout: Payout, kind: str, reference: str, legs: list[Leg], now: datetime) -> int:
    return ledger.post(
        platform_id=payout.platform_id,
        kind=kind,
        reference=reference,
        currency=payout.currency,
        legs=legs,
        now=now,
    ).value


def _locked(actor: Actor, platform_id: int, payout_id: int) -> Payout:
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    payout = Payout.objects.select_for_update().filter(pk=payout_id, platform_id=platform_id).first()
    if payout is None:
        raise NotFound(f"there is no payout {payout_id} here")
    return payout


def _insist(payout: Payout, *states: Payout.State) -> None:
    if payout.state not in states:
        raise PayoutNotThere(f"payout {payout.pk} is {payout.state}")
