"""Gift cards, credit and points pay first, the provider takes the rest, and all of it comes back exactly once."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from django.db import connections

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import handlers, paying
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.errors import PaymentRefused, PriceChanged
from hansa.commerce.checkout.tendering import Means
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.events import PurchaseDelivered
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.payments.models import Payment
from hansa.commerce.wallets import selectors, services
from hansa.commerce.wallets.domain import Kind
from hansa.commerce.wallets.models import Loyalty, Wallet
from hansa.commerce.wallets.services import IssuedBefore
from hansa.foundation import invariants, outbox, tenancy
from hansa.foundation.outbox import Subscription
from hansa.kernel.errors import NotFound
from tests.factories import DOOR, NOON, Shop, a_shop, a_shopper, an_operator
from tests.integration.storefront.visitors import as_actor, purchases_at, the_form
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 20}, prices={"tea": 500})


def a_card(shop: Shop, amount: int, operator: Actor, reference: str = "g-1") -> str:
    with tenancy.as_platform(shop.platform.pk):
        return services.issue_gift_card(
            actor=operator,
            platform_id=shop.platform.pk,
            currency="EUR",
            amount=amount,
            reference=reference,
            now=NOON,
        )[1]


def credit(shop: Shop, owner: Actor, amount: int, operator: Actor) -> None:
    with tenancy.as_platform(shop.platform.pk):
        services.grant_credit(
            actor=operator,
            platform_id=shop.platform.pk,
            owner_id=owner.user_id or 0,
            currency="EUR",
            amount=amount,
            reference="sorry",
            now=NOON,
        )


def buy(
    shop: Shop, actor: Actor, teas: int, means: Means, *, card: str = "tok_ok", key: str = "k"
) -> OrderGroup:
    total = shop.fill_cart(actor, [("tea", teas)])
    return checkout.place_order(
        platform_id=shop.platform.pk,
        actor=actor,
        wish=replace(shop.wish(total, card=card), means=means),
        key=key,
        now=NOON,
    )


def balances(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return dict(Wallet.objects.order_by("pk").values_list("kind", "balance"))


def books_of(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        found = {each.kind: each.amount for each in ledger.balances_of_platform(shop.platform.pk)}
    return {kind: amount for kind, amount in found.items() if amount}


def broken() -> set[str]:
    return {found.invariant.name for found in invariants.check() if not found.holds} - {"outbox-drained"}


def call_off(shop: Shop, group: OrderGroup, units: int, key: str) -> int:
    with tenancy.as_platform(shop.platform.pk):
        line = group.orders.get().lines.get()
        return cancelling.cancel_units(
            group_id=group.pk, units={line.pk: units}, key=key, reason="no", actor_name="alia", now=NOON
        )


def test_a_card_and_credit_pay_first_and_the_provider_takes_the_rest() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    operator = an_operator(shop)
    code = a_card(shop, 1_000, operator)
    credit(shop, alia, 300, operator)

    group = buy(shop, alia, 3, Means((code,), use_credit=True, agreed=1_300))

    payment = shop.payment_of(group)
    assert (group.grand_total, group.tendered, payment.amount, payment.captured) == (1_990, 1_300, 690, 690)
    assert balances(shop) == {"gift_card": 0, "store_credit": 0}
    assert books_of(shop) == {
        "commission": -150,
        "delivery": -490,
        "goodwill": 1_300,
        "payable": -1_350,
        "provider": 690,
    }
    assert broken() == set()


def test_when_nothing_is_left_to_pay_no_provider_is_asked() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    code = a_card(shop, 5_000, an_operator(shop))

    group = buy(shop, alia, 3, Means((code,)), card="tok_declined")

    payment = shop.payment_of(group)
    assert (payment.state, payment.amount, payment.captured, group.tendered) == ("captured", 0, 0, 1_990)
    assert balances(shop) == {"gift_card": 3_010}
    assert shop.level_of("tea").allocated == 3
    assert broken() == set()


def test_a_declined_payment_gives_the_card_back_once() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    code = a_card(shop, 1_000, an_operator(shop))

    for _ in range(2):
        with pytest.raises(PaymentRefused):
            buy(shop, alia, 3, Means((code,)), card="tok_declined")
        shop.empty_cart(alia)
        shop.fill_cart(alia, [("tea", 3)])
        shop.empty_cart(alia)

    assert balances(shop) == {"gift_card": 1_000}
    assert books_of(shop) == {"gift_card": -1_000, "goodwill": 1_000}
    assert broken() == set()


def test_a_lost_answer_is_booked_or_given_up_by_the_worker_with_its_card() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    code = a_card(shop, 1_000, an_operator(shop))
    group = buy(shop, alia, 3, Means((code,)), card="tok_no_answer")
    assert balances(shop) == {"gift_card": 0}

    paying.finish_unfinished(now=NOON + paying.LOOK_AGAIN_AFTER * 2)

    assert shop.payment_of(group).captured == 990
    assert broken() == set()


def test_cancelling_before_the_answer_is_known_gives_the_card_back_once() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    code = a_card(shop, 1_000, an_operator(shop))
    group = buy(shop, alia, 3, Means((code,)), card="tok_no_answer")

    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=NOON)
    paying.finish_unfinished(now=NOON + paying.LOOK_AGAIN_AFTER * 2)

    assert shop.payment_of(group).state == Payment.State.DECLINED
    assert balances(shop) == {"gift_card": 1_000}
    assert "tender" not in books_of(shop)
    assert broken() <= {"provider-agrees"}  # what was taken late is listed for a person


def test_parts_that_are_called_off_give_money_first_then_the_card() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    code = a_card(shop, 1_000, an_operator(shop))
    group = buy(shop, alia, 3, Means((code,)))  # 10.00 by card, 9.90 by the provider

    assert call_off(shop, group, 1, "a") == 500
    assert (shop.refunds_of(group), balances(shop)) == ([500], {"gift_card": 0})
    assert broken() == set()
    assert call_off(shop, group, 1, "b") == 500
    assert (shop.refunds_of(group), balances(shop)) == ([500, 490], {"gift_card": 10})
    assert call_off(shop, group, 1, "b") == 0
    assert call_off(shop, group, 1, "c") == 990

    assert (shop.refunds_of(group), balances(shop)) == ([500, 490], {"gift_card": 1_000})
    assert books_of(shop) == {"gift_card": -1_000, "goodwill": 1_000}
    assert broken() == set()


def test_points_that_paid_come_back_as_points() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    with tenancy.as_platform(shop.platform.pk):
        Loyalty.objects.create(platform=shop.platform, earn_bp=10_000, worth_bp=100)  # 100 points: 1 cent
        services.earn_points(
            platform_id=shop.platform.pk, owner_id=alia.user_id or 0, paid=50_000, reference="old", now=NOON
        )

    group = buy(shop, alia, 1, Means(use_points=True))
    assert (group.tendered, balances(shop)) == (500, {"points": 0})
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=NOON)

    assert (shop.refunds_of(group), balances(shop)) == ([490], {"points": 50_000})
    assert broken() == set()


def test_a_card_that_gives_less_than_was_agreed_is_asked_about_and_nothing_is_taken() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    code = a_card(shop, 1_000, an_operator(shop))

    with pytest.raises(PriceChanged, match=r"now pay 10.00 EUR, not 15.00 EUR"):
        buy(shop, alia, 3, Means((code,), agreed=1_500))

    assert balances(shop) == {"gift_card": 1_000}
    assert shop.stock_of("tea") == 20
    assert purchases_at(shop) == []


def test_an_unknown_card_buys_nothing() -> None:
    shop = a_tea_shop()

    with pytest.raises(NotFound, match="no gift card with this code"):
        buy(shop, a_shopper(), 1, Means(("NOPE-NOPE",)))

    assert purchases_at(shop) == []


def test_ten_buyers_with_one_card_spend_it_once() -> None:
    shop = a_tea_shop()
    code = a_card(shop, 1_000, an_operator(shop))
    buyers = [a_shopper(f"buyer{number}") for number in range(10)]
    start, done = threading.Barrier(10), []

    def go(number: int) -> None:
        start.wait(timeout=60)
        try:
            done.append(buy(shop, buyers[number], 1, Means((code,)), key=f"k{number}").tendered)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(done), sum(done)) == (10, 1_000)
    assert balances(shop) == {"gift_card": 0}
    assert broken() == set()


def test_points_are_earned_once_when_a_purchase_has_arrived() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    with tenancy.as_platform(shop.platform.pk):
        Loyalty.objects.create(platform=shop.platform, earn_bp=1_000, worth_bp=100)
    group = shop.buy(alia, [("tea", 4)])
    call_off(shop, group, 1, "a")
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="dag", now=NOON)
        fulfilment.deliver_all(group_id=group.pk, actor_name="dag", now=NOON)

    listener = [Subscription("checkout.earn_points", handlers.earn_points, (PurchaseDelivered,))]
    outbox.drain(listener)
    outbox.drain(listener)

    assert balances(shop) == {"points": 150}  # a tenth of 15.00
    assert broken() == set()


def test_the_form_of_a_gift_card_that_is_sent_twice_issues_one() -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    a_card(shop, 1_000, operator)

    with pytest.raises(IssuedBefore):
        a_card(shop, 1_000, operator)

    with tenancy.as_platform(shop.platform.pk):
        assert selectors.owed_by_kind(shop.platform.pk) == {Kind.GIFT_CARD: 1_000}


def test_the_api_takes_codes_and_says_what_they_paid() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    code = a_card(shop, 1_000, an_operator(shop))
    total = shop.fill_cart(alia, [("tea", 3)])
    browser = as_actor(alia)
    window = json.loads(browser.get("/api/v1/delivery-windows/?platform=trave").content)[0]["key"]
    address = {
        name: getattr(DOOR, name) for name in ("recipient", "street", "city", "postal_code", "country")
    }

    answer = browser.post(
        "/api/v1/orders/?platform=trave",
        json.dumps(
            {
                "address": address | {"latitude": DOOR.latitude, "longitude": DOOR.longitude},
                "window": window,
                "payment_method": "tok_ok",
                "agreed_total": total,
                "gift_card_codes": [code],
                "agreed_tender": 1_000,
            }
        ),
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )

    assert answer.status_code == 201, answer.content
    assert json.loads(answer.content)["tendered"] == 1_000


def test_the_page_reckons_what_is_left_and_then_takes_just_that() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    operator = an_operator(shop)
    code = a_card(shop, 1_000, operator)
    credit(shop, alia, 200, operator)
    shop.fill_cart(alia, [("tea", 3)])
    browser = as_actor(alia)
    form = the_form(browser.get("/trave/checkout/").content.decode(), gift_card=code, use_credit="on")

    asked = browser.post("/trave/checkout/", form)
    assert (asked.status_code, purchases_at(shop)) == (409, [])
    page = browser.post("/trave/checkout/", form | {"reckon": "1"})
    assert "Left to pay €7.90" in words(page)
    shown = the_form(page.content.decode(), gift_card=code, use_credit="on", agreed_tender="1200")
    bought = browser.post("/trave/checkout/", shown)

    (group,) = purchases_at(shop)
    assert bought.status_code == 302
    assert (group.tendered, shop.payment_of(group).captured) == (1_200, 790)
    assert "Paid by gift card, credit and points €12.00" in words(browser.get(bought.headers["Location"]))
    assert broken() == set()


def test_a_card_that_is_not_there_is_said_beside_its_field() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    shop.fill_cart(alia, [("tea", 3)])
    browser = as_actor(alia)
    form = the_form(browser.get("/trave/checkout/").content.decode(), gift_card="NOPE", reckon="1")

    page = browser.post("/trave/checkout/", form)

    assert "There is no gift card with this code" in words(page) or "there is no gift card" in words(page)
