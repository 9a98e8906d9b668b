"""Reconciliation: the provider's book beside ours. Differences are listed for people; none is mended in silence.

Where we only had not heard (a lost webhook, a lost answer), the provider is asked and the purchase goes on as if
we had; that is listed too, as closed. Everything else stays open until a person closes it or the books agree.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.payments import mending, outcomes
from hansa.commerce.payments.domain.comparing import Differing, Gap, Line, compare
from hansa.commerce.payments.gateways import full_provider
from hansa.commerce.payments.gateways.port import BookLine, LineKind, Outcome
from hansa.commerce.payments.mending import Look
from hansa.commerce.payments.models import BookDifference, Chargeback, Comparison, Payment, Refund
from hansa.foundation import tenancy
from hansa.kernel.errors import HansaError, InvalidInput, NotFound, Refused

log = logging.getLogger(__name__)
AGREES = "the books agree by now"
_BOOKED = (Gap.ONLY_THEIRS, Gap.ONLY_OURS, Gap.AMOUNT)


def reconcile(
    *, platform_id: int, provider_name: str, since: datetime, until: datetime, now: datetime
) -> Comparison:
    """Lay the provider's book of a time beside ours and list what differs. Must be called outside a transaction.

    Raises Unavailable when the provider does not answer; refuses a time that ends before it begins.
    """
    if until <= since:
        raise InvalidInput("the time to compare ends before it begins")
    look = Look(
        platform_id,
        accounts.platform_by_id(platform_id).code,
        provider_name,
        full_provider(provider_name),
        since,
        until,
        now,
    )
    mending.ask_after_open_ones(look)
    mending.ask_after_disputes(look)
    mending.ask_after_refunds(look)
    book = look.gateway.book(since=since, until=until)
    theirs = [line for line in book if line.payee == look.payee] if book is not None else _asked_book(look)
    mending.mend_refunds_and_disputes(look, theirs)
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


def _our_lines(look: Look, refs: set[str]) -> list[Line]:
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


def _asked_book(look: Look) -> list[BookLine]:
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


def _is_explained(look: Look, differing: Differing) -> bool:
    """Whether a difference is none: mended in this very look, or a line at the edge of the time."""
    if (differing.kind, differing.ref) in look.mended:
        return True
    if differing.gap is Gap.ONLY_THEIRS and differing.kind == LineKind.CAPTURE:
        return mending.is_under_way(look, differing)
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


def _write(look: Look, found: list[Differing], *, compared: set[tuple[str, str]], whole: bool) -> Comparison:
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


def _close_what_agrees(look: Look, found: list[Differing], *, refs: set[str]) -> None:
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
