"""Money that the provider only holds is never forgotten: the worker takes it, or lets the purchase go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from hansa.commerce.checkout import paying
from hansa.commerce.payments import outcomes
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.gateways.port import Answer, Outcome
from hansa.commerce.payments.models import Payment
from hansa.foundation import invariants, tenancy
from hansa.kernel.errors import Unavailable
from tests.factories import NOON, Shop, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")
LATER = NOON + timedelta(minutes=2)


@dataclass
class Holder:
    """A provider that holds what it is asked for, and takes it when told to."""

    end: Answer | None
    asked: list[int] = field(default_factory=list)

    def charge(self, *, key: str, amount: int, currency: str, method_token: str) -> Answer:
        return Answer(Outcome.AUTHORISED, "held-1", amount, currency)

    def find(self, *, key: str) -> Answer:
        return Answer(Outcome.AUTHORISED, "held-1", 1_990, "EUR")

    def capture(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        self.asked.append(amount)
        if self.end is None:
            raise Unavailable("the payment provider does not answer")
        return self.end


def a_purchase_with(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> tuple[Shop, Payment]:
    monkeypatch.setattr(payments, "provider", lambda _name: holder)
    monkeypatch.setattr(payments, "holder", lambda _name: holder)
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    group = shop.buy(a_shopper(), [("tea", 3)])
    return shop, shop.payment_of(group)


def state(shop: Shop, payment: Payment) -> str:
    with tenancy.as_platform(shop.platform.pk):
        return str(Payment.objects.get(pk=payment.pk).state)


def test_held_money_is_taken_by_the_worker_once(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Holder(Answer(Outcome.DONE, "held-1", 1_990, "EUR"))
    shop, payment = a_purchase_with(holder, monkeypatch)
    assert (payment.state, shop.level_of("tea").reserved) == ("created", 3)

    looked_at = [paying.finish_unfinished(now=LATER) for _ in range(2)]

    assert (looked_at, holder.asked) == ([1, 0], [1_990])
    assert state(shop, payment) == "captured"
    assert shop.level_of("tea").allocated == 3


def test_held_money_that_cannot_be_taken_lets_the_purchase_go(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Holder(Answer(Outcome.DECLINED, reason="the hold has run out"))
    shop, payment = a_purchase_with(holder, monkeypatch)

    paying.finish_unfinished(now=LATER)

    assert state(shop, payment) == "declined"
    assert shop.stock_of("tea") == 10


def test_a_provider_that_is_silent_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Holder(None)
    shop, payment = a_purchase_with(holder, monkeypatch)

    paying.finish_unfinished(now=LATER)
    assert state(shop, payment) == "created"
    holder.end = Answer(Outcome.DONE, "held-1", 1_990, "EUR")
    paying.finish_unfinished(now=LATER)

    assert (state(shop, payment), holder.asked) == ("captured", [1_990, 1_990])


def test_whoever_cannot_be_finished_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Holder(Answer(Outcome.DONE, "held-1", 1_990, "EUR"))
    shop, first = a_purchase_with(holder, monkeypatch)
    second = shop.payment_of(shop.buy(a_shopper("bela"), [("tea", 3)]))
    found = payments.unfinished
    monkeypatch.setattr(payments, "unfinished", lambda **asked: found(**asked, limit=1))
    real = holder.find
    monkeypatch.setattr(
        holder,
        "find",
        lambda *, key: Answer(Outcome.DONE, "", 1, "EUR") if first.reference in key else real(key=key),
    )  # another amount than was asked: a person must look

    looked_at = [paying.finish_unfinished(now=LATER + timedelta(seconds=15 * n)) for n in range(3)]

    assert looked_at == [1, 1, 1]
    assert (state(shop, first), state(shop, second)) == ("created", "captured")


def test_a_silent_provider_is_asked_once_a_time_and_the_others_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holder = Holder(Answer(Outcome.DONE, "held-1", 1_990, "EUR"))
    shop, first = a_purchase_with(holder, monkeypatch)
    second = shop.payment_of(shop.buy(a_shopper("bela"), [("tea", 3)]))
    third = shop.payment_of(shop.buy(a_shopper("cora"), [("tea", 3)]))
    with tenancy.as_platform(shop.platform.pk):
        Payment.objects.filter(pk__in=[first.pk, second.pk]).update(provider="mute")
    asked = []

    def find(*, key: str) -> Answer:
        asked.append(key)
        raise Unavailable("the payment provider does not answer")

    mute = Holder(None)
    monkeypatch.setattr(mute, "find", find)
    monkeypatch.setattr(payments, "provider", lambda name: mute if name == "mute" else holder)

    assert paying.finish_unfinished(now=LATER) == 3

    assert asked == [f"charge-{first.reference}"]
    assert state(shop, third) == "captured"


def test_a_payment_that_a_webhook_said_is_held_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Holder(Answer(Outcome.DONE, "held-1", 1_990, "EUR"))
    shop, payment = a_purchase_with(holder, monkeypatch)
    with tenancy.as_platform(shop.platform.pk):
        outcomes.record_outcome(payment_id=payment.pk, answer=holder.find(key=""), now=NOON)
    assert state(shop, payment) == "authorised"

    paying.finish_unfinished(now=LATER)

    assert state(shop, payment) == "captured"
    broken = {found.invariant.name for found in invariants.check() if not found.holds}
    assert broken <= {"outbox-drained", "provider-agrees"}  # this provider keeps no book of ours
