"""Mending by asking: of what we only had not heard the provider is asked, and our side goes on as if we had.

Part of the reconciliation: each thing that was mended is listed as closed; what does not fit is handed on as a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hansa.commerce.payments import chargebacks, outcomes
from hansa.commerce.payments.domain.comparing import Differing, Gap
from hansa.commerce.payments.gateways.port import Answer, BookLine, FullProvider, LineKind, Outcome
from hansa.commerce.payments.models import BookDifference, Chargeback, Payment, Refund
from hansa.foundation import tenancy

SETTLED_AFTER = timedelta(seconds=30)  # younger payments are still on their way
MENDED = "the provider was asked, and the purchase went on"


@dataclass
class Look:
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


def ask_after_open_ones(look: Look) -> None:
    """Ask after payments whose end we do not know, and tell the ends that we had not heard of."""
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


def _tell_end(look: Look, payment: Payment, answer: Answer) -> None:
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


def ask_after_disputes(look: Look) -> None:
    """Ask after disputes that are open, and take over what was decided."""
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


def ask_after_refunds(look: Look) -> None:
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


def mend_refunds_and_disputes(look: Look, theirs: list[BookLine]) -> None:
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
    ask_after_disputes(look)


def _hear_dispute(look: Look, payment: Payment, ref: str, state: str, amount: int) -> None:
    chargebacks.hear(
        payment=payment, provider_ref=ref, state=state, amount=amount, reason="", due_by="", now=look.now
    )
    outcomes.note_difference(
        payment=payment, gap=Gap.NOT_HEARD, ours=None, theirs=amount, ref=ref, now=look.now, note=MENDED
    )


def _note_mended(look: Look, payment: Payment, line: BookLine) -> None:
    outcomes.note_difference(
        payment=payment,
        gap=Gap.NOT_HEARD,
        ours=None,
        theirs=line.amount,
        ref=line.provider_ref,
        now=look.now,
        note=MENDED,
    )


def is_under_way(look: Look, differing: Differing) -> bool:
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
