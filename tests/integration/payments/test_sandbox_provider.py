"""The sandbox provider as its shops see it: over HTTP, from its own book."""

from __future__ import annotations

import threading
import urllib.request
from datetime import timedelta

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections, transaction

from hansa.commerce.checkout import services as checkout
from hansa.commerce.payments.gateways.port import ActionNeeded, LineKind, Order, Outcome
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import BrokenInvariant, Unavailable
from tests.factories import a_shop, a_shopper
from tests.integration.payments.world import now


def order(key: str, method: str = "tok_ok", amount: int = 1990) -> Order:
    return Order(key, key.removeprefix("charge-"), "trave", amount, "EUR", method, "http://shop/back")


def book(provider: SandboxService) -> list[tuple[str, int]]:
    lines = provider.book(since=now() - timedelta(hours=1), until=now() + timedelta(hours=1))
    return [(line.kind, line.amount) for line in lines]


def test_the_same_key_is_charged_once_even_by_eight_at_once(provider: SandboxService) -> None:
    answers = []

    def charge() -> None:
        answers.append(provider.take(order("charge-A"), at_once=True))
        connections.close_all()

    crowd = [threading.Thread(target=charge) for _ in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert len(set(answers)) == 1
    assert book(provider) == [(LineKind.CAPTURE, 1990)]


def test_purchases_are_paid_where_the_setting_says(
    provider: SandboxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})

    there = shop.buy(a_shopper(), [("tea", 3)], now=now())
    shown = checkout.payment_methods()
    monkeypatch.delenv("HANSA_PAYMENT_PROVIDER")
    here = shop.buy(a_shopper("berit"), [("tea", 3)], now=now())

    assert [shop.payment_of(each).provider for each in (there, here)] == ["sandbox-service", "sandbox"]
    assert "tok_3ds" in shown
    assert "tok_3ds" not in checkout.payment_methods()
    assert book(provider) == [(LineKind.CAPTURE, 1990)]


def test_a_key_used_for_another_amount_is_turned_down(provider: SandboxService) -> None:
    provider.take(order("charge-A"), at_once=True)

    answer = provider.take(order("charge-A", amount=1), at_once=True)

    assert (answer.outcome, answer.reason) == (Outcome.DECLINED, "the key was used for another payment")
    assert book(provider) == [(LineKind.CAPTURE, 1990)]


def test_held_money_is_taken_in_part_and_the_rest_let_go(provider: SandboxService) -> None:
    held = provider.take(order("charge-A"), at_once=False)
    taken = provider.capture(key="capture-A", provider_ref=held.provider_ref, amount=1500, currency="EUR")

    assert (held.outcome, held.amount) == (Outcome.AUTHORISED, 1990)
    assert (taken.outcome, taken.amount) == (Outcome.DONE, 1500)
    assert book(provider) == [(LineKind.CAPTURE, 1500)]
    too_much = provider.refund(key="refund-A", provider_ref=held.provider_ref, amount=1501, currency="EUR")
    assert too_much.outcome is Outcome.DECLINED


def test_held_money_that_is_let_go_cannot_be_taken(provider: SandboxService) -> None:
    held = provider.take(order("charge-A"), at_once=False)

    assert provider.void(key="charge-A", provider_ref=held.provider_ref).outcome is Outcome.VOIDED
    refused = provider.capture(key="capture-A", provider_ref=held.provider_ref, amount=1990, currency="EUR")

    assert (refused.outcome, refused.reason) == (Outcome.DECLINED, "the payment is voided")
    assert book(provider) == []


def test_a_key_that_was_shut_takes_nothing_later(provider: SandboxService) -> None:
    provider.void(key="charge-A", provider_ref="")

    answer = provider.take(order("charge-A"), at_once=True)

    assert answer.outcome is Outcome.VOIDED
    assert book(provider) == []


def test_refunds_never_exceed_what_was_taken(provider: SandboxService) -> None:
    taken = provider.take(order("charge-A"), at_once=True)

    outcomes = [
        provider.refund(
            key=f"refund-{n}", provider_ref=taken.provider_ref, amount=1000, currency="EUR"
        ).outcome
        for n in (1, 1, 2)
    ]

    assert outcomes == [Outcome.DONE, Outcome.DONE, Outcome.DECLINED]
    assert book(provider) == [(LineKind.CAPTURE, 1990), (LineKind.REFUND, 1000)]


def test_an_answer_that_is_lost_has_taken_the_money(provider: SandboxService) -> None:
    with pytest.raises(Unavailable):
        provider.take(order("charge-A", "tok_no_answer"), at_once=True)

    assert provider.find(key="charge-A").outcome is Outcome.DONE
    assert provider.find(key="charge-B").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("said", "outcome"), [("confirm", Outcome.DONE), ("refuse", Outcome.DECLINED)])
def test_a_step_at_the_bank_decides_and_leads_back(
    provider: SandboxService, said: str, outcome: Outcome
) -> None:
    with pytest.raises(ActionNeeded) as asked:
        provider.take(order("charge-A", "tok_3ds"), at_once=True)
    assert provider.find(key="charge-A").outcome is Outcome.UNKNOWN
    page = str(asked.value.details["redirect_url"])

    with urllib.request.urlopen(page) as shown:
        assert b"Do you pay 1990" in shown.read()
    opener = urllib.request.build_opener(_StayHere)
    with opener.open(page, data=f"answer={said}".encode()) as led:
        assert (led.status, led.headers["Location"]) == (303, "http://shop/back")

    assert provider.find(key="charge-A").outcome is outcome


class _StayHere(urllib.request.HTTPRedirectHandler):
    def http_error_303(self, request, answer, code, message, headers):  # type: ignore[no-untyped-def]
        return answer


def test_without_the_key_nothing_is_said(provider: SandboxService) -> None:
    stranger = SandboxService(provider.url, "guessed", "")

    with pytest.raises(Unavailable, match="401"):
        stranger.take(order("charge-A"), at_once=True)

    assert book(provider) == []


def test_a_call_inside_a_transaction_is_our_own_fault(provider: SandboxService) -> None:
    with transaction.atomic(), pytest.raises(BrokenInvariant, match="inside a transaction"):
        provider.find(key="charge-A")


def test_neither_book_can_be_read_from_the_other_side(provider: SandboxService, database_url: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("select * from sandbox_provider.payment")
    connections[OWNER].close()
    with (
        psycopg.connect(database_url, options="-c role=sandbox_provider") as theirs,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        theirs.execute("select * from public.payments_payment")
