"""Payments in three phases: written down, asked of the provider outside any transaction, written down again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import get_language

from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger.services import Leg
from hansa.commerce.payments import gateways
from hansa.commerce.payments.events import PaymentDeclined, RefundRequested
from hansa.commerce.payments.gateways import full_provider, holder, provider
from hansa.commerce.payments.gateways.outside import payee_of
from hansa.commerce.payments.gateways.port import Answer, Order, Outcome
from hansa.commerce.payments.models import Payment, Refund
from hansa.commerce.promotions import selectors as promotions
from hansa.foundation import outbox, statements, tenancy
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import BrokenInvariant, Refused, Unavailable

State = Payment.State
OPEN = Payment.OPEN


def open_payment(
    *,
    platform_id: int,
    reference: str,
    amount: int,
    currency: str,
    method_token: str,
    now: datetime,
    provider_name: str = "",
) -> Later[Payment]:
    """Write down that a purchase is to be paid, at the usual provider unless one is named; `ask_provider` asks it later.

    A purchase that costs nothing has a payment, too, which is about nothing.
    """
    payment = Payment(
        platform_id=platform_id,
        reference=reference,
        provider=provider_name or gateways.usual(),
        method_token=method_token,
        currency=currency,
        amount=amount,
        created_at=now,
    )

    def kept(rows: Rows) -> Payment:
        payment.pk = rows[0][0]
        return payment

    values = [platform_id, reference, payment.provider, method_token, currency, amount, payment.state, now]
    return statements.send(_OPEN, values, kept)


def lower(*, payment: Payment, by: int) -> None:
    """Ask for less of a payment that was opened in this transaction: the other part is paid from accounts."""
    payment.amount -= by
    payment.save(update_fields=["amount"])


def ask_provider(payment: Payment, *, return_url: str = "") -> Answer:
    """Ask the provider for the money, outside any transaction; safe to ask again. Of nothing, nobody is asked.

    Raises ActionNeeded when the buyer must do a step there first, after which they come to ``return_url``, and
    Unavailable when there is no answer; the money may have moved all the same.
    """
    if not payment.amount:
        return _nothing_to_take(payment)
    if return_url:
        return full_provider(payment.provider).take(_order(payment, return_url), at_once=True)
    return provider(payment.provider).charge(
        key=f"charge-{payment.reference}",
        amount=payment.amount,
        currency=payment.currency,
        method_token=payment.method_token,
    )


def hold(payment: Payment, *, return_url: str = "") -> Answer:
    """Ask the provider to hold the money and take it later (`take_held`); else as `ask_provider`."""
    if not payment.amount:
        return Answer(Outcome.AUTHORISED, "", 0, payment.currency)
    return holder(payment.provider).take(_order(payment, return_url), at_once=False)


def insist_on_holding() -> None:
    """Refuse what needs money to be held where the usual provider takes it at once."""
    if not gateways.can_hold(gateways.usual()):
        raise Refused("the payment provider here takes money at once, so nothing can wait for a group")


def _order(payment: Payment, return_url: str) -> Order:
    return Order(
        f"charge-{payment.reference}",
        payment.reference,
        payee_of(payment.reference),
        payment.amount,
        payment.currency,
        payment.method_token,
        return_url,
        get_language() or "",
    )


def may_ask_for_a_step(payment: Payment) -> bool:
    """Say whether the provider could send the buyer away to confirm, and so must know where they come back to."""
    return bool(payment.amount) and payment.provider != "sandbox"


def keep_step(*, payment: Payment, url: str) -> None:
    """Keep where the buyer goes on, for one who is interrupted."""
    payment.step_url = url
    Payment.objects.filter(pk=payment.pk, state=State.CREATED).update(step_url=url)


def ask_what_became_of(payment: Payment) -> Answer:
    """Ask the provider what it knows of this payment; nothing new is charged."""
    if not payment.amount:
        return _nothing_to_take(payment)
    return provider(payment.provider).find(key=f"charge-{payment.reference}")


def _nothing_to_take(payment: Payment) -> Answer:
    return Answer(Outcome.DONE, "", 0, payment.currency)


def take_held(payment: Payment, answer: Answer) -> Answer:
    """Take money that the provider only holds, all of it, outside any transaction; safe to ask again."""
    if not payment.amount:
        return _nothing_to_take(payment)
    return holder(payment.provider).capture(
        key=f"charge-{payment.reference}",
        provider_ref=answer.provider_ref,
        amount=payment.amount,
        currency=payment.currency,
    )


@transaction.atomic(savepoint=False)
def capture(*, payment: Payment, answer: Answer, legs: list[Leg], now: datetime) -> None:
    """Book money that the provider says it took, by the purchase's legs; booking it again changes nothing.

    Refuses an answer over another amount or currency than was asked: that needs a person.
    """
    if (answer.amount, answer.currency) != (payment.amount, payment.currency):
        raise BrokenInvariant(
            f"payment {payment.reference}: asked {payment.amount} {payment.currency},"
            f" the provider took {answer.amount} {answer.currency}"
        )
    ledger.post(
        platform_id=payment.platform_id,
        kind="capture",
        reference=payment.reference,
        currency=payment.currency,
        legs=legs,
        now=now,
    )
    statements.send(
        _CAPTURE,
        {
            "payment": payment.pk,
            "amount": answer.amount,
            "provider_ref": answer.provider_ref,
            "said": now.isoformat(),
        },
        lambda taken: None if taken else _insist_on_captured(payment),
    )


def _insist_on_captured(payment: Payment) -> None:
    state = Payment.objects.values_list("state", flat=True).get(pk=payment.pk)
    if state != State.CAPTURED:
        raise Refused(f"payment {payment.reference} is {state}")


@transaction.atomic
def decline(*, payment_id: int, reason: str, now: datetime) -> Payment:
    """Write down that the provider refused, or that the payment was given up."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state == State.DECLINED:
        return payment
    if payment.state not in OPEN:
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
def let_go(*, reference: str, reason: str, now: datetime) -> None:
    """Give up the payment of a purchase whose money is only held; the provider hears of it from the worker."""
    held = Payment.objects.filter(reference=reference, state=State.AUTHORISED).values_list("pk", flat=True)
    for payment_id in held:
        decline(payment_id=payment_id, reason=reason, now=now)


@transaction.atomic
def request_refund(
    *, payment_id: int, reference: str, amount: int, legs: list[Leg], now: datetime
) -> Refund | None:
    """Promise money back and book it by its legs; the provider is asked by the worker, once for each reference.

    Of no money only the legs are booked. Refuses more than was captured and not yet given back.
    """
    payment = Payment.objects.get(pk=payment_id)
    if amount == 0:
        _book_refund(payment, reference, legs, now)
        return None
    earlier = Refund.objects.filter(reference=reference).first()
    if earlier is not None:
        return earlier
    taken = Payment.objects.filter(pk=payment_id, captured__gte=F("refunded") + amount)
    if amount < 1 or taken.update(refunded=F("refunded") + amount) != 1:
        raise Refused(f"{amount} cannot be given back on {reference}")
    refund = Refund.objects.create(
        platform_id=payment.platform_id, payment=payment, reference=reference, amount=amount, created_at=now
    )
    _book_refund(payment, reference, legs, now)
    outbox.record(
        RefundRequested(
            platform_id=payment.platform_id, refund_id=refund.pk, reference=reference, at=now.isoformat()
        )
    )
    return refund


def _book_refund(payment: Payment, reference: str, legs: list[Leg], now: datetime) -> None:
    if any(leg.amount for leg in legs):
        ledger.post(
            platform_id=payment.platform_id,
            kind="refund",
            reference=reference,
            currency=payment.currency,
            legs=legs,
            now=now,
        )


def send_refund(*, platform_id: int, refund_id: int) -> None:
    """Ask the provider to give the money back; safe to run twice. Must be called outside any transaction.

    What it has taken on and not done yet is done when its webhook, or the reconciliation, says so. Raises Unavailable
    where it does not say even that.
    """
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
    is_done = answer.outcome is Outcome.DONE
    if not is_done and answer.outcome is not Outcome.UNKNOWN:
        raise Refused(f"the provider refused refund {refund.reference}: {answer.reason}")
    if not is_done and not answer.provider_ref:
        raise Unavailable(f"the provider does not say what becomes of refund {refund.reference}")
    with tenancy.as_platform(platform_id):
        Refund.objects.filter(pk=refund_id, is_done=False).update(
            is_done=is_done, provider_ref=answer.provider_ref
        )


def methods() -> dict[str, str]:
    """The ways to pay at the usual provider: token to words."""
    return provider(gateways.usual()).methods()


def charges_nothing() -> bool:
    """Say whether new payments are only played: the usual provider is a sandbox."""
    return gateways.usual() in {"sandbox", "sandbox-service"}


def unfinished(*, older_than: datetime, limit: int = 100) -> list[Payment]:
    """Payments that were written down, but whose end is not known yet, those first that were least lately looked at.

    Those that wait for a group are not among them.
    """
    waits = promotions.waiting_places().filter(reference=OuterRef("reference"))
    left = Payment.objects.filter(~Exists(waits), state__in=OPEN, created_at__lt=older_than)
    return list(left.order_by(F("looked_at").asc(nulls_first=True), "pk")[:limit])


def note_look(payment: Payment, *, now: datetime) -> None:
    """Note that it is looked what became of a payment, so that the others come before it the next time."""
    with tenancy.as_platform(payment.platform_id):
        Payment.objects.filter(pk=payment.pk).update(looked_at=now)


_OPEN = """
insert into payments_payment (
  platform_id, reference, provider, method_token, currency, amount, state, created_at, authorised, captured,
  refunded, provider_ref, decline_reason
) values (%s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, '', '') returning id
"""

_CAPTURE = """
with taken as (
  update payments_payment p set state = 'captured', authorised = %(amount)s, captured = %(amount)s,
    provider_ref = %(provider_ref)s,
    journal_id = (
      select id from ledger_journalentry j
      where j.platform_id = p.platform_id and j.kind = 'capture' and j.reference = p.reference)
  where id = %(payment)s and state in ('created', 'authorised')
  returning id, platform_id, reference, amount, currency
), told as (
  insert into outbox_event (platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason)
  select platform_id, 'PaymentCaptured', jsonb_build_object(
      'platform_id', platform_id, 'payment_id', id, 'reference', reference, 'amount', amount,
      'currency', currency, 'at', %(said)s::text),
    now(), now(), 0, ''
  from taken
)
select id from taken
"""
