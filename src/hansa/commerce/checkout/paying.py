"""Paying what is written down: the provider asked, the buyer's steps there, and what was decided booked.

No call to the outside is inside a transaction. A process may die anywhere: who comes back, the same key or the clock
(`finish_unfinished`) asks the provider what became of a payment nobody finished, and `finish` may run twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import DatabaseError

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import together
from hansa.commerce.checkout.errors import PaymentRefused
from hansa.commerce.checkout.models import Cart
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as order_selectors
from hansa.commerce.orders import services as orders
from hansa.commerce.orders.domain import IllegalStep
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.orders.services import Purchase
from hansa.commerce.payments import outcomes
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.gateways.port import ActionNeeded, Answer, Outcome
from hansa.commerce.payments.models import Payment
from hansa.commerce.promotions.domain import GroupState
from hansa.foundation import statements, tenancy
from hansa.kernel.errors import HansaError, Refused, Unavailable

log = logging.getLogger(__name__)
Pay = Callable[..., Answer]  # a payment and where its buyer comes back to

CANCELLED = "the purchase was cancelled before it was paid"
GIVE_UP_AFTER = timedelta(minutes=15)
LOOK_AGAIN_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Placed:
    """A purchase that is written down, and where its buyer goes on to pay; empty when no step waits for them."""

    group: OrderGroup
    step_url: str = ""


def pay_and_finish(purchase: Purchase, payment: Payment, pay: Pay, return_to: str, now: datetime) -> Placed:
    """Ask for the money of a purchase that is written down, and book what was decided. Outside any transaction.

    Refuses with PaymentRefused what was declined; what is not decided, or waits for a step, comes back unpaid.
    """
    if payment.state == Payment.State.DECLINED:
        raise PaymentRefused(payment.decline_reason)
    if payment.step_url and payment.state == Payment.State.CREATED:
        return _look_again(purchase, payment, now)
    if payment.state == Payment.State.CREATED:
        try:
            answer = pay(payment, return_url=_return_url(purchase, payment, return_to))
        except ActionNeeded as step:
            return _send_on(purchase, payment, str(step.details.get("redirect_url", "")))
        except Unavailable:
            return Placed(_written_down(purchase))
        except Refused as refusal:  # it cannot be paid so at all: nobody has to wait for the clock
            answer = Answer(Outcome.DECLINED, reason=str(refusal))
        if answer.outcome in outcomes.ENDS:
            return Placed(finish(payment, purchase, answer, now))
        if answer.outcome is Outcome.AUTHORISED:
            together.hold(payment=payment, purchase=purchase, answer=answer, now=now)
    return Placed(_written_down(purchase))  # what is not decided, or only held, is the worker's


def come_back(*, platform_id: int, actor: Actor, number: str, token: str, now: datetime) -> Placed:
    """Finish a purchase whose buyer comes back from a step at the provider; coming again changes nothing.

    Refuses with PaymentRefused when the step came to nothing: the purchase is cancelled then and the cart is given
    back. Where the provider has not decided, the purchase comes back unpaid with its step. Outside any transaction.
    """
    with tenancy.as_platform(platform_id):
        group = order_selectors.get_purchase(platform_id=platform_id, number=number, actor=actor, token=token)
        payment = Payment.objects.filter(reference=number).first()
        if payment is None or payment.state == Payment.State.CAPTURED:
            return Placed(group)
        purchase = orders.purchase_of(group.pk)
    if payment.state not in Payment.OPEN:
        raise PaymentRefused(payment.decline_reason or CANCELLED)
    try:
        return _look_again(purchase, payment, now)
    except IllegalStep as late:
        raise PaymentRefused(CANCELLED) from late


def finish_unfinished(*, now: datetime) -> int:
    """Finish payments that were begun and left: book those the provider took, take what it only holds, give up the rest.

    A hundred at most, those first that were least lately looked at. One that cannot be finished holds up no other, and a
    provider that does not answer is not asked again until the next time.
    """
    with tenancy.as_alliance():
        left = payments.unfinished(older_than=now - LOOK_AGAIN_AFTER)
        groups = dict(
            OrderGroup.objects.filter(number__in=[each.reference for each in left]).values_list(
                "number", "pk"
            )
        )
    silent: set[str] = set()
    for payment in left:
        payments.note_look(payment, now=now)  # before anything can go wrong with it
        if payment.reference not in groups or payment.provider in silent:
            continue
        try:
            _finish_one(payment, groups[payment.reference], now)
        except Unavailable:
            log.warning("%s does not answer; payment %s waits", payment.provider, payment.reference)
            silent.add(payment.provider)
        except (HansaError, DatabaseError):
            log.exception("payment %s cannot be finished", payment.reference)
    return len(left)


def settle_place(*, platform_id: int, reference: str, now: datetime) -> None:
    """Take the money of a purchase whose group has formed, or let go of it where the group has failed.

    Again changes nothing. Must be called outside any transaction.
    """
    with tenancy.as_platform(platform_id):
        purchase = orders.purchase_numbered(reference)
        payment = Payment.objects.get(reference=reference)
        is_kept = (
            payment.state == Payment.State.CAPTURED and together.state_of(reference) is GroupState.FAILED
        )
        if is_kept:  # by a provider that was asked only to hold it
            cancelling.cancel_all(
                group_id=purchase.id, reason=together.NOT_FORMED, actor_name="payment", now=now
            )
    if payment.state in Payment.OPEN:
        _finish_one(payment, purchase.id, now)


def finish(payment: Payment, purchase: Purchase, answer: Answer, now: datetime) -> OrderGroup:
    """Book a purchase by what its provider decided, whoever learns of it first; again changes nothing.

    Refuses with PaymentRefused what was not paid, which is cancelled and its cart given back, and with IllegalStep
    money for a purchase that was cancelled before. Must be called outside any transaction.
    """
    if answer.outcome is Outcome.DONE:
        try:
            return _book(payment, purchase, answer, now)
        except IllegalStep:  # cancelled before its money was known of: what was taken is listed for a person
            with tenancy.as_platform(payment.platform_id):
                payments.decline(payment_id=payment.pk, reason=CANCELLED, now=now)
                outcomes.record_outcome(payment_id=payment.pk, answer=answer, now=now)
            raise
    with tenancy.as_platform(payment.platform_id):
        orders.cancel_unpaid(group_id=purchase.id, reason=answer.reason, actor_name="payment", now=now)
        payments.decline(payment_id=payment.pk, reason=answer.reason, now=now)
        _give_cart_back(purchase.id)
    raise PaymentRefused(answer.reason)


def _return_url(purchase: Purchase, payment: Payment, return_to: str) -> str:
    if not return_to or not payments.may_ask_for_a_step(payment):
        return ""
    group = _written_down(purchase)
    return f"{return_to}?{urlencode({'number': group.number, 'token': group.token})}"


def _send_on(purchase: Purchase, payment: Payment, url: str) -> Placed:
    with tenancy.as_platform(purchase.platform_id):
        payments.keep_step(payment=payment, url=url)
    return Placed(_written_down(purchase), url)


def _look_again(purchase: Purchase, payment: Payment, now: datetime) -> Placed:
    """Ask what became of a step, and finish what is decided; what is only held is the worker's."""
    try:
        answer = payments.ask_what_became_of(payment)
    except Unavailable:
        answer = Answer(Outcome.UNKNOWN)
    if answer.outcome is Outcome.UNKNOWN:
        return Placed(_written_down(purchase), payment.step_url)
    if answer.outcome is Outcome.AUTHORISED:
        together.hold(payment=payment, purchase=purchase, answer=answer, now=now)
        return Placed(_written_down(purchase))
    return Placed(finish(payment, purchase, answer, now))


def _finish_one(payment: Payment, group_id: int, now: datetime) -> None:
    with tenancy.as_platform(payment.platform_id):
        purchase = orders.purchase_of(group_id)
        state = together.state_of(payment.reference)
    answer = _decided(payment, purchase, state, now)
    if answer is None:
        return
    try:
        finish(payment, purchase, answer, now)
    except (PaymentRefused, IllegalStep):
        return  # the purchase is cancelled and its buyer sees so; nobody waits here for the refusal


def _decided(payment: Payment, purchase: Purchase, state: GroupState | None, now: datetime) -> Answer | None:
    """What a payment that was begun comes to, held money taken where it may be; None: it is too early to say.

    ``state`` is that of the group in which the purchase has its place.
    """
    if state is GroupState.FAILED:
        return Answer(Outcome.DECLINED, reason=together.NOT_FORMED)
    answer = payments.ask_what_became_of(payment)
    if (
        state is not None and not payment.amount
    ):  # accounts paid all of it: still nothing is done before the group
        answer = Answer(Outcome.AUTHORISED, "", 0, payment.currency)
    if answer.outcome is Outcome.UNKNOWN:
        is_late = now - payment.created_at >= GIVE_UP_AFTER
        return Answer(Outcome.DECLINED, reason="the payment was not completed in time") if is_late else None
    if answer.outcome is not Outcome.AUTHORISED:
        return answer
    state = together.hold(payment=payment, purchase=purchase, answer=answer, now=now)
    if state is GroupState.OPEN:
        return None
    if state is GroupState.FAILED:
        return Answer(Outcome.DECLINED, reason=together.NOT_FORMED)
    answer = payments.take_held(payment, answer)
    return None if answer.outcome in {Outcome.AUTHORISED, Outcome.UNKNOWN} else answer


def _book(payment: Payment, purchase: Purchase, answer: Answer, now: datetime) -> OrderGroup:
    with tenancy.as_platform(payment.platform_id), statements.together():
        orders.mark_paid(purchase=purchase, now=now)
        payments.capture(payment=payment, answer=answer, legs=purchase.legs(), now=now)
        group = orders.find_group(purchase.id)
    return group.value


def _written_down(purchase: Purchase) -> OrderGroup:
    with tenancy.as_platform(purchase.platform_id):
        return OrderGroup.objects.get(pk=purchase.id)


def _give_cart_back(group_id: int) -> None:
    left = Cart.objects.select_for_update().filter(group_id=group_id).first()
    if left is None:
        return
    others = Cart.objects.filter(platform_id=left.platform_id, visitor=left.visitor, status=Cart.Status.OPEN)
    if not others.exists():
        left.status, left.group = Cart.Status.OPEN, None
        left.save(update_fields=["status", "group"])
