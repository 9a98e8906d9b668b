"""A step at the provider: the buyer is sent there and comes back, once, twice or never; the real sandbox process answers."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.test import Client

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import paying
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.errors import PaymentRefused
from hansa.commerce.checkout.paying import Placed
from hansa.commerce.payments import gateways
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.commerce.payments.models import Payment
from hansa.foundation import invariants, tenancy
from hansa.kernel.errors import NotFound
from tests.factories import Shop, a_shop, a_shopper
from tests.integration.api.test_api import ADDRESS, Caller
from tests.integration.payments.conftest import empty_its_book
from tests.integration.payments.world import a_provider, differences, now, pay_at, work
from tests.integration.storefront.visitors import as_actor, in_cart, purchases_at, the_form
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")
BACK = "http://testserver/trave/checkout/return/"
CARD = "tok_3ds"


@pytest.fixture(scope="module")
def provider_process(database_url: str) -> Iterator[SandboxService]:
    with a_provider(database_url) as service:
        yield service


@pytest.fixture(autouse=True)
def _paid_there(
    provider_process: SandboxService, database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    empty_its_book()
    pay_at(monkeypatch, provider_process)
    yield
    gateways.forget()


@dataclass
class Buying:
    """Three units of tea on their way, which wait for a step."""

    shop: Shop = field(default_factory=lambda: a_shop(stock={"tea": 10}, prices={"tea": 500}))
    alia: Actor = field(default_factory=a_shopper)
    at: datetime = field(default_factory=now)
    wish: checkout.Wish = field(init=False)
    placed: Placed = field(init=False)

    def __post_init__(self) -> None:
        total = self.shop.fill_cart(self.alia, [("tea", 3)], now=self.at)
        self.wish = self.shop.wish(total, card=CARD, now=self.at)
        self.placed = self.place()

    def place(self) -> Placed:
        return checkout.place(
            platform_id=self.shop.platform.pk,
            actor=self.alia,
            wish=self.wish,
            key="k",
            now=self.at,
            return_to=BACK,
        )

    def come_back(self, token: str | None = None, actor: Actor | None = None) -> Placed:
        return paying.come_back(
            platform_id=self.shop.platform.pk,
            actor=actor or self.alia,
            number=self.placed.group.number,
            token=self.placed.group.token if token is None else token,
            now=self.at,
        )

    def payment(self) -> Payment:
        return self.shop.payment_of(self.placed.group)

    def step(self) -> str:
        with tenancy.as_platform(self.shop.platform.pk):
            return checkout.step_of(self.placed.group.number)

    def stands(self) -> tuple[str, int, int]:
        """How the payment is, and how many units are held and promised."""
        level = self.shop.level_of("tea")
        return str(self.payment().state), level.reserved, level.allocated


def at_the_bank(step_url: str, answer: str) -> str:
    """Answer the bank's page; where it leads."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    body = urllib.parse.urlencode({"answer": answer}).encode()
    try:
        urllib.request.build_opener(Stay).open(step_url, body, timeout=10).close()
    except urllib.error.HTTPError as led:
        return str(led.headers["Location"])
    return ""


def all_is_well(shop: Shop) -> bool:
    work(shop, now=now())
    return all(finding.holds for finding in invariants.check())


def test_a_buyer_who_confirms_comes_back_to_a_paid_purchase_however_often() -> None:
    buying = Buying()
    assert buying.stands() == ("created", 3, 0)
    assert buying.payment().step_url == buying.placed.step_url

    led = at_the_bank(buying.placed.step_url, "confirm")
    first, second = buying.come_back(), buying.come_back()

    number, token = buying.placed.group.number, buying.placed.group.token
    assert led == f"{BACK}?number={number}&token={token}"
    assert (first.step_url, second.step_url) == ("", "")
    assert first.group == second.group == buying.placed.group
    assert buying.stands() == ("captured", 0, 3)
    assert buying.payment().captured == 1_990
    assert in_cart(buying.shop, buying.alia) == {}
    assert all_is_well(buying.shop)


def test_a_buyer_who_refuses_gets_the_cart_back_once() -> None:
    buying = Buying()
    at_the_bank(buying.placed.step_url, "refuse")

    for _ in range(2):
        with pytest.raises(PaymentRefused, match="the buyer did not confirm at the bank"):
            buying.come_back()

    assert buying.stands() == ("declined", 0, 0)
    assert list(in_cart(buying.shop, buying.alia).values()) == [3]
    assert all_is_well(buying.shop)


def test_a_buyer_who_comes_back_undecided_is_sent_on_and_nothing_changes() -> None:
    buying = Buying()

    again, same_key = buying.come_back(), buying.place()

    assert again.step_url == same_key.step_url == buying.placed.step_url
    assert buying.step() == buying.placed.step_url
    assert buying.stands() == ("created", 3, 0)
    assert len(purchases_at(buying.shop)) == 1


def test_the_same_key_finishes_a_step_that_was_confirmed() -> None:
    buying = Buying()
    at_the_bank(buying.placed.step_url, "confirm")

    placed = buying.place()

    assert placed.step_url == ""
    assert buying.stands() == ("captured", 0, 3)


def test_who_runs_away_keeps_the_goods_until_the_payment_is_given_up_and_cannot_pay_after() -> None:
    buying = Buying()

    paying.finish_unfinished(now=buying.at + timedelta(minutes=14))
    waiting = buying.stands()
    paying.finish_unfinished(now=buying.at + timedelta(minutes=16))
    given_up = buying.stands()
    work(buying.shop, now=buying.at)  # the provider is told to shut the payment
    at_the_bank(buying.placed.step_url, "confirm")

    assert (waiting, given_up) == (("created", 3, 0), ("declined", 0, 0))
    assert buying.step() == ""
    with pytest.raises(PaymentRefused, match="the payment was not completed in time"):
        buying.come_back()
    assert list(in_cart(buying.shop, buying.alia).values()) == [3]
    assert differences(buying.shop) == []
    assert all_is_well(buying.shop)


def test_the_clock_finishes_for_a_buyer_who_confirmed_and_never_came_back() -> None:
    buying = Buying()
    at_the_bank(buying.placed.step_url, "confirm")

    paying.finish_unfinished(now=buying.at + timedelta(minutes=1))
    late = buying.come_back()

    assert late.step_url == ""
    assert buying.stands() == ("captured", 0, 3)
    assert all_is_well(buying.shop)


def test_nobody_else_comes_back_for_a_buyer() -> None:
    buying = Buying()
    at_the_bank(buying.placed.step_url, "confirm")

    with pytest.raises(NotFound):
        buying.come_back(token="guessed", actor=a_shopper("eve"))

    assert buying.stands() == ("created", 3, 0)


def test_a_purchase_cancelled_during_the_step_says_so_and_lists_the_money() -> None:
    buying = Buying()
    browser = as_actor(buying.alia)
    browser.post(f"/trave/purchases/{buying.placed.group.number}/cancel/")
    at_the_bank(buying.placed.step_url, "confirm")

    with pytest.raises(PaymentRefused, match="cancelled before it was paid"):
        buying.come_back()

    assert buying.stands() == ("declined", 0, 0)
    assert differences(buying.shop) == [("after-giving-up", None, 1_990)]


def test_the_page_sends_a_guest_to_the_bank_and_takes_them_back() -> None:
    shop, browser = a_shop(stock={"tea": 10}, prices={"tea": 500}), Client()
    browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": 2})
    form = the_form(browser.get("/trave/checkout/").content.decode(), email="alia@example.org", method=CARD)

    sent = browser.post("/trave/checkout/", form)
    going = browser.get(sent.headers["Location"])
    group = purchases_at(shop)[0]
    page = f"/trave/purchases/{group.number}/?token={group.token}"
    unpaid = browser.get(page)
    step = shop.payment_of(group).step_url
    waiting = browser.get(f"/trave/checkout/return/?number={group.number}&token={group.token}")
    led = at_the_bank(step, "confirm")
    back = [browser.get(led.removeprefix("http://testserver")).headers["Location"] for _ in range(2)]

    assert sent.headers["Location"] == (
        f"/trave/checkout/return/?number={group.number}&token={group.token}&go=1"
    )
    assert going.headers["Refresh"] == f"0; url={step}"
    assert "Refresh" not in waiting.headers
    assert f'href="{step}"' in waiting.content.decode()
    assert "Not paid yet" in words(unpaid)
    assert back == [page, page]
    assert "Not paid yet" not in words(browser.get(page))
    assert shop.payment_of(group).state == "captured"


def test_the_page_says_why_a_step_failed_beside_the_cart() -> None:
    buying = Buying()
    browser = as_actor(buying.alia)
    led = at_the_bank(buying.placed.step_url, "refuse")

    answer = browser.get(led.removeprefix("http://testserver"), follow=True)

    assert answer.redirect_chain == [("/trave/cart/", 302)]
    assert "The buyer did not confirm at the bank." in words(answer)
    assert list(in_cart(buying.shop, buying.alia).values()) == [3]


def test_an_address_for_a_phone_is_shown_as_a_code() -> None:
    buying = Buying()
    with tenancy.as_platform(buying.shop.platform.pk):
        Payment.objects.update(step_url="weixin://wxpay/bizpayurl?pr=abc")

    led = f"/trave/checkout/return/?number={buying.placed.group.number}&token=&go=1"
    answer = as_actor(buying.alia).get(led)

    assert "Point your phone at this code" in words(answer)
    assert '<rect width="100%" height="100%" fill="#fff"/><path' in answer.content.decode()
    assert "Refresh" not in answer.headers


def test_the_api_answers_where_the_buyer_confirms_and_the_same_request_tells_when_it_is_paid() -> None:
    shop, alia = a_shop(stock={"tea": 10}, prices={"tea": 500}), Caller(a_shopper())

    alia.send("PUT", "cart/lines?platform=trave", {"product_id": shop.listings["tea"].pk, "quantity": 3})
    window = alia.get("delivery-windows/?platform=trave")[1][0]["key"]
    body = {"address": ADDRESS, "window": window, "payment_method": CARD, "agreed_total": 1_990}
    accepted = alia.send("POST", "orders/?platform=trave", body, Idempotency_Key="k")
    at_the_bank(accepted[1]["action"]["url"], "confirm")
    paid = alia.send("POST", "orders/?platform=trave", body, Idempotency_Key="k")

    group = purchases_at(shop)[0]
    assert accepted[0] == 202
    assert accepted[1] == {
        "number": group.number,
        "token": group.token,
        "action": {"url": shop.payment_of(group).step_url},
    }
    assert (paid[0], paid[1]["number"]) == (201, group.number)
    assert [order["status"] for order in paid[1]["orders"]] == ["paid"]
