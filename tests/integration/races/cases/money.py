"""Races for a purchase's money: who finishes it, who calls it off, who gives back, who is paid out, who sends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale import disputes, returns
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.models import Dispute
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.checkout import paying
from hansa.commerce.checkout import services as checkout
from hansa.commerce.merchants.models import Merchant
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.models import Fulfilment, Order, OrderGroup, OrderLine
from hansa.commerce.payments import chargebacks, webhooks
from hansa.commerce.payments.domain.signatures import signed_headers
from hansa.commerce.payments.models import BookDifference, Payment, Refund
from hansa.commerce.payouts import services as payouts
from hansa.commerce.payouts.models import Payout, PayoutAttempt, SandboxTransfer
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from tests.factories import NOON, Shop, a_listing, a_merchant, a_shop, a_shopper
from tests.integration.payments.world import NAME, SECRET
from tests.integration.payouts.scene import LATER, an_officer
from tests.integration.races.harness import Answer, Begin, Case, Race, refusals

TEAS, PRICE, TOTAL = 3, 500, 3 * 500 + 490
SOON, TOO_LATE = NOON + timedelta(minutes=1), timedelta(minutes=20)


def complete_and_webhook() -> Begin:
    """The browser finishes a purchase while the provider tells of it: paid once, booked once."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        total = shop.fill_cart(buyer, [("tea", TEAS)], _now())
        pay = partial(shop.pay, buyer, total, key="once", now=_now())
        hooks = [partial(_tell, shop, buyer, f"evt-{number}-{place}") for place in range(many - 1)]
        return Case([pay, *hooks], lambda answers: _insist_on_one_end(shop, buyer, answers))

    return begin


def complete_and_expiry() -> Begin:
    """The browser finishes a purchase while the clock gives it up: paid, or cancelled with the money listed."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        pay = partial(shop.pay, buyer, shop.fill_cart(buyer, [("tea", TEAS)]), key="once")
        clock = partial(paying.finish_unfinished, now=NOON + TOO_LATE)
        return Case([pay, *[clock] * (many - 1)], lambda answers: _insist_on_one_end(shop, buyer, answers))

    return begin


def webhook_and_expiry() -> Begin:
    """The provider tells of a purchase that the browser left while the clock looks after it: paid once."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        shop.buy(buyer, [("tea", TEAS)], card="tok_no_answer", now=_now())
        hooks = [partial(_tell, shop, buyer, f"evt-{number}-{place}") for place in range(1, many, 2)]
        clock = partial(paying.finish_unfinished, now=_now() + TOO_LATE)

        def insist(answers: Sequence[Answer]) -> None:
            _insist_on_one_end(shop, buyer, answers)
            assert _payment(shop, buyer).state == Payment.State.CAPTURED

        return Case([hooks[0], clock, *hooks[1:], *[clock] * (many - 1 - len(hooks))], insist)

    return begin


def capture_and_cancel() -> Begin:
    """The clock books a payment while the buyer calls the purchase off: the money is given back, or listed."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        group = shop.buy(buyer, [("tea", TEAS)], card="tok_no_answer")
        capture = partial(paying.finish_unfinished, now=SOON)
        call_off = partial(_call_off, shop, group)

        def insist(answers: Sequence[Answer]) -> None:
            _insist_on_one_end(shop, buyer, answers)
            assert refusals(answers) == []
            with tenancy.as_platform(shop.platform.pk):
                assert Order.objects.get(group=group).status == "cancelled"

        return Case([call_off, capture] * (many // 2), insist)

    return begin


def refund_and_refund() -> Begin:
    """Two of three units are called off more than once: whoever comes second is told that too few are left."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        group = shop.buy(buyer, [("tea", TEAS)])
        line = _line(shop, group)
        acts = [partial(_call_off_units, shop, group, {line.pk: 2}, f"wish-{place}") for place in range(many)]

        def insist(answers: Sequence[Answer]) -> None:
            assert refusals(answers) == ["nothing_left_to_cancel"] * (many - 1)
            assert _refunds(shop, group) == [2 * PRICE]
            assert shop.payment_of(group).refunded == 2 * PRICE

        return Case(acts, insist)

    return begin


def partial_refund_and_return() -> Begin:
    """The merchant agrees to give a part back while the goods' return is settled: never more than was paid."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        group = _brought(shop, buyer)
        line = _line(shop, group)
        where = {"platform_id": shop.platform.pk, "now": NOON}
        with tenancy.as_platform(shop.platform.pk):
            quarrel = disputes.open_dispute(
                order=line.order, actor=buyer, kind="damaged", claim=1_000, word=Word("broken"), now=NOON
            )
            asked = returns.request(
                group=group, actor=buyer, asked=Asked({line.pk: TEAS}, "changed_mind"), now=NOON
            )
            returns.decide(actor=shop.owner, return_id=asked.pk, agrees=True, **where)
            returns.receive(actor=shop.owner, return_id=asked.pk, **where)

        def settle() -> None:
            with tenancy.as_platform(shop.platform.pk):
                returns.inspect(
                    actor=shop.owner, return_id=asked.pk, verdicts={line.pk: Verdict(TEAS, TEAS)}, **where
                )

        def agree() -> None:
            with tenancy.as_platform(shop.platform.pk):
                disputes.answer(
                    actor=shop.owner, dispute_id=quarrel.pk, agrees=True, word=Word("sorry"), **where
                )

        def insist(answers: Sequence[Answer]) -> None:
            # The return gives back what the dispute left, or the dispute finds nothing left.
            back = _refunds(shop, group)
            assert (sum(back), len(back)) in {(TOTAL, 1), (TOTAL, 2)}
            assert refusals(answers) == ["illegal_move"] * (many - 2)
            assert shop.payment_of(group).refunded == TOTAL

        return Case([settle, agree] * (many // 2), insist)

    return begin


def two_schedules() -> Begin:
    """Several schedules make up the same merchant's payout, and several workers send it: paid once."""
    shop, buyer = _a_shop(), a_shopper("buyer")
    people = [an_officer(shop, name) for name in ("olga", "omar")]

    def begin(number: int, many: int) -> Case:
        merchant = _a_merchant_with_money(shop, buyer, number)

        def pay_out() -> None:
            made = _schedule(shop, merchant)
            if made is not None:
                for person in people:
                    with tenancy.as_platform(shop.platform.pk):
                        payouts.approve(
                            actor=person, platform_id=shop.platform.pk, payout_id=made.pk, now=LATER
                        )
            with tenancy.as_platform(shop.platform.pk):
                known = Payout.objects.filter(merchant=merchant).first()
            if known is not None:
                payouts.send(platform_id=shop.platform.pk, payout_id=known.pk, now=LATER)

        def insist(answers: Sequence[Answer]) -> None:
            assert refusals(answers) == []
            outbox.drain(SUBSCRIPTIONS)
            _insist_on_one_payout(shop, merchant, 450)

        return Case([pay_out] * many, insist)

    return begin


def payout_and_chargeback() -> Begin:
    """A payout is made up while the buyer's bank takes the money back: paid before it, or less it, never lost."""
    shop, buyer = _a_shop(), a_shopper("buyer")

    def begin(number: int, many: int) -> Case:
        merchant = _a_merchant_with_money(shop, buyer, number)
        with tenancy.as_platform(shop.platform.pk):
            payment = Payment.objects.get(reference=OrderGroup.objects.latest("pk").number)

        def take_back() -> None:
            with tenancy.as_platform(shop.platform.pk):
                chargebacks.hear(
                    payment=payment,
                    provider_ref=f"dp-{number}",
                    state="lost",
                    amount=payment.captured,
                    reason="not mine",
                    due_by="",
                    now=LATER,
                )
            outbox.drain(SUBSCRIPTIONS)

        def insist(answers: Sequence[Answer]) -> None:
            assert refusals(answers) == []
            outbox.drain(SUBSCRIPTIONS)
            with tenancy.as_platform(shop.platform.pk):
                made = list(Payout.objects.filter(merchant=merchant).values_list("amount", flat=True))
                owed = payouts.selectors.balance_of(
                    platform_id=shop.platform.pk, merchant_id=merchant.pk, currency="EUR", now=LATER
                ).owed
            assert made in ([], [450])
            assert owed == -sum(made)

        return Case([partial(_schedule, shop, merchant), take_back] * (many // 2), insist)

    return begin


def dispute_and_chargeback() -> Begin:
    """A merchant agrees to a dispute while the worker hears that the buyer has gone to the bank: nobody is left hanging."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        group = _brought(shop, buyer)
        where = {"platform_id": shop.platform.pk, "now": NOON}
        with tenancy.as_platform(shop.platform.pk):
            quarrel = disputes.open_dispute(
                order=_line(shop, group).order,
                actor=buyer,
                kind="damaged",
                claim=1_000,
                word=Word("broken"),
                now=NOON,
            )
            chargeback = chargebacks.hear(
                payment=Payment.objects.get(reference=group.number),
                provider_ref=f"dp-{number}",
                state="open",
                amount=400,
                reason="not mine",
                due_by="",
                now=NOON,
            )

        def agree() -> None:
            with tenancy.as_platform(shop.platform.pk):
                disputes.answer(
                    actor=shop.owner, dispute_id=quarrel.pk, agrees=True, word=Word("sorry"), **where
                )

        def hear() -> None:
            with tenancy.as_platform(shop.platform.pk):
                disputes.hear_of_chargeback(chargeback_id=chargeback.pk, now=NOON)

        def insist(answers: Sequence[Answer]) -> None:
            back = _refunds(shop, group)
            assert back in ([], [1_000])
            assert len(refusals(answers)) == many // 2 - len(back)
            assert set(refusals(answers)) <= {"illegal_move"}
            with tenancy.as_platform(shop.platform.pk):
                assert Dispute.objects.filter(chargeback=chargeback).count() == 1

        return Case([agree, hear] * (many // 2), insist)

    return begin


def double_fulfilment() -> Begin:
    """Two members of staff send the same units: one parcel leaves."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        group = shop.buy(a_shopper(f"buyer-{number}"), [("tea", TEAS)])
        line = _line(shop, group)

        def send(reference: str) -> None:
            with tenancy.as_platform(shop.platform.pk):
                fulfilment.fulfil(
                    order_id=line.order_id,
                    units={line.pk: TEAS},
                    reference=reference,
                    actor_name="bo",
                    now=NOON,
                )

        def insist(answers: Sequence[Answer]) -> None:
            assert len(refusals(answers)) == many - 1
            assert set(refusals(answers)) <= {"nothing_left_to_send", "illegal_order_step"}
            with tenancy.as_platform(shop.platform.pk):
                assert Fulfilment.objects.filter(order=line.order_id).count() == 1
                assert OrderLine.objects.get(pk=line.pk).shipped == TEAS

        return Case([partial(send, f"parcel-{place}") for place in range(many)], insist)

    return begin


def _a_shop() -> Shop:
    return a_shop(stock={"tea": 1_000_000}, prices={"tea": PRICE})


def _now() -> datetime:
    return datetime.now(UTC)


def _line(shop: Shop, group: OrderGroup) -> OrderLine:
    with tenancy.as_platform(shop.platform.pk):
        return OrderLine.objects.select_related("order").get(order__group=group)


def _payment(shop: Shop, buyer: Actor) -> Payment:
    with tenancy.as_platform(shop.platform.pk):
        return Payment.objects.get(reference=OrderGroup.objects.get(buyer_id=buyer.user_id).number)


def _refunds(shop: Shop, group: OrderGroup) -> list[int]:
    return sorted(shop.refunds_of(group))


def _call_off(shop: Shop, group: OrderGroup) -> None:
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=SOON)


def _call_off_units(shop: Shop, group: OrderGroup, units: dict[int, int], key: str) -> None:
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_units(
            group_id=group.pk, units=units, key=key, reason="no", actor_name="alia", now=NOON
        )


def _tell(shop: Shop, buyer: Actor, event_id: str) -> None:
    """The provider's webhook about the buyer's payment, if there is one yet, and the worker who looks into it."""
    with tenancy.as_platform(shop.platform.pk):
        group = OrderGroup.objects.filter(buyer_id=buyer.user_id).first()
    if group is None:
        return
    data = {
        "payment": f"pay_{group.number}",
        "reference": group.number,
        "payee": shop.platform.code,
        "state": "captured",
        "amount": group.grand_total,
        "currency": "EUR",
    }
    body = json.dumps({"id": event_id, "type": "payment.captured", "data": data}).encode()
    headers = signed_headers(secret=SECRET, event_id=event_id, body=body, now=_now())
    webhooks.receive(provider_name=NAME, headers=headers, body=body, now=_now())
    outbox.drain(SUBSCRIPTIONS)


def _insist_on_one_end(shop: Shop, buyer: Actor, answers: Sequence[Answer]) -> None:
    """Paid and captured once; or cancelled, with the money that was taken given back or listed for a person."""
    assert set(refusals(answers)) <= {"payment_refused", "illegal_order_step"}
    outbox.drain(SUBSCRIPTIONS)
    payment = _payment(shop, buyer)
    with tenancy.as_platform(shop.platform.pk):
        status = Order.objects.get(group__number=payment.reference).status
        back = sum(Refund.objects.filter(payment=payment).values_list("amount", flat=True))
        listed = BookDifference.objects.filter(reference=payment.reference, kind="after-giving-up").count()
    taken = checkout.payments.ask_what_became_of(payment).amount
    end = (status, payment.state, payment.captured, back, listed)
    assert end in {
        ("paid", "captured", taken, 0, 0),
        ("cancelled", "captured", taken, taken, 0),
        ("cancelled", "declined", 0, 0, int(taken > 0)),
    }, (end, taken)


def _brought(shop: Shop, buyer: Actor) -> OrderGroup:
    group = shop.buy(buyer, [("tea", TEAS)])
    _bring(shop, group)
    return group


def _bring(shop: Shop, group: OrderGroup) -> None:
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="dag", now=NOON)
        fulfilment.deliver_all(group_id=group.pk, actor_name="dag", now=NOON)


def _a_merchant_with_money(shop: Shop, buyer: Actor, number: int) -> Merchant:
    """Who has sold a unit for 5.00 and is owed 4.50."""
    merchant, _ = a_merchant(shop.platform, f"m{number}")
    name = f"salt-{number}"
    shop.listings[name] = a_listing(shop.platform, merchant, shop.centre, name, price=PRICE, stock=5)
    _bring(shop, shop.buy(buyer, [(name, 1)]))
    outbox.drain(SUBSCRIPTIONS)
    return merchant


def _schedule(shop: Shop, merchant: Merchant) -> Payout | None:
    with tenancy.as_platform(shop.platform.pk):
        return payouts.schedule(
            platform_id=shop.platform.pk, merchant_id=merchant.pk, currency="EUR", proposed_by=None, now=LATER
        )


def _insist_on_one_payout(shop: Shop, merchant: Merchant, amount: int) -> None:
    with tenancy.as_platform(shop.platform.pk):
        made = Payout.objects.get(merchant=merchant)
        assert (made.state, made.amount) == ("paid", amount)
        assert PayoutAttempt.objects.filter(payout=made).count() == 1
    sent = SandboxTransfer.objects.filter(key__startswith=f"payout-{made.pk}-")
    assert [each.amount for each in sent] == [amount]


AT_THE_PROVIDER = [
    Race("complete x webhook", complete_and_webhook),
    Race("webhook x expiry", webhook_and_expiry),
]
BESIDE = [Race("dispute x chargeback", dispute_and_chargeback)]
RACES = [
    Race("complete x expiry", complete_and_expiry),
    # What the provider took after a purchase was called off is listed, and differs until a person gives it back.
    Race("capture x cancel", capture_and_cancel, leaves=frozenset({"provider-agrees"})),
    Race("refund x refund", refund_and_refund),
    Race("partial refund x return", partial_refund_and_return),
    Race("double payout", two_schedules),
    Race("payout x chargeback", payout_and_chargeback),
    Race("double fulfilment", double_fulfilment),
]
