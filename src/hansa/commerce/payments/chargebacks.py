"""Disputes at the buyer's bank: opened and decided by the provider's word, argued by the operator with evidence.

The money that the provider holds back is booked here, and ChargebackOpened and ChargebackDecided tell it; who bears
a lost one is booked by `commerce.payouts`, which knows the orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.dateparse import parse_datetime

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.services import Leg
from hansa.commerce.payments.events import ChargebackDecided, ChargebackOpened, EvidenceGiven
from hansa.commerce.payments.gateways import full_provider
from hansa.commerce.payments.gateways.port import EvidenceFile, Outcome
from hansa.commerce.payments.models import Chargeback, ChargebackEvidence, Payment
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import InvalidInput, NotFound, Refused

State = Chargeback.State
MOST_TEXT = 10_000
LARGEST_FILE = 1_000_000
FILE_KINDS = frozenset({"application/pdf", "image/jpeg", "image/png"})
_DECIDED = {"won": True, "lost": False}


@dataclass(frozen=True)
class Evidence:
    """What is said in a dispute; without a file its name is empty."""

    text: str
    file_name: str = ""
    content_type: str = ""
    content: bytes = b""


def misfit(payment: Payment, *, amount: int, currency: str, payee: str) -> str | None:
    """Say why a dispute cannot be about this payment, or None."""
    if payee and payee != payment.platform.code:
        return f"it names the payee {payee[:40]}"
    if currency != payment.currency:
        return f"it is in {currency[:8]}, the payment in {payment.currency}"
    if not 0 < amount <= payment.captured:
        return f"it is about {amount}, taken were {payment.captured}"
    return None


@transaction.atomic
def hear(
    *,
    payment: Payment,
    provider_ref: str,
    state: str,
    amount: int,
    reason: str,
    due_by: str,
    now: datetime,
) -> Chargeback:
    """Take over what the provider says of a dispute; the decision may come before the opening, and twice."""
    Payment.objects.select_for_update().get(pk=payment.pk)  # two events of one dispute take turns
    chargeback, is_new = Chargeback.objects.get_or_create(
        provider_ref=provider_ref,
        defaults={
            "platform_id": payment.platform_id,
            "payment": payment,
            "amount": amount,
            "currency": payment.currency,
            "reason": reason[:200],
            "opened_at": now,
            "due_by": parse_datetime(due_by) if due_by else None,
        },
    )
    if is_new:
        _post(chargeback, "dispute_opened", templates.dispute_opened(amount), now)
        outbox.record(
            ChargebackOpened(
                platform_id=payment.platform_id,
                chargeback_id=chargeback.pk,
                payment_id=payment.pk,
                reference=payment.reference,
                amount=amount,
                currency=payment.currency,
                at=now.isoformat(),
            )
        )
    if state in _DECIDED and chargeback.closed_at is None:
        _close(chargeback, payment, is_won=_DECIDED[state], now=now)
    return chargeback


@transaction.atomic
def give_evidence(
    *, platform_id: int, chargeback_id: int, evidence: Evidence, actor: Actor, now: datetime
) -> ChargebackEvidence:
    """Keep what we have to say in a dispute; the worker sends it to the provider.

    Refuses an empty text, a file that is too large or of another kind, and a dispute that is decided.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    chargeback = (
        Chargeback.objects.select_for_update().filter(pk=chargeback_id, platform_id=platform_id).first()
    )
    if chargeback is None:
        raise NotFound(f"there is no dispute {chargeback_id} here")
    if chargeback.closed_at is not None:
        raise Refused("the dispute is decided; nothing can be added")
    _insist_on_sense(evidence)
    kept = ChargebackEvidence.objects.create(
        platform_id=platform_id,
        chargeback=chargeback,
        text=evidence.text.strip(),
        file_name=evidence.file_name[:120],
        content_type=evidence.content_type,
        content=evidence.content,
        by=actor.name[:80],
        at=now,
    )
    Chargeback.objects.filter(pk=chargeback.pk).update(state=State.ANSWERED)
    outbox.record(
        EvidenceGiven(
            platform_id=platform_id,
            evidence_id=kept.pk,
            chargeback_id=chargeback.pk,
            at=now.isoformat(),
        )
    )
    return kept


def send_evidence(event: EvidenceGiven) -> None:
    """Send kept evidence to the provider; safe to run twice. Must be called outside any transaction."""
    with tenancy.as_platform(event.platform_id):
        kept = ChargebackEvidence.objects.select_related("chargeback__payment").get(pk=event.evidence_id)
    files = [EvidenceFile(kept.file_name, kept.content_type, bytes(kept.content))] if kept.file_name else []
    answer = full_provider(kept.chargeback.payment.provider).send_evidence(
        key=f"evidence-{kept.pk}", dispute_ref=kept.chargeback.provider_ref, text=kept.text, files=files
    )
    if answer.outcome is not Outcome.DONE:
        raise Refused(f"the provider refused the evidence: {answer.reason}")


def _insist_on_sense(evidence: Evidence) -> None:
    if not 0 < len(evidence.text.strip()) <= MOST_TEXT:
        raise InvalidInput(f"the evidence needs a text of 1 to {MOST_TEXT} characters")
    if len(evidence.content) > LARGEST_FILE:
        raise InvalidInput(f"the file may have {LARGEST_FILE} bytes at most")
    if evidence.file_name and evidence.content_type not in FILE_KINDS:
        raise InvalidInput("the file must be a PDF, a JPEG or a PNG")


def _close(chargeback: Chargeback, payment: Payment, *, is_won: bool, now: datetime) -> None:
    chargeback.state = State.WON if is_won else State.LOST
    chargeback.closed_at = now
    chargeback.save(update_fields=["state", "closed_at"])
    if is_won:
        _post(chargeback, "dispute_won", templates.dispute_won(chargeback.amount), now)
    outbox.record(
        ChargebackDecided(
            platform_id=payment.platform_id,
            chargeback_id=chargeback.pk,
            payment_id=payment.pk,
            reference=payment.reference,
            amount=chargeback.amount,
            currency=chargeback.currency,
            is_won=is_won,
            at=now.isoformat(),
        )
    )


def _post(chargeback: Chargeback, kind: str, legs: list[Leg], now: datetime) -> None:
    ledger.post(
        platform_id=chargeback.platform_id,
        kind=kind,
        reference=f"dispute-{chargeback.pk}",
        currency=chargeback.currency,
        legs=legs,
        now=now,
    )
