"""The sandbox in our own process holds money, takes what it holds, and lets go of it; each once."""

from __future__ import annotations

import pytest

from hansa.commerce.payments.gateways.port import Answer, Order, Outcome
from hansa.commerce.payments.gateways.sandbox import DECLINED_CARD, GOOD_CARD, SandboxProvider

pytestmark = pytest.mark.usefixtures("database")
SANDBOX = SandboxProvider()


def hold(key: str, card: str = GOOD_CARD) -> Answer:
    return SANDBOX.take(Order(key, "H", "trave", 700, "EUR", card), at_once=False)


def take(key: str) -> Answer:
    return SANDBOX.capture(key=key, provider_ref="", amount=700, currency="EUR")


def let_go(key: str) -> Answer:
    return SANDBOX.void(key=key, provider_ref="")


def test_held_money_is_taken_once_and_can_then_only_be_refunded() -> None:
    assert hold("charge-1").outcome is hold("charge-1").outcome is Outcome.AUTHORISED

    taken = [take("charge-1"), take("charge-1"), let_go("charge-1")]

    assert [(each.outcome, each.amount) for each in taken] == [(Outcome.DONE, 700)] * 3


def test_what_was_let_go_is_never_taken() -> None:
    hold("charge-2")

    answers = [let_go("charge-2"), let_go("charge-2"), take("charge-2"), hold("charge-2")]

    assert [each.outcome for each in answers] == [Outcome.VOIDED] * 4


def test_a_key_that_never_came_is_shut() -> None:
    assert let_go("charge-3").outcome is Outcome.VOIDED
    late = SANDBOX.charge(key="charge-3", amount=700, currency="EUR", method_token=GOOD_CARD)
    assert late.outcome is Outcome.VOIDED


def test_nothing_is_held_on_a_card_that_is_declined() -> None:
    assert hold("charge-4", DECLINED_CARD).outcome is take("charge-4").outcome is Outcome.DECLINED
