"""Webhooks: what is believed, what is not, and that a purchase is finished once whoever comes first."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from hansa.commerce.checkout import paying
from hansa.commerce.checkout.errors import PaymentRefused
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import services as orders
from hansa.commerce.payments.domain.signatures import signed_headers
from hansa.commerce.payments.gateways.port import Answer, Outcome
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.commerce.payments.models import BookDifference, Payment
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from tests.factories import Shop, a_merchant, a_platform, a_shop, a_shopper
from tests.integration.payments.world import (
    NAME,
    SECRET,
    books_of,
    differences,
    heard,
    now,
    reconcile,
    state_of,
    verdicts,
)

URL = f"/webhooks/payments/{NAME}/"


def tell(
    kind: str, data: dict[str, Any], *, event_id: str = "evt_1", secret: str = SECRET, age_s: int = 0
) -> int:
    """Hand a signed webhook over and answer the status."""
    body = json.dumps({"id": event_id, "type": kind, "data": data}).encode()
    headers = signed_headers(
        secret=secret, event_id=event_id, body=body, now=now() - timedelta(seconds=age_s)
    )
    return send(body, headers)


def send(body: bytes, headers: dict[str, str]) -> int:
    return Client().post(URL, body, content_type="application/json", headers=headers).status_code


def an_open_purchase(card: str = "tok_no_answer") -> tuple[Shop, Any, dict[str, Any]]:
    """A purchase whose answer was lost: the provider has the money, we do not know; and what it would tell."""
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    group = shop.buy(a_shopper(), [("tea", 3)], card=card, now=now())
    outbox.drain(SUBSCRIPTIONS)
    payment = shop.payment_of(group)
    data = {
        "payment": "pay_1",
        "reference": payment.reference,
        "payee": "trave",
        "state": "captured",
        "amount": 1990,
        "currency": "EUR",
    }
    return shop, group, data


def test_a_webhook_finishes_a_purchase_that_the_browser_left(provider: SandboxService) -> None:
    shop, group, data = an_open_purchase()
    assert shop.payment_of(group).state == Payment.State.CREATED

    assert tell("payment.captured", data) == 200
    outbox.drain(SUBSCRIPTIONS)

    assert shop.payment_of(group).state == Payment.State.CAPTURED
    assert books_of(shop)["provider"] == 1990
    assert verdicts(shop) == [("payment.captured", "believed")]
    assert shop.level_of("tea").allocated == 3


def test_a_webhook_that_comes_five_times_counts_once(provider: SandboxService) -> None:
    shop, _group, data = an_open_purchase()

    assert [tell("payment.captured", data) for _ in range(5)] == [200] * 5
    outbox.drain(SUBSCRIPTIONS)

    assert heard(shop) == 1
    assert books_of(shop)["provider"] == 1990


def test_webhooks_in_the_wrong_order_end_the_same(provider: SandboxService) -> None:
    shop, group, data = an_open_purchase()

    tell("payment.captured", data, event_id="evt_2")
    tell("payment.authorised", {**data, "state": "authorised"}, event_id="evt_1")
    outbox.drain(SUBSCRIPTIONS)

    assert shop.payment_of(group).state == Payment.State.CAPTURED
    assert books_of(shop)["provider"] == 1990


def test_a_declined_payment_is_told_by_webhook_and_gives_the_stock_back(provider: SandboxService) -> None:
    shop, group, data = an_open_purchase("tok_3ds")
    provider.void(key=f"charge-{data['reference']}", provider_ref="")

    tell("payment.voided", {**data, "state": "voided"})
    outbox.drain(SUBSCRIPTIONS)

    assert shop.payment_of(group).state == Payment.State.DECLINED
    assert shop.stock_of("tea") == 10


FORGED = {
    "none": lambda body: {},
    "empty": lambda body: {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": ""},
    "wrong": lambda body: {
        **signed_headers(secret=SECRET, event_id="evt_1", body=body, now=now()),
        "webhook-signature": "v1,AAAA",
    },
    "other version": lambda body: {
        name: value.replace("v1,", "v2,")
        for name, value in signed_headers(secret=SECRET, event_id="evt_1", body=body, now=now()).items()
    },
    "other key": lambda body: signed_headers(secret="other", event_id="evt_1", body=body, now=now()),
    "empty key": lambda body: signed_headers(secret="", event_id="evt_1", body=body, now=now()),
    "other body": lambda body: signed_headers(secret=SECRET, event_id="evt_1", body=body + b" ", now=now()),
    "other id": lambda body: {
        **signed_headers(secret=SECRET, event_id="evt_1", body=body, now=now()),
        "webhook-id": "evt_2",
    },
    "stale": lambda body: signed_headers(
        secret=SECRET, event_id="evt_1", body=body, now=now() - timedelta(seconds=301)
    ),
    "from the future": lambda body: signed_headers(
        secret=SECRET, event_id="evt_1", body=body, now=now() + timedelta(seconds=310)
    ),
    "newer time, old signature": lambda body: {
        **signed_headers(secret=SECRET, event_id="evt_1", body=body, now=now() - timedelta(seconds=400)),
        "webhook-timestamp": str(int(now().timestamp())),
    },
    "time in letters": lambda body: {
        **signed_headers(secret=SECRET, event_id="evt_1", body=body, now=now()),
        "webhook-timestamp": "now",
    },
}


def test_nothing_forged_is_kept_or_changes_anything(provider: SandboxService) -> None:
    shop, _group, data = an_open_purchase()
    before = state_of(shop)
    body = json.dumps({"id": "evt_1", "type": "payment.captured", "data": data}).encode()

    statuses = {name: send(body, make(body)) for name, make in FORGED.items()}
    outbox.drain(SUBSCRIPTIONS)

    assert statuses == dict.fromkeys(FORGED, 403)
    assert heard(shop) == 0
    assert state_of(shop) == before


MISFITTING = {
    "more": {"amount": 1991},
    "less": {"amount": 1},
    "nothing": {"amount": 0},
    "negative": {"amount": -1990},
    "other currency": {"currency": "JPY"},
    "other order": {"reference": "no-such-purchase"},
}


@pytest.mark.parametrize("wrong", MISFITTING.values(), ids=MISFITTING.keys())
def test_a_genuine_event_that_does_not_fit_changes_nothing_and_is_doubted(
    provider: SandboxService, wrong: dict[str, Any]
) -> None:
    shop, _group, data = an_open_purchase()
    before = state_of(shop)

    assert tell("payment.captured", {**data, **wrong}) == 200
    outbox.drain(SUBSCRIPTIONS)

    assert state_of(shop) == before
    assert verdicts(shop) == [("payment.captured", "doubted")]
    if "reference" not in wrong:
        assert [kind for kind, _, _ in differences(shop)] == ["event-doubted"]


def test_an_event_of_another_tenant_cannot_name_this_ones_purchase(provider: SandboxService) -> None:
    shop, _group, data = an_open_purchase()
    other = a_platform("wakenitz")
    before = state_of(shop)

    assert tell("payment.captured", {**data, "payee": "wakenitz"}) == 200
    assert tell("payment.captured", {**data, "payee": "nobody"}, event_id="evt_2") == 200
    outbox.drain(SUBSCRIPTIONS)

    assert state_of(shop) == before
    assert heard(shop) == 0
    assert verdicts(Shop(other, a_merchant(other, "zoe")[0], shop.owner, shop.centre)) == [
        ("payment.captured", "doubted")
    ]


def test_a_genuine_event_about_money_that_never_moved_is_not_believed(provider: SandboxService) -> None:
    """Whoever holds the signing key still cannot make a purchase paid: the provider is asked."""
    shop, _group, data = an_open_purchase("tok_3ds")
    before = state_of(shop)

    tell("payment.captured", data)
    outbox.drain(SUBSCRIPTIONS)

    assert state_of(shop) == before
    assert verdicts(shop) == [("payment.captured", "known")]


def test_garbage_that_is_signed_is_refused(provider: SandboxService) -> None:
    for body in (b"", b"[]", b"null", b'{"id": 1}', b"\xff", b'{"id":"e","type":"payment.x","data":{}}'):
        headers = signed_headers(secret=SECRET, event_id="evt_1", body=body, now=now())

        assert send(body, headers) == 422


def test_an_unknown_provider_is_not_found_and_reading_is_not_allowed(provider: SandboxService) -> None:
    assert (
        Client().post("/webhooks/payments/nobody/", b"{}", content_type="application/json").status_code == 404
    )
    assert Client().get(URL).status_code == 405


@pytest.mark.parametrize("round_", range(5))
def test_browser_webhook_and_clock_at_once_make_one_paid_purchase(
    provider: SandboxService, round_: int
) -> None:
    shop, group, data = an_open_purchase()
    tell("payment.captured", data)
    barrier = threading.Barrier(4)

    def together(step: Any) -> None:
        barrier.wait()
        try:
            step()
        finally:
            connections.close_all()

    later = now() + paying.LOOK_AGAIN_AFTER * 2
    steps = [
        lambda: outbox.drain(SUBSCRIPTIONS),
        lambda: outbox.drain(SUBSCRIPTIONS),
        lambda: paying.finish_unfinished(now=later),
        lambda: reconcile(shop, now=now()),
    ]
    crowd = [threading.Thread(target=together, args=[step]) for step in steps]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    outbox.drain(SUBSCRIPTIONS)

    assert shop.payment_of(group).state == Payment.State.CAPTURED
    assert state_of(shop)["groups"] == 1
    assert books_of(shop) == {"commission": -150, "delivery": -490, "payable": -1350, "provider": 1990}
    assert shop.level_of("tea").allocated == 3


def test_money_that_comes_after_giving_up_is_listed_and_not_booked(provider: SandboxService) -> None:
    shop, group, data = an_open_purchase()
    with pytest.raises(PaymentRefused):
        _give_up(shop, group)

    outbox.drain(SUBSCRIPTIONS)
    tell("payment.captured", data)
    outbox.drain(SUBSCRIPTIONS)

    assert shop.payment_of(group).state == Payment.State.DECLINED
    assert books_of(shop) == {}
    assert differences(shop) == [("after-giving-up", None, 1990)]


def test_what_is_given_up_here_cannot_be_paid_there_later(provider: SandboxService) -> None:
    shop, group, data = an_open_purchase("tok_3ds")
    with pytest.raises(PaymentRefused):
        _give_up(shop, group)
    outbox.drain(SUBSCRIPTIONS)

    late = provider.find(key=f"charge-{data['reference']}")

    assert late.outcome == "voided"
    assert differences(shop) == []


def _give_up(shop: Shop, group: Any) -> None:
    payment = shop.payment_of(group)
    with tenancy.as_platform(shop.platform.pk):
        purchase = orders.purchase_of(group.pk)
    paying.finish(payment, purchase, Answer(Outcome.DECLINED, reason="given up"), now())


def test_a_purchase_cancelled_before_its_money_was_known_of_is_given_up_and_listed(
    provider: SandboxService,
) -> None:
    shop, group, data = an_open_purchase()
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="changed", actor_name="alia", now=now())

    tell("payment.captured", data)
    outbox.drain(SUBSCRIPTIONS)

    assert shop.payment_of(group).state == Payment.State.DECLINED
    assert books_of(shop) == {}
    assert differences(shop) == [("after-giving-up", None, 1990)]

    with tenancy.as_platform(shop.platform.pk):
        BookDifference.objects.update(closed_at=now(), closed_by="olga", note="given back by hand")
    reconcile(shop, now=now())
    assert differences(shop) == []
