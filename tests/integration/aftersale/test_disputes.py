"""Quarrels: opened, answered, decided, and paid once, beside returns and beside the bank."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale import disputes
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.domain import IllegalMove
from hansa.commerce.aftersale.evidence import Upload
from hansa.commerce.aftersale.models import Dispute, DisputeEntry
from hansa.commerce.aftersale.returns import Verdict
from hansa.commerce.payments import chargebacks
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import Forbidden, HansaError, InvalidInput, Refused
from tests.factories import NOON, an_operator
from tests.integration.aftersale.test_returns import ask, inspect, send_back
from tests.integration.orders.scene import Bought, a_purchase, broken

pytestmark = pytest.mark.usefixtures("database")
SAID = Word("it is broken")


def open_one(bought: Bought, claim: int = 1000, word: Word = SAID) -> Dispute:
    with tenancy.as_platform(bought.platform_id):
        return disputes.open_dispute(
            order=bought.order("Tea"), actor=bought.alia, kind="damaged", claim=claim, word=word, now=NOON
        )


def to_the_platform(bought: Bought, made: Dispute) -> None:
    """The merchant says no, the buyer asks the platform."""
    where = {"platform_id": bought.platform_id, "dispute_id": made.pk, "word": SAID, "now": NOON}
    with tenancy.as_platform(bought.platform_id):
        disputes.answer(actor=bought.shop.owner, agrees=False, **where)
        disputes.reply(actor=bought.alia, agrees=False, **where)


def decide(bought: Bought, operator: Actor, made: Dispute, amount: int) -> Dispute:
    with tenancy.as_platform(bought.platform_id):
        return disputes.decide(
            actor=operator,
            platform_id=bought.platform_id,
            dispute_id=made.pk,
            amount=amount,
            word=SAID,
            now=NOON,
        )


def test_a_merchant_who_agrees_gives_the_claim_back() -> None:
    bought = a_purchase()
    made = open_one(bought)

    with tenancy.as_platform(bought.platform_id):
        done = disputes.answer(
            actor=bought.shop.owner,
            platform_id=bought.platform_id,
            dispute_id=made.pk,
            agrees=True,
            word=Word("sorry"),
            now=NOON,
        )

    assert (done.state, done.given_back, bought.refunded()) == ("resolved_buyer", 1000, [1000])
    # 31.50 were owed; 10.00 went back, less 0.85 and 0.14 of its lines' commission.
    assert bought.balance("payable", bought.shop.merchant) == 2249
    assert broken() == []


def test_the_platform_splits_what_both_claim() -> None:
    bought = a_purchase()
    operator = an_operator(bought.shop)
    made = open_one(bought, claim=2000)
    with pytest.raises(IllegalMove):
        decide(bought, operator, made, 500)
    to_the_platform(bought, made)

    done = decide(bought, operator, made, 500)

    assert (done.state, done.given_back, bought.refunded()) == ("split", 500, [500])
    with pytest.raises(IllegalMove):
        decide(bought, operator, made, 500)
    assert broken() == []


def test_silence_moves_a_dispute_on() -> None:
    bought = a_purchase()
    made = open_one(bought)

    with tenancy.as_alliance():
        assert disputes.advance_late(now=NOON + timedelta(days=3)) == 0
        assert disputes.advance_late(now=NOON + timedelta(days=3, seconds=1)) == 1
        assert disputes.advance_late(now=NOON + timedelta(days=4)) == 0
        found = Dispute.objects.get(pk=made.pk)

    assert found.state == "platform_review"
    assert broken() == []


def test_a_buyer_who_stays_silent_has_taken_the_answer() -> None:
    bought = a_purchase()
    made = open_one(bought)
    with tenancy.as_platform(bought.platform_id):
        disputes.answer(
            actor=bought.shop.owner,
            platform_id=bought.platform_id,
            dispute_id=made.pk,
            agrees=False,
            word=SAID,
            now=NOON,
        )

    with tenancy.as_alliance():
        disputes.advance_late(now=NOON + timedelta(days=4))
        found = Dispute.objects.get(pk=made.pk)

    assert (found.state, found.given_back, bought.refunded()) == ("resolved_merchant", 0, [])
    assert broken() == []


def test_only_one_dispute_is_open_and_it_claims_no_more_than_was_paid() -> None:
    bought = a_purchase()
    with pytest.raises(InvalidInput, match="3501 is disputed, 3500 are left"):
        open_one(bought, claim=3501)
    open_one(bought)

    with pytest.raises(Refused, match="open already"):
        open_one(bought)

    with tenancy.as_platform(bought.platform_id):
        assert Dispute.objects.count() == 1


def test_evidence_is_a_picture_or_a_pdf_and_comes_from_those_concerned() -> None:
    bought = a_purchase()
    with pytest.raises(InvalidInput, match="JPEG, PNG or WebP"):
        open_one(bought, word=Word("see", Upload("invoice.pdf", b"MZ\x90 a program")))
    made = open_one(bought, word=Word("see", Upload("../../x.exe", b"%PDF-1.7 bill")))

    with tenancy.as_platform(bought.platform_id):
        entry = DisputeEntry.objects.get()
        with pytest.raises(Forbidden):
            disputes.add_evidence(
                platform_id=bought.platform_id,
                dispute_id=made.pk,
                actor=bought.ada_owner,
                side="merchant",
                word=SAID,
                now=NOON,
            )

    assert (entry.file_name, entry.content_type) == ("x.pdf", "application/pdf")


def test_a_return_that_was_refunded_meanwhile_leaves_the_dispute_the_rest() -> None:
    bought = a_purchase()
    bought.bring_all()
    operator = an_operator(bought.shop)
    made = open_one(bought, claim=3000)
    to_the_platform(bought, made)
    back = ask(bought, {"Tea": 3})
    send_back(bought, back)
    inspect(bought, back, {"Tea": Verdict(3, 3)})

    done = decide(bought, operator, made, 3000)

    assert (done.given_back, sum(bought.refunded())) == (500, 3500)
    assert broken() == []


def test_a_return_and_a_dispute_at_once_give_back_what_was_paid_and_no_more() -> None:
    bought = a_purchase()
    bought.bring_all()
    operator = an_operator(bought.shop)
    made = open_one(bought, claim=3500)
    to_the_platform(bought, made)
    back = ask(bought, {"Tea": 3})
    send_back(bought, back)
    start = Barrier(2)

    def at_once(what: str) -> str:
        try:
            start.wait(10)
            if what == "return":
                inspect(bought, back, {"Tea": Verdict(3, 3)})
            else:
                decide(bought, operator, made, 3500)
        except HansaError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(at_once, ["return", "dispute"]))

    assert said == ["done", "done"]
    assert sum(bought.refunded()) == 3500
    assert bought.order("Tea").payment_status == "refunded"
    assert broken() == []


def test_the_bank_is_a_second_way_and_money_goes_back_on_one_of_them() -> None:
    bought = a_purchase()
    operator = an_operator(bought.shop)
    made = open_one(bought)
    with tenancy.as_platform(bought.platform_id):
        payment = bought.shop.payment_of(bought.group)
        chargeback = chargebacks.hear(
            payment=payment,
            provider_ref="cb_1",
            state="open",
            amount=payment.captured,
            reason="fraudulent",
            due_by="",
            now=NOON,
        )
    outbox.drain(SUBSCRIPTIONS)

    with pytest.raises(Refused, match="bank"):
        decide(bought, operator, made, 1000)
    with pytest.raises(Refused, match="bank"):
        bought.cancel("Tea", 1, key="one")
    with tenancy.as_platform(bought.platform_id):
        chargebacks.hear(
            payment=payment,
            provider_ref="cb_1",
            state="lost",
            amount=payment.captured,
            reason="fraudulent",
            due_by="",
            now=NOON,
        )
    outbox.drain(SUBSCRIPTIONS)

    with tenancy.as_platform(bought.platform_id):
        found = Dispute.objects.get(pk=made.pk)
    assert (found.chargeback_id, found.state, found.given_back) == (chargeback.pk, "resolved_buyer", 0)
    assert bought.refunded() == []


def test_a_buyer_who_goes_to_the_bank_first_opens_a_dispute_for_each_order() -> None:
    bought = a_purchase()
    with tenancy.as_platform(bought.platform_id):
        payment = bought.shop.payment_of(bought.group)
        for state in ("open", "won"):
            chargebacks.hear(
                payment=payment,
                provider_ref="cb_1",
                state=state,
                amount=900,
                reason="",
                due_by="",
                now=NOON,
            )
    outbox.drain(SUBSCRIPTIONS)

    with tenancy.as_platform(bought.platform_id):
        found = list(Dispute.objects.order_by("pk").values_list("kind", "state", "claim"))

    # 9.00 over orders of 35.00 and 10.00.
    assert found == [("at_the_bank", "resolved_merchant", 700), ("at_the_bank", "resolved_merchant", 200)]
