"""Webhooks: verified and kept at the door, looked into by the worker once each, in whatever order they come.

A webhook is a hint, never a proof: what it says must fit the payment, and of payments and refunds the provider itself
is asked then. Of a dispute its signed word is taken; the reconciliation asks after those that are open.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.payments import chargebacks, outcomes
from hansa.commerce.payments.domain.comparing import Gap
from hansa.commerce.payments.domain.fitting import Known, Said, misfit
from hansa.commerce.payments.events import ProviderEventHeard
from hansa.commerce.payments.gateways import full_provider
from hansa.commerce.payments.gateways.port import Answer, Outcome, ProviderEvent, Topic
from hansa.commerce.payments.models import EventVerdict, HeardEvent, Payment, Refund
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import NotFound

log = logging.getLogger(__name__)
Verdict = EventVerdict.Verdict


@dataclass(frozen=True)
class _Judged:
    verdict: EventVerdict.Verdict
    reason: str = ""
    answer: Answer | None = None


def receive(*, provider_name: str, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[str, str]:
    """Verify an event, keep it once, and leave it to the worker; answers what the provider wants to hear.

    Refuses with ForgedEvent what the provider did not sign, and keeps nothing of it. Hearing an event again
    changes nothing; an event about nothing of ours is let go.
    """
    gateway = full_provider(provider_name)
    event = gateway.read_webhook(headers=headers, body=body, now=now)
    platform_id = _platform_of(event)
    if platform_id is None:
        log.warning("%s told of %s %s, which is not ours", provider_name, event.name, event.reference)
        return gateway.acknowledgement()
    with tenancy.as_platform(platform_id):
        _keep(platform_id, provider_name, event, body, now)
    return gateway.acknowledgement()


def examine(*, platform_id: int, heard_id: int, now: datetime) -> None:
    """Look into a kept event once and act on it. Must be called outside any transaction.

    Raises Unavailable when the provider cannot be asked; the worker comes again.
    """
    with tenancy.as_platform(platform_id):
        event = HeardEvent.objects.get(pk=heard_id)
        if EventVerdict.objects.filter(event=event).exists():
            return
        payment = _payment_of(event)
    judged = _judge(event, payment)
    with tenancy.as_platform(platform_id):
        if not _decide(event, judged, now):
            return
        if payment is not None and judged.verdict is Verdict.DOUBTED:
            outcomes.note_difference(
                payment=payment,
                gap=Gap.DOUBTED,
                ours=payment.captured or payment.amount,
                theirs=event.amount,
                ref=event.event_id,
                now=now,
            )
        elif payment is not None and judged.verdict is Verdict.BELIEVED:
            _act(event, payment, judged, now)


def _platform_of(event: ProviderEvent) -> int | None:
    """The platform that the payee names; where none is named, the one whose purchase it is."""
    if event.payee:
        try:
            return accounts.get_platform(event.payee).pk
        except NotFound:
            return None
    with tenancy.as_alliance():
        for found in (
            Payment.objects.filter(reference=event.reference),
            Refund.objects.filter(reference=event.reference),
            Payment.objects.filter(provider_ref=event.provider_ref).exclude(provider_ref=""),
        ):
            platform_id = found.values_list("platform_id", flat=True).first()
            if platform_id is not None:
                return int(platform_id)
    return None


def _keep(platform_id: int, provider_name: str, event: ProviderEvent, body: bytes, now: datetime) -> None:
    try:
        with transaction.atomic():
            heard = HeardEvent.objects.create(
                platform_id=platform_id,
                provider=provider_name,
                event_id=event.event_id[:120],
                topic=event.topic.value,
                name=event.name[:80],
                reference=event.reference[:80],
                provider_ref=event.provider_ref[:80],
                payee=event.payee[:80],
                amount=event.amount,
                currency=event.currency[:8],
                state=event.state[:40],
                dispute_ref=event.dispute_ref[:80],
                reason=event.reason[:200],
                due_by=event.due_by[:40],
                body=body,
                received_at=now,
            )
    except IntegrityError:
        return  # heard before
    outbox.record(
        ProviderEventHeard(
            platform_id=platform_id, heard_id=heard.pk, provider=provider_name, at=now.isoformat()
        )
    )


def _payment_of(event: HeardEvent) -> Payment | None:
    payments = Payment.objects.filter(provider=event.provider).select_related("platform")
    if event.topic == Topic.REFUND:
        return payments.filter(refunds__reference=event.reference).first()
    if event.topic == Topic.DISPUTE and not event.reference:  # Stripe names only its own payment
        return payments.filter(provider_ref=event.provider_ref).exclude(provider_ref="").first()
    return payments.filter(reference=event.reference).first()


def _judge(event: HeardEvent, payment: Payment | None) -> _Judged:
    """Say what an event is worth. Asks the provider about payments and refunds: the event only says what to ask."""
    if event.topic == Topic.OTHER:
        return _Judged(Verdict.KNOWN, "it tells nothing of a payment, a refund or a dispute")
    if payment is None:
        return _Judged(Verdict.DOUBTED, f"{event.payee or 'this platform'} has no purchase {event.reference}")
    if event.topic == Topic.REFUND:
        return _judge_refund(event, payment)
    if event.topic == Topic.DISPUTE:
        wrong = chargebacks.misfit(payment, amount=event.amount, currency=event.currency, payee=event.payee)
        return _Judged(Verdict.DOUBTED, wrong) if wrong else _Judged(Verdict.BELIEVED)
    known = Known(
        payment.platform.code, payment.amount, payment.authorised, payment.captured, payment.currency
    )
    wrong = misfit(known, Said(event.payee, event.amount, event.currency, event.state == "captured"))
    if wrong:
        return _Judged(Verdict.DOUBTED, wrong)
    answer = full_provider(payment.provider).find(key=f"charge-{payment.reference}")
    if answer.outcome is Outcome.UNKNOWN:
        return _Judged(Verdict.KNOWN, "the provider, when asked, has not decided")
    if answer.outcome is Outcome.DONE:
        wrong = misfit(known, Said("", answer.amount, answer.currency, is_taken=True))
        if wrong:
            return _Judged(Verdict.DOUBTED, f"the provider, when asked: {wrong}")
    return _Judged(Verdict.BELIEVED, answer=answer)


def _judge_refund(event: HeardEvent, payment: Payment) -> _Judged:
    with tenancy.as_platform(payment.platform_id):
        refund = Refund.objects.get(reference=event.reference)
    if (event.amount, event.currency) != (refund.amount, payment.currency):
        return _Judged(Verdict.DOUBTED, f"it says {event.amount} {event.currency}, we gave {refund.amount}")
    answer = full_provider(payment.provider).find(key=f"refund-{refund.reference}")
    if answer.outcome is Outcome.DECLINED:
        return _Judged(Verdict.DOUBTED, "the provider, when asked, could not give it back")
    if answer.outcome is not Outcome.DONE or answer.amount != refund.amount:
        return _Judged(Verdict.KNOWN, "the provider, when asked, has not given it back")
    return _Judged(Verdict.BELIEVED, answer=answer)


def _decide(event: HeardEvent, judged: _Judged, now: datetime) -> bool:
    """Write the verdict; False when another worker has written one meanwhile."""
    try:
        with transaction.atomic():
            EventVerdict.objects.create(
                platform_id=event.platform_id,
                event=event,
                verdict=judged.verdict,
                reason=judged.reason[:200],
                at=now,
            )
    except IntegrityError:
        return False
    return True


def _act(event: HeardEvent, payment: Payment, judged: _Judged, now: datetime) -> None:
    if event.topic == Topic.DISPUTE:
        chargebacks.hear(
            payment=payment,
            provider_ref=event.dispute_ref,
            state=event.state,
            amount=event.amount,
            reason=event.reason,
            due_by=event.due_by,
            now=now,
        )
    elif event.topic == Topic.REFUND and judged.answer is not None:
        Refund.objects.filter(reference=event.reference, is_done=False).update(
            is_done=True, provider_ref=judged.answer.provider_ref
        )
    elif judged.answer is not None:
        outcomes.record_outcome(payment_id=payment.pk, answer=judged.answer, now=now)
