"""Codes and discounts as agents see them, and what their webhooks hear."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from ucp_sdk.models.schemas.shopping import order as order_models

from hansa.commerce.promotions.models import Coupon, PromotedOffer, Promotion
from hansa.commerce.ucp import completing, signing, webhooks
from hansa.commerce.ucp.models import Session, Telling
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.foundation.models import OutboxEvent
from hansa.kernel.clock import system_clock
from tests.integration.ucp.agent import DELIVERY, Agent, goods
from tests.integration.ucp.conftest import Market


def a_promotion(market: Market, *, percent_bp: int, code: str = "", good: str = "") -> None:
    """A per cent off everything, or off one good; with a code only for who gives it."""
    now = system_clock()
    with tenancy.as_platform(market.shop.platform.pk):
        promotion = Promotion.objects.create(
            platform=market.shop.platform,
            name=f"{percent_bp // 100} % off",
            kind="percent",
            percent_bp=percent_bp,
            funded_by="platform",
            needs_coupon=bool(code),
            covers_all=not good,
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=1),
        )
        if good:
            PromotedOffer.objects.create(
                platform=market.shop.platform, promotion=promotion, offer=market.shop.listings[good].offer
            )
        if code:
            Coupon.objects.create(
                platform=market.shop.platform, promotion=promotion, code=code, most_uses=100
            )


def test_a_code_is_taken_in_any_case_and_shown_line_by_line(market: Market) -> None:
    a_promotion(market, percent_bp=1_000, code="TEN")
    body = goods((market.item("tea"), 2), (market.item("jam"), 1), fulfillment=DELIVERY)

    _, checkout = market.agent.post("checkout-sessions", body | {"discounts": {"codes": ["ten"]}})
    _, cleared = market.agent.put(f"checkout-sessions/{checkout['id']}", body | {"discounts": {"codes": []}})

    (applied,) = checkout["discounts"]["applied"]
    assert (applied["code"], applied["amount"]) == ("ten", 130)
    assert applied["allocations"] == [
        {"path": "$.line_items[0]", "amount": 100},
        {"path": "$.line_items[1]", "amount": 30},
    ]
    assert [entry["amount"] for entry in checkout["totals"]] == [1300, -130, 490, 1660]
    assert cleared["discounts"] == {"codes": [], "applied": []}
    assert [entry["amount"] for entry in cleared["totals"]] == [1300, 490, 1790]


def test_codes_that_do_not_work_are_echoed_and_told_of(market: Market) -> None:
    a_promotion(market, percent_bp=1_000, code="TEN")
    a_promotion(market, percent_bp=2_000, code="TWENTY")
    codes = ["NOPE", "TEN", "TWENTY"]

    _, cart = market.agent.post("carts", goods((market.item("tea"), 1), discounts={"codes": codes}))

    assert cart["discounts"]["codes"] == codes
    assert [each["code"] for each in cart["discounts"]["applied"]] == ["TEN"]
    assert [(each["code"], each["path"]) for each in cart["messages"]] == [
        ("discount_code_invalid", "$.discounts.codes[0]"),
        ("discount_code_combination_disallowed", "$.discounts.codes[2]"),
    ]


def test_a_promotion_without_a_code_comes_by_itself(market: Market) -> None:
    a_promotion(market, percent_bp=5_000, good="jam")

    _, cart = market.agent.post("carts", goods((market.item("jam"), 1), discounts={"codes": []}))

    (applied,) = cart["discounts"]["applied"]
    assert (applied["automatic"], applied["amount"], "code" in applied) == (True, 150, False)


class Listener(BaseHTTPRequestHandler):
    """The agent's own server: keeps what it hears and refuses so many times."""

    def do_POST(self) -> None:
        server: Any = self.server
        if server.waits is not None:
            server.waits.wait(timeout=5)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.heard.append((self.path, dict(self.headers.items()), body))
        self.send_response(500 if server.refusals else 200)
        server.refusals = max(0, server.refusals - 1)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        return None


@pytest.fixture
def listener() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.heard, server.refusals, server.waits = [], 0, None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with override_settings(UCP_LOOPBACK=True):
        yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_agent_that_lets_us_wait_holds_nothing_up(market: Market, listener: Any) -> None:
    market.agent.webhook_url = f"http://127.0.0.1:{listener.server_address[1]}/orders"
    market.agent.pinned()
    listener.waits = threading.Event()
    market.complete(market.ready(("tea", 1)))

    outbox.drain(SUBSCRIPTIONS)

    listener.waits.set()
    assert (OutboxEvent.objects.filter(done_at=None).count(), listener.heard) == (0, [])


def test_after_twelve_tries_an_agent_is_told_no_more(market: Market, listener: Any) -> None:
    market.agent.webhook_url = f"http://127.0.0.1:{listener.server_address[1]}/orders"
    market.agent.pinned()
    listener.refusals = 100
    market.complete(market.ready(("tea", 1)))
    outbox.drain(SUBSCRIPTIONS)

    for hours in range(0, 65, 5):
        webhooks.tell_due(clock=lambda hours=hours: system_clock() + timedelta(hours=hours))

    with tenancy.as_platform(market.shop.platform.pk):
        (left,) = Telling.objects.all()
    assert (len(listener.heard), left.due_at, left.problem) == (12, None, "answered 500")
    with tenancy.as_alliance():
        assert webhooks.forget_given_up(now=system_clock() + timedelta(days=31)) == 1


def test_the_agent_hears_of_its_order_signed_and_again_until_it_takes_it(
    market: Market, listener: Any
) -> None:
    market.agent.webhook_url = f"http://127.0.0.1:{listener.server_address[1]}/orders?channel=tests"
    market.agent.pinned()
    listener.refusals = 1
    _, done = market.complete(market.ready(("tea", 1)))

    outbox.drain(SUBSCRIPTIONS)
    assert webhooks.tell_due(clock=system_clock) == 2  # two seconds lie between the tries
    assert webhooks.tell_due(clock=system_clock) == 0

    (first_path, _, _), (path, headers, body) = listener.heard
    order = json.loads(body)
    assert first_path == path == "/orders?channel=tests"
    order_models.Order.model_validate(order)
    assert (order["id"], order["checkout_id"]) == (done["order"]["id"], done["id"])
    profile = market.agent.client.get("/ucp/trave/.well-known/ucp", headers={"Host": "shop.example"}).json()
    request = signing.Request("POST", market.agent.webhook_url, headers, body)
    assert {"@query", "ucp-agent", "idempotency-key"} <= set(request.must_cover())
    signing.verify(request, published=profile["signing_keys"], now=system_clock())
    assert headers["UCP-Agent"] == 'profile="http://shop.example/ucp/trave/.well-known/ucp"'


def test_purchases_of_people_are_told_to_nobody(market: Market, listener: Any) -> None:
    from tests.factories import a_shopper

    group = market.shop.buy(a_shopper("mia"), [("tea", 1)], now=system_clock())

    told = webhooks.note(
        platform_id=market.shop.platform.pk, group_id=group.pk, event_id=1, now=system_clock()
    )

    assert (told, webhooks.tell_due(clock=system_clock), listener.heard) == (False, 0, [])


def test_a_session_that_died_on_the_way_to_a_purchase_is_forgotten_and_one_that_bought_is_not(
    market: Market,
) -> None:
    died, bought = market.ready(("tea", 1)), market.ready(("tea", 1))
    market.complete(bought)
    long_ago = system_clock() - timedelta(days=2)
    with tenancy.as_platform(market.shop.platform.pk):
        Session.objects.filter(checkout_key=died["id"]).update(status="completing", expires_at=long_ago)
        Session.objects.filter(checkout_key=bought["id"]).update(
            status="completing", expires_at=long_ago, group=None
        )

    with tenancy.as_alliance():
        forgotten = completing.forget_old(now=system_clock())

    with tenancy.as_platform(market.shop.platform.pk):
        (left,) = Session.objects.all()
    assert (forgotten, left.checkout_key, left.status) == (1, bought["id"], "completed")


def test_a_webhook_on_a_private_machine_is_not_taken_from_a_profile(market: Market) -> None:
    agent = Agent(url="https://sly.example/p", webhook_url="http://10.0.0.1/steal")
    settings.UCP_PROFILES[agent.url] = agent.document()
    checkout = market.ready(("tea", 1), by=agent)
    market.agent = agent

    market.complete(checkout)
    outbox.drain(SUBSCRIPTIONS)

    assert webhooks.tell_due(clock=system_clock) == 0
    assert OutboxEvent.objects.filter(done_at=None).count() == 0
