"""Reconciliation: the provider's book beside ours. Differences are listed for people; none is mended in silence.

Where we only had not heard (a lost webhook, a lost answer), the provider is asked and the purchase goes on as if
we had; that is listed too, as closed. Everything else stays open until a person closes it or the books agree.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.payments import chargebacks, outcomes
from hansa.commerce.payments.domain.comparing import Differing, Gap, Line, compare
from hansa.commerce.payments.gateways import full_provider
from hansa.commerce.payments.gateways.port import Answer, BookLine, FullProvider, LineKind, Outcome
from hansa.commerce.payments.models import BookDifference, Chargeback, Comparison, Payment, Refund
from hansa.foundation import tenancy
from hansa.kernel.errors import HansaError, InvalidInput, NotFound, Refused

log = logging.getLogger(__name__)
SETTLED_AFTER = timedelta(seconds=30)  # younger payments are still on their way
MENDED = "the provider was asked, and the purchase went on"
AGREES = "the books agree by now"
_BOOKED = (Gap.ONLY_THEIRS, Gap.ONLY_OURS, Gap.AMOUNT)


@dataclass
class _Look:
    """One comparison under way."""

    platform_id: int
    payee: str
    provider_name: str
    gateway: FullProvider
    since: datetime
    until: datetime
    now: datetime
    asked: int = 0
    mended: set[tuple[str, str]] = field(default_factory=set)
    misfits: list[Differing] = field(default_factory=list)


def reconcile(
    *, platform_id: int, provider_name: str, since: datetime, until: datetime, now: datetime
) -> Comparison:
    """Lay the provider's book of a time beside ours and list what differs. Must be called outside a transaction.

    Raises Unavailable when the provider does not answer; refuses a time that ends before it begins.
    """
    if until <= since:
        raise InvalidInput("the time to compare ends before it begins")
    look = _Look(
        platform_id,
        accounts.platform_by_id(platform_id).code,
        provider_name,
        full_provider(provider_name),
        since,
        until,
        now,
    )
    _ask_after_open_ones(look)
    _ask_after_disputes(look)
    _ask_after_refunds(look)
    book = look.gateway.book(since=since, until=until)
    theirs = [line for line in book if line.payee == look.payee] if book is not None else _asked_book(look)
    _mend_refunds_and_disputes(look, theirs)
    lines = _lines(theirs)
    ours = _our_lines(look, {line.ref for line in lines})
    found = look.misfits + [each for each in compare(ours, lines) if not _is_explained(look, each)]
    compared = {(each.kind, each.ref) for each in [*ours, *lines]}
    return _write(look, found, compared=compared, whole=book is not None)


def reconcile_all(
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    names: Iterable[str],
    platform_id: int | None = None,
) -> int:
    """Compare every platform, or this one, at those of these providers where it has payments; answers how often.

    Where one of them cannot be asked, the others are compared all the same, and then its refusal is raised.
    """
    pairs = books_to_compare(names=names, platform_id=platform_id)
    failure: HansaError | None = None
    for each, name in pairs:
        try:
            reconcile(platform_id=each, provider_name=name, since=since, until=until, now=now)
        except HansaError as silent:  # one that is silent does not hold up the others
            log.warning("the book of %s was not compared for platform %s: %s", name, each, silent)
            failure = silent
    if failure is not None:
        raise failure
    return len(pairs)


def books_to_compare(*, names: Iterable[str], platform_id: int | None = None) -> list[tuple[int, str]]:
    """Every platform, or this one, with each of these providers where it has payments."""
    here = Q() if platform_id is None else Q(platform_id=platform_id)
    with tenancy.as_alliance():
        return list(
            Payment.objects.filter(here, provider__in=list(names))
            .order_by("platform_id", "provider")
            .values_list("platform_id", "provider")
            .distinct()
        )


@transaction.atomic
def close_difference(
    *, platform_id: int, difference_id: int, note: str, actor: Actor, now: datetime
) -> BookDifference:
    """Close a difference with a person's explanation; it moves no money and changes no book.

    Refuses without an explanation, and a difference that is closed.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if not note.strip():
        raise InvalidInput("please say how the difference is explained")
    found = (
        BookDifference.objects.select_for_update().filter(pk=difference_id, platform_id=platform_id).first()
    )
    if found is None:
        raise NotFound(f"there is no difference {difference_id} here")
    if found.closed_at is not None:
        raise Refused("the difference is closed already")
    found.closed_at, found.closed_by, found.note = now, actor.name[:80], note.strip()[:400]
    found.save(update_fields=["closed_at", "closed_by", "note"])
    return found


def _ask_after_open_ones(look: _Look) -> None:
    with tenancy.as_platform(look.platform_id):
        left = list(
            Payment.objects.filter(
                provider=look.provider_name,
                state=Payment.State.CREATED,
                created_at__lt=look.now - SETTLED_AFTER,
            ).order_by("pk")
        )
    for payment in left:
        answer = look.gateway.find(key=f"charge-{payment.reference}")
        look.asked += 1
        if answer.outcome is not Outcome.UNKNOWN:
            _tell_end(look, payment, answer)


def _tell_end(look: _Look, payment: Payment, answer: Answer) -> None:
    """Tell an end that we had not heard of, if it fits; otherwise list it."""
    fits = answer.outcome is not Outcome.DONE or (answer.amount, answer.currency) == (
        payment.amount,
        payment.currency,
    )
    look.mended.add((LineKind.CAPTURE, answer.provider_ref))
    if not fits:
        ref, theirs = answer.provider_ref, answer.amount
        look.misfits.append(
            Differing(
                Gap.AMOUNT, LineKind.CAPTURE, ref, payment.reference, payment.amount, theirs, answer.currency
            )
        )
        return
    with tenancy.as_platform(look.platform_id):
        outcomes.record_outcome(payment_id=payment.pk, answer=answer, now=look.now)
        if not BookDifference.objects.filter(
            provider=look.provider_name, kind=Gap.NOT_HEARD, reference=payment.reference
        ).exists():
            outcomes.note_difference(
                payment=payment,
                gap=Gap.NOT_HEARD,
                ours=None,
                theirs=answer.amount if answer.outcome is Outcome.DONE else None,
                ref=answer.provider_ref,
                now=look.now,
                note=MENDED,
            )


def _ask_after_disputes(look: _Look) -> None:
    with tenancy.as_platform(look.platform_id):
        open_ones = list(
            Chargeback.objects.filter(
                payment__provider=look.provider_name, closed_at__isnull=True
            ).select_related("payment")
        )
    for each in open_ones:
        state = look.gateway.find_dispute(dispute_ref=each.provider_ref)
        look.asked += 1
        if state in {"won", "lost"}:
            with tenancy.as_platform(look.platform_id):
                _hear_dispute(look, each.payment, each.provider_ref, state, each.amount)


def _ask_after_refunds(look: _Look) -> None:
    """Ask after refunds that the provider has taken on: one that it did is done, one that failed there is listed."""
    with tenancy.as_platform(look.platform_id):
        under_way = list(
            Refund.objects.filter(payment__provider=look.provider_name, is_done=False)
            .exclude(provider_ref="")
            .select_related("payment")
            .order_by("pk")
        )
    for each in under_way:
        answer = look.gateway.find(key=f"refund-{each.reference}")
        look.asked += 1
        if answer.outcome is Outcome.DONE and answer.amount == each.amount:
            with tenancy.as_platform(look.platform_id):
                Refund.objects.filter(pk=each.pk).update(is_done=True, provider_ref=answer.provider_ref)
        elif answer.outcome in {Outcome.DONE, Outcome.DECLINED}:
            theirs = answer.amount if answer.outcome is Outcome.DONE else None
            gap = Gap.AMOUNT if answer.outcome is Outcome.DONE else Gap.ONLY_OURS
            ref, currency = each.provider_ref, each.payment.currency
            look.misfits.append(
                Differing(gap, LineKind.REFUND, ref, each.reference, each.amount, theirs, currency)
            )


def _mend_refunds_and_disputes(look: _Look, theirs: list[BookLine]) -> None:
    """Take over refunds and disputes that we had not heard of; each is listed."""
    with tenancy.as_platform(look.platform_id):
        by_ref = {
            refund.reference: refund
            for refund in Refund.objects.filter(
                payment__provider=look.provider_name,
                is_done=False,
                reference__in=[line.reference for line in theirs if line.kind is LineKind.REFUND],
            ).select_related("payment")
        }
        disputes = [line for line in theirs if line.kind is LineKind.DISPUTE]
        told = Chargeback.objects.filter(provider_ref__in=[line.provider_ref for line in disputes])
        known = set(told.values_list("provider_ref", flat=True))
        payments = {
            payment.reference: payment
            for payment in Payment.objects.filter(
                provider=look.provider_name, reference__in=[line.reference for line in disputes]
            ).select_related("platform")
        }
        for line in theirs:
            refund = by_ref.get(line.reference) if line.kind is LineKind.REFUND else None
            if refund is not None and (refund.amount, refund.payment.currency) == (
                line.amount,
                line.currency,
            ):
                Refund.objects.filter(pk=refund.pk).update(is_done=True, provider_ref=line.provider_ref)
                _note_mended(look, refund.payment, line)
            payment = payments.get(line.reference)
            if line.kind is LineKind.DISPUTE and line.provider_ref not in known and payment is not None:
                wrong = chargebacks.misfit(
                    payment, amount=line.amount, currency=line.currency, payee=line.payee
                )
                if not wrong:
                    _hear_dispute(look, payment, line.provider_ref, "opened", line.amount)
    _ask_after_disputes(look)


def _hear_dispute(look: _Look, payment: Payment, ref: str, state: str, amount: int) -> None:
    chargebacks.hear(
        payment=payment, provider_ref=ref, state=state, amount=amount, reason="", due_by="", now=look.now
    )
    outcomes.note_difference(
        payment=payment, gap=Gap.NOT_HEARD, ours=None, theirs=amount, ref=ref, now=look.now, note=MENDED
    )


def _note_mended(look: _Look, payment: Payment, line: BookLine) -> None:
    outcomes.note_difference(
        payment=payment,
        gap=Gap.NOT_HEARD,
        ours=None,
        theirs=line.amount,
        ref=line.provider_ref,
        now=look.now,
        note=MENDED,
    )


def _our_lines(look: _Look, refs: set[str]) -> list[Line]:
    """Our book of the time, and whatever of ours their lines name."""
    when = Q(created_at__gte=look.since, created_at__lt=look.until)
    with tenancy.as_platform(look.platform_id):
        payments = Payment.objects.filter(when | Q(provider_ref__in=refs), provider=look.provider_name)
        refunds = Refund.objects.filter(
            when | Q(provider_ref__in=refs), payment__provider=look.provider_name, is_done=True
        ).select_related("payment")
        disputes = Chargeback.objects.filter(
            Q(opened_at__gte=look.since, opened_at__lt=look.until) | Q(provider_ref__in=refs),
            payment__provider=look.provider_name,
        ).select_related("payment")
        lines = [
            Line(LineKind.CAPTURE, each.provider_ref, each.reference, each.captured, each.currency)
            for each in payments
            if each.captured
        ]
        lines += [
            Line(LineKind.REFUND, each.provider_ref, each.reference, each.amount, each.payment.currency)
            for each in refunds
        ]
        for each in disputes:
            reference = each.payment.reference
            lines.append(Line(LineKind.DISPUTE, each.provider_ref, reference, each.amount, each.currency))
            if each.state == Chargeback.State.WON:
                lines.append(
                    Line(LineKind.DISPUTE_WON, each.provider_ref, reference, each.amount, each.currency)
                )
    return lines


def _asked_book(look: _Look) -> list[BookLine]:
    """What the provider says of each payment and refund of ours, where its book is not to be had."""
    with tenancy.as_platform(look.platform_id):
        when = {"created_at__gte": look.since, "created_at__lt": look.until}
        keys = [
            (LineKind.CAPTURE, f"charge-{reference}", reference)
            for reference in Payment.objects.filter(
                provider=look.provider_name, captured__gt=0, **when
            ).values_list("reference", flat=True)
        ]
        keys += [
            (LineKind.REFUND, f"refund-{reference}", reference)
            for reference in Refund.objects.filter(payment__provider=look.provider_name, **when).values_list(
                "reference", flat=True
            )
        ]
    lines = []
    for kind, key, reference in keys:
        answer = look.gateway.find(key=key)
        look.asked += 1
        if answer.outcome is Outcome.DONE:
            lines.append(
                BookLine(
                    kind,
                    answer.provider_ref,
                    reference,
                    look.payee,
                    answer.amount,
                    answer.currency,
                    look.now,
                )
            )
    return lines


def _lines(book: list[BookLine]) -> list[Line]:
    return [Line(each.kind, each.provider_ref, each.reference, each.amount, each.currency) for each in book]


def _is_explained(look: _Look, differing: Differing) -> bool:
    """Whether a difference is none: mended in this very look, or a line at the edge of the time."""
    if (differing.kind, differing.ref) in look.mended:
        return True
    if differing.gap is Gap.ONLY_THEIRS and differing.kind == LineKind.CAPTURE:
        return _is_under_way(look, differing)
    if differing.gap is Gap.ONLY_OURS and differing.kind in {LineKind.CAPTURE, LineKind.REFUND}:
        word = "charge" if differing.kind == LineKind.CAPTURE else "refund"
        answer = look.gateway.find(key=f"{word}-{differing.reference}")
        look.asked += 1
        return answer.outcome is Outcome.DONE and (answer.provider_ref, answer.amount, answer.currency) == (
            differing.ref,
            differing.ours,
            differing.currency,
        )
    return False


def _is_under_way(look: _Look, differing: Differing) -> bool:
    """Whether money that only they know of is on its way to us: of a payment that is open, its end is told now.

    Money of a payment that was given up here is listed as such.
    """
    with tenancy.as_platform(look.platform_id):
        payment = Payment.objects.filter(provider=look.provider_name, reference=differing.reference).first()
        if payment is None:
            return False
        if payment.state in {Payment.State.DECLINED, Payment.State.VOIDED}:
            outcomes.record_outcome(
                payment_id=payment.pk,
                answer=Answer(Outcome.DONE, differing.ref, differing.theirs or 0, differing.currency),
                now=look.now,
            )
            return True
    if payment.state not in Payment.OPEN:
        return False
    if payment.created_at >= look.now - SETTLED_AFTER:
        return True
    answer = look.gateway.find(key=f"charge-{payment.reference}")
    look.asked += 1
    if answer.outcome is Outcome.DONE:  # it was taken since we asked at the beginning of the look
        _tell_end(look, payment, answer)
    return answer.outcome is Outcome.DONE


def _write(look: _Look, found: list[Differing], *, compared: set[tuple[str, str]], whole: bool) -> Comparison:
    with tenancy.as_platform(look.platform_id):
        _close_what_agrees(look, found, refs={ref for _, ref in compared})
        for each in found:
            if outcomes.is_explained(
                provider=look.provider_name,
                kind=each.gap.value,
                reference=each.reference,
                provider_ref=each.ref,
                ours=each.ours,
                theirs=each.theirs,
            ):
                continue
            BookDifference.objects.get_or_create(
                platform_id=look.platform_id,
                provider=look.provider_name,
                kind=each.gap.value,
                reference=each.reference,
                provider_ref=each.ref,
                closed_at=None,
                defaults={
                    "ours": each.ours,
                    "theirs": each.theirs,
                    "currency": each.currency[:8],
                    "found_at": look.now,
                },
            )
        return Comparison.objects.create(
            platform_id=look.platform_id,
            provider=look.provider_name,
            since=look.since,
            until=look.until,
            lines=len(compared),
            differences=len(found),
            asked=look.asked,
            is_whole_book=whole,
            at=look.now,
        )


def _close_what_agrees(look: _Look, found: list[Differing], *, refs: set[str]) -> None:
    """Close, with the reason, what an earlier look listed and this look compared again without finding it.

    What this look did not compare, because its time is shorter, stays as it is.
    """
    still = {(each.gap.value, each.ref) for each in found}
    for each in BookDifference.objects.filter(
        provider=look.provider_name, kind__in=_BOOKED, closed_at__isnull=True, provider_ref__in=refs
    ):
        if (each.kind, each.provider_ref) not in still:
            each.closed_at, each.closed_by, each.note = look.now, outcomes.RECONCILIATION, AGREES
            each.save(update_fields=["closed_at", "closed_by", "note"])
