"""Calling off in parts: stock, money, discounts and commission come back to the cent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from hansa.commerce.accounts.models import Membership
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.cancelling import NothingLeftToCancel
from hansa.commerce.orders.domain import IllegalStep
from hansa.commerce.promotions import services as promotions
from hansa.commerce.promotions.services import Terms
from hansa.foundation import tenancy
from hansa.foundation.idempotency import KeyUsedForAnotherRequest
from hansa.foundation.models import OutboxEvent
from hansa.kernel.errors import HansaError
from tests.factories import NOON, a_person, a_shop, a_shopper
from tests.integration.orders.scene import Bought, a_purchase, broken

pytestmark = pytest.mark.usefixtures("database")


def test_single_units_are_called_off_with_their_money_and_stock() -> None:
    bought = a_purchase()

    amount = bought.cancel("Tea", 1, key="one")
    again = bought.cancel("Tea", 1, key="one")

    assert (amount, again) == (1000, 0)
    assert bought.refunded() == [1000]
    assert bought.shop.stock_of("tea") == 8
    assert (bought.order("Tea").payment_status, bought.order("Tea").status) == ("partly_refunded", "paid")
    # Bo sold 35.00 and is left with 25.00, less ten per cent.
    assert bought.balance("payable", bought.shop.merchant) == 2250
    assert broken() == []


def test_wishes_whose_keys_begin_alike_are_two_and_a_key_is_for_one_wish() -> None:
    bought = a_purchase()
    begin = "called off by the buyer of "

    amounts = [bought.cancel(title, 1, key=begin + title) for title in ("Tea", "Mug")]

    assert amounts == [1000, 500]
    with pytest.raises(KeyUsedForAnotherRequest):
        bought.cancel("Tea", 2, key=begin + "Tea")
    assert bought.refunded() == [1000, 500]


def test_the_last_unit_takes_the_delivery_fee_along() -> None:
    bought = a_purchase()
    fee = bought.group.delivery_fee
    bought.cancel("Tea", 3, key="tea")
    bought.cancel("Mug", 1, key="mug")

    last = bought.cancel("Salt", 2, key="salt")

    assert last == 1000 + fee
    assert sum(bought.refunded()) == bought.group.grand_total
    assert {bought.order(title).status for title in ("Tea", "Salt")} == {"cancelled"}
    assert OutboxEvent.objects.filter(kind="PurchaseCancelled").count() == 1
    assert [bought.balance(kind) for kind in ("commission", "delivery", "provider")] == [0, 0, 0]
    assert broken() == []


def test_one_merchants_order_is_called_off_and_the_other_goes_on() -> None:
    bought = a_purchase()
    salt = bought.order("Salt")

    with tenancy.as_platform(bought.platform_id):
        amount = cancelling.cancel_order(
            order_id=salt.pk, group_id=bought.group.pk, reason="no", actor_name="ada", now=NOON
        )
    bought.bring_all()

    assert amount == 1000
    assert (bought.order("Salt").status, bought.order("Salt").payment_status) == ("cancelled", "refunded")
    assert bought.order("Tea").status == "delivered"
    assert bought.balance("payable", bought.ada) == 0
    assert broken() == []


def test_the_whole_is_called_off_like_its_parts_together() -> None:
    bought = a_purchase()
    bought.cancel("Tea", 1, key="one")

    with tenancy.as_platform(bought.platform_id):
        for _ in range(2):
            cancelling.cancel_all(group_id=bought.group.pk, reason="no", actor_name="alia", now=NOON)

    assert sum(bought.refunded()) == bought.group.grand_total
    assert [bought.shop.stock_of(good) for good in ("tea", "mug", "salt")] == [10, 10, 10]
    assert broken() == []


def test_what_has_left_is_not_called_off() -> None:
    bought = a_purchase()
    bought.send("Tea", 2, reference="first")

    with pytest.raises(NothingLeftToCancel, match="Tea: 2 to be called off, 1 left"):
        bought.cancel("Tea", 2, key="two")
    with pytest.raises(IllegalStep), tenancy.as_platform(bought.platform_id):
        cancelling.cancel_all(group_id=bought.group.pk, reason="no", actor_name="alia", now=NOON)

    assert bought.refunded() == []
    bought.cancel("Tea", 1, key="one")
    bought.cancel("Mug", 1, key="mug")
    assert bought.order("Tea").status == "shipped"
    assert broken() == []


def test_a_discount_comes_back_by_unit_with_who_paid_for_it() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 333})
    operator = a_person("orla")
    Membership.objects.create(user=operator, role=Membership.Role.OPERATOR, platform=shop.platform)
    with tenancy.as_platform(shop.platform.pk):
        promotions.start_promotion(
            actor=actor_of(operator),
            platform_id=shop.platform.pk,
            merchant_id=None,
            terms=Terms("Spring", percent_bp=1000),
            offer_ids=[],
            starts_at=NOON - timedelta(days=1),
            ends_at=NOON + timedelta(days=1),
        )
    alia = a_shopper()
    bought = Bought(shop, alia, shop.merchant, shop.owner, shop.buy(alia, [("tea", 3)]))
    line = bought.line("Tea")
    assert (line.total, line.platform_discount) == (899, 100)

    parts = [bought.cancel("Tea", 1, key=f"unit {number}") for number in range(3)]

    # 8.99 in three parts: the odd cents first; the delivery fee with the last unit.
    assert parts == [300, 300, 299 + bought.group.delivery_fee]
    assert [bought.balance(kind) for kind in ("promotion", "commission")] == [0, 0]
    assert bought.balance("payable", shop.merchant) == 0
    assert broken() == []


def test_whoever_is_first_sends_or_calls_off_never_both() -> None:
    bought = a_purchase()
    line, start = bought.line("Tea"), Barrier(2)

    def at_once(what: str) -> str:
        try:
            with tenancy.as_platform(bought.platform_id):
                start.wait(10)
                if what == "send":
                    fulfilment.fulfil(
                        order_id=line.order_id,
                        units={line.pk: 2},
                        reference="race",
                        actor_name="bo",
                        now=NOON,
                    )
                else:
                    cancelling.cancel_units(
                        group_id=bought.group.pk,
                        units={line.pk: 2},
                        key="race",
                        reason="race",
                        actor_name="alia",
                        now=NOON,
                    )
        except HansaError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(at_once, ["send", "cancel"]))

    assert said.count("done") == 1
    line = bought.line("Tea")
    assert line.shipped + line.cancelled == 2
    assert broken() == []


def test_refunds_at_once_give_back_what_was_paid_and_no_more() -> None:
    bought = a_purchase()
    start = Barrier(6)

    def one_unit(number: int) -> str:
        try:
            start.wait(10)
            bought.cancel("Tea", 1, key=f"unit {number}")
        except HansaError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(6) as pool:
        said = sorted(pool.map(one_unit, range(6)))

    assert said == ["done"] * 3 + ["nothing_left_to_cancel"] * 3
    assert sum(bought.refunded()) == 3000
    assert bought.shop.stock_of("tea") == 10
    assert broken() == []
