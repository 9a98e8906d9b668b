"""Buying: what one purchase leaves in stock, orders, payments and books."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from hansa.commerce.checkout import paying
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.errors import EmptyCart, PaymentRefused, PriceChanged, WindowNotOffered
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.payments.gateways.port import Answer, Outcome
from hansa.commerce.payments.gateways.sandbox import SandboxProvider
from hansa.commerce.payments.models import BookDifference, Payment
from hansa.commerce.stock.errors import InsufficientStock
from hansa.foundation import journeys, statements, tenancy
from hansa.foundation.idempotency import KeyUsedForAnotherRequest
from hansa.kernel.errors import HansaError
from tests.factories import NOON, Shop, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")


def books_of(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return {balance.kind: balance.amount for balance in ledger.balances_of_platform(shop.platform.pk)}


def purchases(shop: Shop) -> int:
    with tenancy.as_platform(shop.platform.pk):
        return OrderGroup.objects.count()


def test_a_paid_purchase_moves_stock_and_money() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})

    group = shop.buy(a_shopper(), [("tea", 3)])

    assert (group.items_total, group.delivery_fee, group.grand_total) == (1500, 490, 1990)
    assert shop.payment_of(group).state == Payment.State.CAPTURED
    level = shop.level_of("tea")
    assert (level.on_hand, level.reserved, level.allocated) == (10, 0, 3)
    assert books_of(shop) == {"commission": -150, "delivery": -490, "payable": -1350, "provider": 1990}


def test_cancelling_gives_back_stock_and_money() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    group = shop.buy(a_shopper(), [("tea", 3)])

    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="changed my mind", actor_name="alia", now=NOON)

    assert shop.stock_of("tea") == 10
    assert shop.refunds_of(group) == [1990]
    assert set(books_of(shop).values()) == {0}


def test_a_declined_card_keeps_nothing_and_gives_the_cart_back() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()

    with pytest.raises(PaymentRefused, match="declined"):
        shop.buy(alia, [("tea", 3)], card="tok_declined")

    assert shop.stock_of("tea") == 10
    assert books_of(shop) == {}
    assert shop.fill_cart(alia, []) == 1990


def test_a_way_to_pay_that_nobody_knows_keeps_nothing_and_gives_the_cart_back() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()

    with pytest.raises(PaymentRefused, match="knows no payment method 'tok_of_mine'"):
        shop.buy(alia, [("tea", 3)], card="tok_of_mine")

    assert shop.stock_of("tea") == 10
    assert books_of(shop) == {}
    assert shop.fill_cart(alia, []) == 1990


def test_a_provider_that_has_not_decided_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SandboxProvider, "charge", lambda *_, **__: Answer(Outcome.UNKNOWN))
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})

    group = shop.buy(a_shopper(), [("tea", 3)])

    assert shop.payment_of(group).state == Payment.State.CREATED
    level = shop.level_of("tea")
    assert (level.on_hand, level.reserved, level.allocated) == (10, 3, 0)


def test_the_same_key_buys_once() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()
    wish = shop.wish(shop.fill_cart(alia, [("tea", 3)]))

    first, second = (
        checkout.place_order(platform_id=shop.platform.pk, actor=alia, wish=wish, key="k1", now=NOON)
        for _ in range(2)
    )

    assert first.number == second.number
    assert shop.stock_of("tea") == 7
    assert purchases(shop) == 1


def test_a_key_used_for_another_wish_is_refused() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()
    shop.buy(alia, [("tea", 1)], key="k1")

    with pytest.raises(KeyUsedForAnotherRequest):
        shop.buy(alia, [("tea", 2)], key="k1")

    assert purchases(shop) == 1


def test_a_changed_price_is_asked_about_first() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()
    shop.fill_cart(alia, [("tea", 3)])

    with pytest.raises(PriceChanged, match=r"now 19.90 EUR, not 10.00 EUR"):
        checkout.place_order(
            platform_id=shop.platform.pk, actor=alia, wish=shop.wish(1_000), key="k", now=NOON
        )

    assert shop.stock_of("tea") == 10
    assert purchases(shop) == 0


def test_too_few_units_are_named_and_nothing_is_held() -> None:
    shop = a_shop(stock={"tea": 10, "salt": 2}, prices={"tea": 500, "salt": 100})

    with pytest.raises(InsufficientStock, match="3 asked, 2 left"):
        shop.buy(a_shopper(), [("tea", 1), ("salt", 3)])

    assert (shop.stock_of("tea"), shop.stock_of("salt")) == (10, 2)


def test_an_empty_cart_cannot_be_bought() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})

    with pytest.raises(EmptyCart):
        shop.buy(a_shopper(), [])


def test_a_window_that_is_past_is_refused() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()
    total = shop.fill_cart(alia, [("tea", 1)])
    late = checkout.Wish(shop.wish(total).destination, "20200101T09", "tok_ok", total)

    with pytest.raises(WindowNotOffered):
        checkout.place_order(platform_id=shop.platform.pk, actor=alia, wish=late, key="k", now=NOON)


def test_a_lost_answer_is_found_again_by_the_worker() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})

    group = shop.buy(a_shopper(), [("tea", 3)], card="tok_no_answer")
    assert shop.payment_of(group).state == Payment.State.CREATED
    paying.finish_unfinished(now=NOON + paying.LOOK_AGAIN_AFTER * 2)

    assert shop.payment_of(group).state == Payment.State.CAPTURED
    assert shop.level_of("tea").allocated == 3
    assert books_of(shop)["provider"] == 1990


def test_money_found_after_a_purchase_was_cancelled_is_listed_once_for_a_person() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    group = shop.buy(a_shopper(), [("tea", 3)], card="tok_no_answer")
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="changed my mind", actor_name="alia", now=NOON)

    looked_at = [paying.finish_unfinished(now=NOON + paying.LOOK_AGAIN_AFTER * 2) for _ in range(2)]

    assert looked_at == [1, 0]
    assert shop.payment_of(group).state == Payment.State.DECLINED
    assert books_of(shop) == {}
    with tenancy.as_platform(shop.platform.pk):
        assert list(BookDifference.objects.values_list("kind", "theirs", "closed_at")) == [
            ("after-giving-up", 1990, None)
        ]


def test_a_payment_the_provider_never_saw_is_given_up() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()
    wish = shop.wish(shop.fill_cart(alia, [("tea", 3)]))
    with tenancy.as_platform(shop.platform.pk):
        purchase, _ = checkout._prepare(shop.platform.pk, alia, wish, "k", NOON)

    paying.finish_unfinished(now=NOON + paying.LOOK_AGAIN_AFTER * 2)
    assert shop.stock_of("tea") == 7
    paying.finish_unfinished(now=NOON + paying.GIVE_UP_AFTER * 2)

    assert shop.stock_of("tea") == 10
    with tenancy.as_platform(shop.platform.pk):
        assert Order.objects.get(group_id=purchase.id).status == "cancelled"


@pytest.mark.parametrize("lines", [1, 8])
def test_a_purchase_takes_six_batches_and_few_statements_however_many_lines(
    lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"good{number}" for number in range(lines)]
    shop = a_shop(stock=dict.fromkeys(names, 10), prices=dict.fromkeys(names, 500))
    buyer = a_shopper()
    shop.buy(buyer, [(name, 1) for name in names])
    total = shop.fill_cart(buyer, [(name, 1) for name in names])
    batches: list[int] = []

    def counted(session: psycopg.Connection[Any], batch: Sequence[journeys.Carried]) -> None:
        batches.append(len(batch))
        journeys.carry(session, batch)

    monkeypatch.setattr(statements, "carry", counted)
    with CaptureQueriesContext(connection) as queries:
        shop.pay(buyer, total)

    controls = sum(query["sql"] in {"BEGIN", "COMMIT"} for query in queries)
    assert len(queries) - controls - sum(batches) == 0  # nothing goes by the mapper
    assert len(batches) <= 6
    assert sum(batches) <= 20


def test_a_hundred_buyers_race_for_ten_units() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    buyers = [a_shopper(f"buyer{number}") for number in range(100)]
    outcomes: list[str] = []
    start = threading.Barrier(20)

    def go(mine: list[int]) -> None:
        start.wait()
        for index in mine:
            try:
                shop.buy(buyers[index], [("tea", 1)])
                outcomes.append("bought")
            except InsufficientStock:
                outcomes.append("sold out")
            except HansaError as other:
                outcomes.append(repr(other))
        connections.close_all()

    threads = [threading.Thread(target=go, args=([*range(k, 100, 20)],)) for k in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(set(outcomes)) == ["bought", "sold out"]
    assert outcomes.count("bought") == 10
    level = shop.level_of("tea")
    assert (level.on_hand, level.reserved, level.allocated) == (10, 0, 10)
    assert books_of(shop)["provider"] == 10 * 990
