"""Payments in three phases: written down, asked of the provider outside any transaction, written down again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger.services import MerchantShare
from hansa.commerce.payments import gateways
from hansa.commerce.payments.events import PaymentCaptured, PaymentDeclined, RefundRequested
from hansa.commerce.payments.gateways import provider
from hansa.commerce.payments.gateways.port import Answer, Outcome
from hansa.commerce.payments.models import Payment, Refund
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import BrokenInvariant, InvalidInput, Refused

State = Payment.State


def open_payment(
    *,
    platform_id: int,
    reference: str,
    amount: int,
    currency: str,
    method_token: str,
    now: datetime,
    provider_name: str = "",
) -> Payment:
    """Write down that a purchase is to be paid, at the usual provider unless one is named; `ask_provider` asks it later."""
    if amount < 1:
        raise InvalidInput(f"{amount} minor units cannot be paid")
    return Payment.objects.create(
        platform_id=platform_id,
        reference=reference,
        provider=provider_name or gateways.usual(),
        method_token=method_token,
        currency=currency,
        amount=amount,
        created_at=now,
    )


def ask_provider(payment: Payment) -> Answer:
    """Ask the provider for the money, outside any transaction; safe to ask again.

    Raises Unavailable when there is no answer; the money may have moved all the same.
    """
    return provider(payment.provider).charge(
        key=f"charge-{payment.reference}",
        amount=payment.amount,
        currency=payment.currency,
        method_token=payment.method_token,
    )


def ask_what_became_of(payment: Payment) -> Answer:
    """Ask the provider what it knows of this payment; nothing new is charged."""
    return provider(payment.provider).find(key=f"charge-{payment.reference}")


@transaction.atomic(savepoint=False)
def capture(
    *, payment: Payment, answer: Answer, shares: list[MerchantShare], delivery_fee: int, now: datetime
) -> None:
    """Book money that the provider says it took; booking it again changes nothing.

    Refuses an answer over another amount or currency than was asked: that needs a person.
    """
    if (answer.amount, answer.currency) != (payment.amount, payment.currency):
        raise BrokenInvariant(
            f"payment {payment.reference}: asked {payment.amount} {payment.currency},"
            f" the provider took {answer.amount} {answer.currency}"
        )
    journal_id = ledger.post_capture(
        platform_id=payment.platform_id,
        reference=payment.reference,
        currency=payment.currency,
        shares=shares,
        delivery_fee=delivery_fee,
        now=now,
    )
    taken = Payment.objects.filter(pk=payment.pk, state=State.CREATED).update(
        journal_id=journal_id,
        state=State.CAPTURED,
        authorised=answer.amount,
        captured=answer.amount,
        provider_ref=answer.provider_ref,
    )
    if not taken:
        state = Payment.objects.values_list("state", flat=True).get(pk=payment.pk)
        if state == State.CAPTURED:
            return
        raise Refused(f"payment {payment.reference} is {state}")
    outbox.record(
        PaymentCaptured(
            platform_id=payment.platform_id,
            payment_id=payment.pk,
            reference=payment.reference,
            amount=payment.amount,
            currency=payment.currency,
            at=now.isoformat(),
        )
    )


@transaction.atomic
def decline(*, payment_id: int, reason: str, now: datetime) -> Payment:
    """Write down that the provider refused, or that the payment was given up."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state == State.DECLINED:
        return payment
    if payment.state != State.CREATED:
        raise Refused(f"payment {payment.reference} is {payment.state}")
    payment.state = State.DECLINED
    payment.decline_reason = reason[:120]
    payment.save(update_fields=["state", "decline_reason"])
    outbox.record(
        PaymentDeclined(
            platform_id=payment.platform_id,
            payment_id=payment.pk,
            reference=payment.reference,
            reason=reason[:120],
            at=now.isoformat(),
        )
    )
    return payment


@transaction.atomic
def request_refund(
    *,
    payment_id: int,
    reference: str,
    shares: list[MerchantShare],
    delivery_fee: int,
    now: datetime,
) -> Refund:
    """Promise money back and book it; the provider is asked by the worker, once for each reference.

    Refuses more than was captured and not yet given back.
    """
    amount = sum(share.paid for share in shares) + delivery_fee
    earlier = Refund.objects.filter(reference=reference).first()
    if earlier is not None:
        return earlier
    taken = Payment.objects.filter(pk=payment_id, captured__gte=F("refunded") + amount)
    if amount < 1 or taken.update(refunded=F("refunded") + amount) != 1:
        raise Refused(f"{amount} cannot be given back on {reference}")
    payment = Payment.objects.get(pk=payment_id)
    refund = Refund.objects.create(
        platform_id=payment.platform_id, payment=payment, reference=reference, amount=amount, created_at=now
    )
    ledger.post_refund(
        platform_id=payment.platform_id,
        reference=reference,
        currency=payment.currency,
        shares=shares,
        delivery_fee=delivery_fee,
        now=now,
    )
    outbox.record(
        RefundRequested(
            platform_id=payment.platform_id, refund_id=refund.pk, reference=reference, at=now.isoformat()
        )
    )
    return refund


def send_refund(*, platform_id: int, refund_id: int) -> None:
    """Ask the provider to give the money back; safe to run twice. Must be called outside any transaction."""
    with tenancy.as_platform(platform_id):
        refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.is_done:
        return
    answer = provider(refund.payment.provider).refund(
        key=f"refund-{refund.reference}",
        provider_ref=refund.payment.provider_ref,
        amount=refund.amount,
        currency=refund.payment.currency,
    )
    if answer.outcome is not Outcome.DONE:
        raise Refused(f"the provider refused refund {refund.reference}: {answer.reason}")
    with tenancy.as_platform(platform_id):
        Refund.objects.filter(pk=refund_id).update(is_done=True, provider_ref=answer.provider_ref)


def methods() -> dict[str, str]:
    """The ways to pay at the usual provider: token to words."""
    return provider(gateways.usual()).methods()


def charges_nothing() -> bool:
    """Say whether new payments are only played: the usual provider is a sandbox."""
    return gateways.usual() in {"sandbox", "sandbox-service"}


def unfinished(*, older_than: datetime, limit: int = 100) -> list[Payment]:
    """Payments that were written down, but whose end is not known yet."""
    return list(Payment.objects.filter(state=State.CREATED, created_at__lt=older_than).order_by("pk")[:limit])
