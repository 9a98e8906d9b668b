"""A seeded storm: buyers, a provider in its worst mood, webhooks over real HTTP; at the end both books are the same."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections

from hansa.commerce.checkout import paying
from hansa.commerce.checkout.errors import PaymentRefused
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.payments import gateways
from hansa.commerce.payments.gateways.port import LineKind
from hansa.commerce.payments.models import BookDifference, HeardEvent, Payment, Refund
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from tests.factories import Shop, a_shop, a_shopper
from tests.integration.payments.conftest import empty_its_book
from tests.integration.payments.world import (
    NAME,
    a_free_port,
    a_provider,
    books_of,
    differences,
    now,
    pay_at,
    reconcile,
)

MOODS = {
    "decline": 0.1,
    "no_answer": 0.2,
    "lose": 0.3,
    "duplicate": 0.3,
    "wrong_amount": 0.1,
    "wrong_signature": 0.1,
    "late": 0.2,
    "late_s": 1.0,
    "shuffle_s": 0.5,
}
PURCHASES = 36


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def the_shop_listens(port: int) -> Iterator[None]:
    application = get_wsgi_application()

    def closing(environ, start):  # type: ignore[no-untyped-def]
        try:
            return application(environ, start)
        finally:
            connections.close_all()

    with make_server("127.0.0.1", port, closing, WSGIServer, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_storm_both_books_say_the_same(
    database: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    port, dice = a_free_port(), random.Random(seed)
    webhooks = f"http://127.0.0.1:{port}/webhooks/payments/{NAME}/"
    with a_provider(database, webhooks=webhooks, moods={**MOODS, "seed": seed}) as provider:
        empty_its_book()
        pay_at(monkeypatch, provider)
        with the_shop_listens(port):
            shop = a_shop(stock={"tea": 1000}, prices={"tea": 500})
            for number in range(PURCHASES):
                buyer = a_shopper(f"buyer{number}")
                try:
                    group = shop.buy(buyer, [("tea", 1 + number % 3)], now=now())
                except PaymentRefused:
                    continue
                if dice.random() < 0.3:
                    cancel(shop, group)
                outbox.drain(SUBSCRIPTIONS)
            deadline = time.monotonic() + 8
            while provider.webhooks_waiting() and time.monotonic() < deadline:
                outbox.drain(SUBSCRIPTIONS)
                time.sleep(0.1)
        for _ in range(2):
            reconcile(shop, now=now())
            outbox.drain(SUBSCRIPTIONS)
        paying.finish_unfinished(now=now() + timedelta(hours=1))
        outbox.drain(SUBSCRIPTIONS)
        look = reconcile(shop, now=now())
        theirs = provider.book(since=now() - timedelta(hours=1), until=now() + timedelta(hours=1))
    gateways.forget()

    given_up = refs_given_up(shop)  # cancelled before the money was known of: listed for a person, not booked
    theirs = [line for line in theirs if line.provider_ref not in given_up]
    assert book_of(shop) == sorted((line.kind.value, line.provider_ref, line.amount) for line in theirs)
    assert look.differences == 0
    assert {kind for kind, _, _ in differences(shop)} <= {"event-doubted", "after-giving-up"}
    signs = {LineKind.CAPTURE: 1, LineKind.REFUND: -1}
    assert books_of(shop).get("provider", 0) == sum(signs[line.kind] * line.amount for line in theirs)
    with tenancy.as_platform(shop.platform.pk):
        assert not Payment.objects.filter(state="created").exists()
        assert OrderGroup.objects.count() == PURCHASES
        assert HeardEvent.objects.count() > 0
        paid = set(Order.objects.filter(status="paid").values_list("group__number", flat=True))
        kept = set(Payment.objects.filter(captured__gt=0, refunded=0).values_list("reference", flat=True))
    assert paid == kept
    mended = [each for each in differences(shop, are_open=False) if each[0] == "not-heard"]
    assert mended, "the seed must lose something that asking mends"


def cancel(shop: Shop, group: OrderGroup) -> None:
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="changed", actor_name="buyer", now=now())


def refs_given_up(shop: Shop) -> set[str]:
    with tenancy.as_platform(shop.platform.pk):
        rows = BookDifference.objects.filter(kind="after-giving-up", closed_at__isnull=True)
        return set(rows.values_list("provider_ref", flat=True))


def book_of(shop: Shop) -> list[tuple[str, str, int]]:
    with tenancy.as_platform(shop.platform.pk):
        lines = [
            ("capture", each.provider_ref, each.captured) for each in Payment.objects.filter(captured__gt=0)
        ]
        lines += [("refund", each.provider_ref, each.amount) for each in Refund.objects.filter(is_done=True)]
    return sorted(lines)
