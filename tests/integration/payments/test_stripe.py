"""Stripe: through its own library against localstripe (a program of its own), and by events signed as Stripe signs.

localstripe lacks confirmation later, idempotency keys, declines at creation and the limit of refunds; those are not shown here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

from hansa.commerce.payments.gateways.port import (
    BookLine,
    ForgedEvent,
    LineKind,
    Order,
    Outcome,
    ProviderEvent,
    Topic,
)
from hansa.commerce.payments.gateways.stripe import StripeProvider, _answer
from hansa.kernel.errors import InvalidInput, Unavailable
from tests.integration.payments.world import a_free_port, now

SECRET = "whsec_of_the_test"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeProvider]:
    """localstripe as a process, which we speak to and never import."""
    port, folder = a_free_port(), tmp_path_factory.mktemp("localstripe")
    process = subprocess.Popen(
        [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port, process)
        yield StripeProvider.at("sk_test_12345", SECRET, base=f"http://127.0.0.1:{port}", test_cards=True)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            assert process.poll() is None, "localstripe did not start"
            time.sleep(0.1)
    pytest.fail("localstripe does not answer")


def order(key: str) -> Order:
    return Order(key, key.removeprefix("charge-"), "trave", 1990, "EUR", "pm_card_visa")


def test_a_charge_is_taken_found_and_given_back_in_part(account: StripeProvider) -> None:
    taken = account.take(order("charge-A1"), at_once=True)

    assert (taken.outcome, taken.amount, taken.currency) == (Outcome.DONE, 1990, "EUR")
    assert account.find(key="charge-A1") == taken
    assert account.find(key="charge-never").outcome is Outcome.UNKNOWN
    back = account.refund(key="refund-A1", provider_ref=taken.provider_ref, amount=490, currency="EUR")
    assert (back.outcome, back.amount) == (Outcome.DONE, 490)


def test_held_money_is_taken_in_part(account: StripeProvider) -> None:
    held = account.take(order("charge-B1"), at_once=False)
    taken = account.capture(key="charge-B1", provider_ref=held.provider_ref, amount=1500, currency="EUR")

    assert (held.outcome, held.amount) == (Outcome.AUTHORISED, 1990)
    assert (taken.outcome, taken.provider_ref) == (Outcome.DONE, held.provider_ref)


def test_what_was_taken_in_part_is_what_stripe_received() -> None:
    told = {**INTENT, "amount_received": 1500, "amount": 1990}

    answer = _answer(stripe.PaymentIntent.construct_from(told, "sk_test_1"))

    assert (answer.outcome, answer.amount, answer.currency) == (Outcome.DONE, 1500, "EUR")


def test_held_money_is_let_go(account: StripeProvider) -> None:
    held = account.take(order("charge-C1"), at_once=False)

    assert account.void(key="charge-C1", provider_ref=held.provider_ref).outcome is Outcome.VOIDED
    assert account.find(key="charge-C1").outcome is Outcome.VOIDED


def test_letting_go_of_what_was_taken_says_so(account: StripeProvider) -> None:
    taken = account.take(order("charge-D1"), at_once=True)

    assert account.void(key="charge-D1", provider_ref=taken.provider_ref).outcome is Outcome.DONE


def test_the_book_shows_what_moved(account: StripeProvider) -> None:
    taken = account.take(order("charge-E1"), at_once=True)

    lines = account.book(since=now() - timedelta(hours=1), until=now() + timedelta(hours=1))

    mine = [line for line in lines if line.reference == "E1"]
    assert mine == [BookLine(LineKind.CAPTURE, taken.provider_ref, "E1", "trave", 1990, "EUR", mine[0].at)]


def test_a_stripe_that_is_not_there_is_unavailable() -> None:
    nowhere = StripeProvider.at(
        "sk_test_1", SECRET, base=f"http://127.0.0.1:{a_free_port()}", test_cards=True
    )

    with pytest.raises(Unavailable):
        nowhere.take(order("charge-F1"), at_once=True)


class Telling(stripe.HTTPClient):
    """Stripe's answers by path, and what it was asked; localstripe knows neither disputes nor idempotency keys."""

    name = "telling"

    def __init__(self, **answers: dict[str, Any]) -> None:
        super().__init__()
        self._answers = answers
        self.keys: list[str] = []

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, dict[str, str]]:
        self.keys.append(headers.get("Idempotency-Key", ""))
        name = urlsplit(url).path.removeprefix("/v1/").split("/")[0]
        return json.dumps(self._answers[name]), 200, {}

    def close(self) -> None: ...


def told_by(told: Telling) -> StripeProvider:
    return StripeProvider(stripe.StripeClient("sk_test_1", http_client=told), SECRET, takes_test_cards=True)


def listed(*things: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "url": "/v1/things", "has_more": False, "data": list(things)}


def test_a_dispute_and_a_refund_of_an_old_payment_are_in_the_book_with_their_purchase() -> None:
    today = int(now().timestamp())
    old = {**INTENT, "object": "payment_intent", "created": 1_600_000_000}
    disputed = {**DISPUTE, "object": "dispute", "created": today, "status": "won", "payment_intent": old}
    back = {
        "id": "re_1",
        "object": "refund",
        "status": "succeeded",
        "amount": 490,
        "currency": "eur",
        "created": today,
        "payment_intent": old,
        "metadata": {"key": "refund-H1-c", "reference": "H1-c"},
    }
    foreign = {**disputed, "id": "dp_2", "status": "lost", "payment_intent": None}
    inquiry = {**disputed, "id": "dp_3", "status": "warning_needs_response"}
    disputes = listed(disputed, foreign, inquiry)
    account = told_by(Telling(payment_intents=listed(old), refunds=listed(back), disputes=disputes))

    lines = account.book(since=now() - timedelta(days=3), until=now() + timedelta(hours=1))

    assert [(line.kind, line.provider_ref, line.reference, line.payee, line.amount) for line in lines] == [
        (LineKind.REFUND, "re_1", "H1-c", "trave", 490),
        (LineKind.DISPUTE, "dp_1", "H1", "trave", 1990),
        (LineKind.DISPUTE_WON, "dp_1", "H1", "trave", 1990),
        (LineKind.DISPUTE, "dp_2", "", "", 1990),
    ]


def test_taking_held_money_has_a_key_of_its_own_for_stripe_takes_one_for_one_kind_of_request() -> None:
    told = Telling(payment_intents={**INTENT, "object": "payment_intent"})

    told_by(told).take(order("charge-H1"), at_once=False)
    told_by(told).capture(key="charge-H1", provider_ref="pi_1", amount=1990, currency="EUR")

    assert told.keys == ["charge-H1", "charge-H1-capture"]


def nobody() -> StripeProvider:
    return StripeProvider.at("sk_test_1", SECRET)


def signed(body: bytes, *, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
    stamp = int((at or now()).timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={digest}"}


def event(kind: str, thing: dict[str, Any]) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}).encode()


INTENT = {
    "id": "pi_1",
    "amount": 1990,
    "amount_received": 1990,
    "currency": "eur",
    "status": "succeeded",
    "metadata": {"key": "charge-H1", "reference": "H1", "payee": "trave"},
}
DISPUTE = {
    "id": "dp_1",
    "amount": 1990,
    "currency": "eur",
    "status": "needs_response",
    "reason": "fraudulent",
    "payment_intent": "pi_1",
    "evidence_details": {"due_by": 1_800_000_000},
    "metadata": {},
}


def read(body: bytes, headers: dict[str, str]) -> ProviderEvent:
    return nobody().read_webhook(headers=headers, body=body, now=now())


def test_events_of_stripe_are_read() -> None:
    paid, disputed, other = (
        event("payment_intent.succeeded", INTENT),
        event("charge.dispute.created", DISPUTE),
        event("customer.created", {"id": "cus_1"}),
    )

    assert read(paid, signed(paid)) == ProviderEvent(
        "evt_1",
        Topic.PAYMENT,
        "payment_intent.succeeded",
        "trave",
        "H1",
        "pi_1",
        1990,
        "EUR",
        state="captured",
    )
    assert read(disputed, signed(disputed)) == ProviderEvent(
        "evt_1",
        Topic.DISPUTE,
        "charge.dispute.created",
        "",
        "",
        "pi_1",
        1990,
        "EUR",
        state="opened",
        dispute_ref="dp_1",
        reason="fraudulent",
        due_by="2027-01-15T08:00:00+00:00",
    )
    assert read(other, signed(other)).topic is Topic.OTHER


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed"])
def test_an_inquiry_holds_no_money_back_and_is_no_dispute(status: str) -> None:
    asked = event("charge.dispute.created", {**DISPUTE, "status": status})

    assert read(asked, signed(asked)).topic is Topic.OTHER


def test_nothing_forged_is_taken_for_stripes() -> None:
    body = event("payment_intent.succeeded", INTENT)
    forged: list[dict[str, str]] = [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "t=1,v1=00"},
        {"Stripe-Signature": signed(body)["Stripe-Signature"].replace("v1=", "v0=")},
        signed(body, secret="other"),
        signed(body + b" "),
        signed(body, at=now() - timedelta(seconds=310)),
    ]

    for headers in forged:
        with pytest.raises(ForgedEvent):
            read(body, headers)


def test_garbage_that_stripe_signed_is_refused() -> None:
    for body in (b"[]", b"{}", b"null", event("payment_intent.succeeded", {})):
        with pytest.raises(InvalidInput):
            read(body, signed(body))


def test_localstripe_is_never_imported() -> None:
    source = Path(__file__).resolve().parents[3] / "src"

    assert not [path for path in source.rglob("*.py") if "import localstripe" in path.read_text("utf-8")]
