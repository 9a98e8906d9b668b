"""Paying by card on Stripe's own page: sent there, back again, declined, left, told by webhook, held for a group."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hansa.commerce.checkout import paying
from hansa.commerce.checkout import services as checkout
from hansa.commerce.payments import gateways, reconciliation
from hansa.commerce.payments.gateways.port import ActionNeeded, Order
from hansa.commerce.payments.models import Payment
from hansa.foundation import invariants, tenancy
from hansa.kernel.errors import Refused
from tests.factories import Shop, a_shop, a_shopper
from tests.integration.api.test_api import ADDRESS, Caller
from tests.integration.payments.stripe_pages import Stripe, a_stripe
from tests.integration.payments.world import differences, now, verdicts, work
from tests.integration.storefront.visitors import purchases_at, the_form
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")
SECRET = "whsec_of_the_test"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stripe]:
    """A shop paid at Stripe under a live key."""
    with a_stripe() as account:
        settings = {
            "STRIPE_API_KEY": "sk_live_1",
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_API_BASE": account.url,
            "STRIPE_TEST_CARDS": "1",
            "HANSA_PAYMENT_PROVIDER": "stripe",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        gateways.forget()
        yield account
        gateways.forget()


class Buying:
    """A guest who buys three units of tea for 19.90 and is sent to Stripe's page."""

    def __init__(self, account: Stripe) -> None:
        self.account, self.browser = account, Client()
        self.shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
        self.browser.post("/trave/cart/add/", {"listing": self.shop.listings["tea"].pk, "quantity": 3})
        form = the_form(
            self.browser.get("/trave/checkout/").content.decode(), email="alia@example.org", method="card"
        )
        self.browser.post("/trave/checkout/", form)
        self.group = purchases_at(self.shop)[0]
        self.back = f"/trave/checkout/return/?number={self.group.number}&token={self.group.token}"

    @property
    def page(self) -> dict[str, Any]:
        (session,) = self.account.sessions.values()
        return session

    def payment(self) -> Payment:
        return self.shop.payment_of(self.group)

    def stands(self) -> tuple[str, int, int]:
        level = self.shop.level_of("tea")
        return str(self.payment().state), level.reserved, level.allocated


def tell(kind: str, thing: dict[str, Any], *, secret: str = SECRET, name: str = "evt_1") -> int:
    """Send a webhook as Stripe signs it; the status that it is answered with."""
    shown = {key: value for key, value in thing.items() if not key.startswith("_")}
    body = json.dumps({"id": name, "object": "event", "type": kind, "data": {"object": shown}}).encode()
    stamp = int(now().timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    answer = Client().post(
        "/webhooks/payments/stripe/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": f"t={stamp},v1={digest}"},
    )
    return answer.status_code


def all_is_well(shop: Shop) -> bool:
    work(shop, now=now())
    return all(finding.holds for finding in invariants.check())


def test_the_page_is_of_the_purchase_and_leads_back_to_it(account: Stripe) -> None:
    buying = Buying(account)

    (asked,) = account.asked
    number = buying.group.number
    assert {
        "line_items[0][price_data][unit_amount]": "1990",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][quantity]": "1",
        "mode": "payment",
        "locale": "en",
        "success_url": f"http://testserver{buying.back}",
        "cancel_url": f"http://testserver{buying.back}",
        "client_reference_id": number,
        "metadata[key]": f"charge-{number}",
        "payment_intent_data[capture_method]": "automatic",
        "payment_intent_data[metadata][reference]": number,
        "payment_intent_data[metadata][payee]": "trave",
    }.items() <= asked.items()
    assert buying.payment().step_url == buying.page["url"]
    assert f'href="{buying.page["url"]}"' in buying.browser.get(buying.back).content.decode()
    assert buying.stands() == ("created", 3, 0)


def test_who_pays_there_comes_back_to_a_paid_purchase_however_often(account: Stripe) -> None:
    buying = Buying(account)
    account.pay(buying.page)

    led = [buying.browser.get(buying.back).headers["Location"] for _ in range(2)]

    assert led == [f"/trave/purchases/{buying.group.number}/?token={buying.group.token}"] * 2
    assert buying.stands() == ("captured", 0, 3)
    assert (buying.payment().captured, buying.payment().provider_ref) == (1990, "pi_2")
    assert all_is_well(buying.shop)


def test_a_card_that_is_declined_there_may_be_followed_by_another(account: Stripe) -> None:
    buying = Buying(account)
    account.decline(buying.page)
    failed = account.intents["pi_2"] | {"metadata": buying.page["metadata"]}
    assert tell("payment_intent.payment_failed", failed) == 200
    work(buying.shop, now=now())
    buying.browser.get(buying.back)
    assert buying.stands() == ("created", 3, 0)

    account.pay(buying.page)
    buying.browser.get(buying.back)

    assert buying.stands() == ("captured", 0, 3)


def test_a_buyer_who_never_comes_back_is_known_by_webhook(account: Stripe) -> None:
    buying = Buying(account)
    account.pay(buying.page)

    for _ in range(2):
        assert tell("checkout.session.completed", buying.page) == 200
    work(buying.shop, now=now())

    assert verdicts(buying.shop) == [("checkout.session.completed", "believed")]
    assert buying.stands() == ("captured", 0, 3)
    assert all_is_well(buying.shop)


def test_a_page_of_another_amount_is_doubted_and_books_nothing(account: Stripe) -> None:
    buying = Buying(account)
    account.pay(buying.page)

    tell("checkout.session.completed", buying.page | {"amount_total": 19})
    work(buying.shop, now=now())

    assert verdicts(buying.shop) == [("checkout.session.completed", "doubted")]
    assert buying.stands() == ("created", 3, 0)
    assert differences(buying.shop) == [("event-doubted", 1990, 19)]


def test_nobody_but_stripe_tells_that_a_page_was_paid(account: Stripe) -> None:
    buying = Buying(account)

    assert tell("checkout.session.completed", buying.page, secret="another") == 403
    work(buying.shop, now=now())

    assert verdicts(buying.shop) == []
    assert buying.stands() == ("created", 3, 0)


def test_a_page_that_ran_out_gives_the_goods_and_the_cart_back(account: Stripe) -> None:
    buying = Buying(account)
    buying.page.update(status="expired", url=None)

    tell("checkout.session.expired", buying.page)
    work(buying.shop, now=now())
    answer = buying.browser.get(buying.back, follow=True)

    assert buying.stands() == ("declined", 0, 0)
    assert answer.redirect_chain == [("/trave/cart/", 302)]
    assert "The payment was not completed in time." in words(answer)
    assert all_is_well(buying.shop)


def test_a_page_that_is_left_is_shut_at_stripe_when_the_purchase_is_given_up(account: Stripe) -> None:
    buying = Buying(account)

    paying.finish_unfinished(now=now() + timedelta(minutes=16))
    work(buying.shop, now=now())

    assert buying.stands() == ("declined", 0, 0)
    assert buying.page["status"] == "expired"


def test_money_that_came_while_a_purchase_was_given_up_is_listed(account: Stripe) -> None:
    buying = Buying(account)
    paying.finish_unfinished(now=now() + timedelta(minutes=16))
    account.pay(buying.page)

    work(buying.shop, now=now())

    assert buying.stands() == ("declined", 0, 0)
    assert differences(buying.shop) == [("after-giving-up", None, 1990)]


def test_money_for_a_group_is_held_at_the_page_and_taken_or_let_go(account: Stripe) -> None:
    buying = Buying(account)
    stripe = gateways.holder("stripe")
    order = Order("charge-G1", "G1", "trave", 840, "EUR", "card", "http://testserver/back", "zh-hans")
    with tenancy.as_platform(buying.shop.platform.pk):
        a_payment = Payment.objects.get()
        a_payment.pk, a_payment.reference, a_payment.amount = None, "G1", 840
        a_payment.save()
    with pytest.raises(ActionNeeded):
        stripe.take(order, at_once=False)
    page = account.sessions["cs_test_2"]
    assert (page["_intent"]["capture_method"], account.asked[-1]["locale"]) == ("manual", "zh")
    account.pay(page)

    held = stripe.find(key="charge-G1")
    let_go = stripe.void(key="charge-G1", provider_ref=held.provider_ref)

    assert (held.outcome, held.amount, held.provider_ref) == ("authorised", 840, "pi_3")
    assert (let_go.outcome, account.intents["pi_3"]["status"]) == ("voided", "canceled")
    account.intents["pi_3"]["status"] = "requires_capture"
    taken = stripe.capture(key="charge-G1", provider_ref="pi_3", amount=840, currency="EUR")
    assert (taken.outcome, taken.amount) == ("done", 840)


def test_no_live_key_takes_a_test_card_whatever_is_set(account: Stripe) -> None:
    shop, alia = a_shop(stock={"tea": 10}, prices={"tea": 500}), Caller(a_shopper())

    assert checkout.payment_methods() == {"card": "Card"}
    alia.send("PUT", "cart/lines?platform=trave", {"product_id": shop.listings["tea"].pk, "quantity": 3})
    window = alia.get("delivery-windows/?platform=trave")[1][0]["key"]
    body = {"address": ADDRESS, "window": window, "payment_method": "pm_card_visa", "agreed_total": 1_990}
    status, answer = alia.send("POST", "orders/?platform=trave", body, Idempotency_Key="k")

    assert (status, answer["detail"]) == (409, "Stripe is asked to take 'card', not 'pm_card_visa'")
    assert (account.sessions, account.intents) == ({}, {})
    assert shop.stock_of("tea") == 10


def test_a_page_nobody_could_come_back_from_is_not_opened(account: Stripe) -> None:
    order = Order("charge-N1", "N1", "trave", 840, "EUR", "card")

    with pytest.raises(Refused, match="say where the buyer comes back to"):
        gateways.holder("stripe").take(order, at_once=True)

    assert account.sessions == {}


def test_the_api_answers_stripes_page_and_then_the_paid_purchase(account: Stripe) -> None:
    shop, alia = a_shop(stock={"tea": 10}, prices={"tea": 500}), Caller(a_shopper())
    alia.send("PUT", "cart/lines?platform=trave", {"product_id": shop.listings["tea"].pk, "quantity": 3})
    window = alia.get("delivery-windows/?platform=trave")[1][0]["key"]
    body = {"address": ADDRESS, "window": window, "payment_method": "card", "agreed_total": 1_990}

    status, step = alia.send("POST", "orders/?platform=trave", body, Idempotency_Key="k")
    account.pay(account.sessions["cs_test_1"])
    paid = alia.send("POST", "orders/?platform=trave", body, Idempotency_Key="k")

    assert (status, step["action"]) == (202, {"url": "https://checkout.stripe.test/c/pay/cs_test_1"})
    assert (paid[0], [order["status"] for order in paid[1]["orders"]]) == (201, ["paid"])


def test_the_book_shows_what_was_paid_on_the_page_and_nothing_differs(account: Stripe) -> None:
    buying = Buying(account)
    account.pay(buying.page)
    buying.browser.get(buying.back)

    looked = reconciliation.reconcile(
        platform_id=buying.shop.platform.pk,
        provider_name="stripe",
        since=now() - timedelta(days=1),
        until=now() + timedelta(days=1),
        now=now() + timedelta(minutes=2),
    )

    assert (looked.lines, looked.differences) == (1, 0)
