"""What happens here when a provider's decision becomes known, by webhook, by asking or by its book.

Nothing is booked here: an open payment's end is told by PaymentOutcomeKnown, and the checkout finishes it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from hansa.commerce.payments.domain.comparing import Gap
from hansa.commerce.payments.events import PaymentDeclined, PaymentOutcomeKnown
from hansa.commerce.payments.gateways import holder
from hansa.commerce.payments.gateways.port import Answer, Outcome
from hansa.commerce.payments.models import BookDifference, Payment
from hansa.foundation import outbox, tenancy

State = Payment.State
ENDS = frozenset({Outcome.DONE, Outcome.DECLINED, Outcome.VOIDED})
RECONCILIATION = "reconciliation"


@transaction.atomic
def record_outcome(*, payment_id: int, answer: Answer, now: datetime) -> bool:
    """Note what the provider, when asked, said of a payment; answers whether that was news to us.

    Of an open payment that has ended it tells PaymentOutcomeKnown, as often as it is asked: whoever finishes
    must be safe to run twice. Money taken for a payment that was given up here is listed, never booked.
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state == State.CREATED and answer.outcome is Outcome.AUTHORISED:
        payment.state, payment.authorised = State.AUTHORISED, min(answer.amount, payment.amount)
        payment.provider_ref = answer.provider_ref
        payment.save(update_fields=["state", "authorised", "provider_ref"])
        return True
    if payment.state in Payment.OPEN and answer.outcome in ENDS:
        outbox.record(
            PaymentOutcomeKnown(
                platform_id=payment.platform_id,
                payment_id=payment.pk,
                reference=payment.reference,
                outcome=(Outcome.DONE if answer.outcome is Outcome.DONE else Outcome.DECLINED).value,
                provider_ref=answer.provider_ref,
                amount=answer.amount,
                currency=answer.currency,
                reason=answer.reason[:120],
                at=now.isoformat(),
            )
        )
        return True
    if payment.state in {State.DECLINED, State.VOIDED} and answer.outcome is Outcome.DONE:
        return note_difference(
            payment=payment,
            gap=Gap.GIVEN_UP,
            ours=None,
            theirs=answer.amount,
            ref=answer.provider_ref,
            now=now,
        )
    return False


def note_difference(
    *,
    payment: Payment,
    gap: Gap,
    ours: int | None,
    theirs: int | None,
    ref: str,
    now: datetime,
    note: str = "",
) -> bool:
    """List a difference about a payment; answers False when it is open already or a person has explained it.

    With a note it is listed as closed by the reconciliation: what was mended by asking is told, too.
    """
    said = {
        "provider": payment.provider,
        "kind": gap.value,
        "reference": payment.reference,
        "provider_ref": ref,
        "ours": ours,
        "theirs": theirs,
    }
    if is_explained(**said):
        return False
    try:
        with transaction.atomic():
            BookDifference.objects.create(
                **said,
                platform_id=payment.platform_id,
                currency=payment.currency,
                found_at=now,
                closed_at=now if note else None,
                closed_by=RECONCILIATION if note else "",
                note=note,
            )
    except IntegrityError:
        return False
    return True


def is_explained(**said: str | int | None) -> bool:
    """Say whether a person has closed this very difference, with these amounts: then it is not opened anew."""
    closed = BookDifference.objects.filter(**said, closed_at__isnull=False)
    return closed.exclude(closed_by=RECONCILIATION).exists()


def shut_at_provider(event: PaymentDeclined, *, now: datetime) -> None:
    """Make sure that a payment which was given up here is not taken there later. Outside any transaction.

    Money that was taken all the same is listed as a difference for a person to give back.
    """
    with tenancy.as_platform(event.platform_id):
        payment = Payment.objects.get(pk=event.payment_id)
    if not payment.amount:  # there is nothing that could come later
        return
    answer = holder(payment.provider).void(
        key=f"charge-{payment.reference}", provider_ref=payment.provider_ref
    )
    if answer.outcome is Outcome.DONE:
        with tenancy.as_platform(event.platform_id):
            record_outcome(payment_id=payment.pk, answer=answer, now=now)
