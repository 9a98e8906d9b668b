"""Prices without tax: it comes on top, goes to the treasury, and comes back with what is given back, to the cent."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from hansa.commerce.checkout import paying
from hansa.commerce.checkout import services as checkout
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.models import LineRefund, OrderGroup
from hansa.commerce.orders.receipts import receipt_of
from hansa.commerce.pricing.models import TaxSettings
from hansa.foundation import invariants, tenancy
from hansa.kernel.errors import Refused
from tests.factories import DOOR, NOON, Shop, a_shop, a_shopper
from tests.integration.storefront.visitors import as_actor
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")


def a_tea_shop(*, prices_include_tax: bool) -> Shop:
    shop = a_shop(stock={"tea": 10, "salt": 10}, prices={"tea": 500, "salt": 99})
    with tenancy.as_platform(shop.platform.pk):
        TaxSettings.objects.create(
            platform=shop.platform, country="DE", prices_include_tax=prices_include_tax
        )
    return shop


def broken() -> set[str]:
    return {found.invariant.name for found in invariants.check() if not found.holds} - {"outbox-drained"}


def books_of(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return {each.kind: each.amount for each in ledger.balances_of_platform(shop.platform.pk)}


def call_off(shop: Shop, group: OrderGroup, title: str, units: int, key: str) -> int:
    with tenancy.as_platform(shop.platform.pk):
        line = group.orders.get().lines.get(title=title)
        return cancelling.cancel_units(
            group_id=group.pk, units={line.pk: units}, key=key, reason="no", actor_name="alia", now=NOON
        )


def test_the_tax_comes_on_top_of_goods_and_delivery_and_goes_to_the_treasury() -> None:
    shop = a_tea_shop(prices_include_tax=False)

    group = shop.buy(a_shopper(), [("tea", 3), ("salt", 1)])

    # 19 % of 15.00, 0.99 and 4.90: 2.85, 0.19 (0.1881) and 0.93 (0.931)
    assert (group.items_total, group.delivery_fee, group.tax_added, group.grand_total) == (
        1_599,
        490,
        397,
        2_486,
    )
    assert shop.payment_of(group).captured == 2_486
    assert books_of(shop) == {
        "commission": -160,
        "delivery": -490,
        "payable": -1_439,
        "provider": 2_486,
        "tax_collected": -397,
    }
    assert broken() == set()


def test_what_is_called_off_in_parts_gives_its_tax_back_to_the_cent() -> None:
    shop = a_tea_shop(prices_include_tax=False)
    group = shop.buy(a_shopper(), [("tea", 3), ("salt", 1)])

    first = call_off(shop, group, "Tea", 2, "a")
    assert (first, books_of(shop)["tax_collected"]) == (1_000 + 190, -207)
    second = call_off(shop, group, "Tea", 1, "b")
    last = call_off(shop, group, "Salt", 1, "c")

    assert second == 500 + 95
    assert last == 99 + 19 + 490 + 93
    assert sum(shop.refunds_of(group)) == 2_486
    assert set(books_of(shop).values()) == {0}
    with tenancy.as_platform(shop.platform.pk):
        assert sorted(LineRefund.objects.values_list("tax", flat=True)) == [19, 95, 190]
    assert broken() == set()


def test_a_whole_purchase_gives_all_of_it_back_at_once() -> None:
    shop = a_tea_shop(prices_include_tax=False)
    group = shop.buy(a_shopper(), [("tea", 3)])

    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=NOON)

    assert shop.refunds_of(group) == [1_500 + 490 + 285 + 93]
    assert set(books_of(shop).values()) == {0}
    assert broken() == set()


def test_a_lost_answer_is_booked_with_its_tax_by_the_worker() -> None:
    shop = a_tea_shop(prices_include_tax=False)
    shop.buy(a_shopper(), [("tea", 3)], card="tok_no_answer")

    paying.finish_unfinished(now=NOON + paying.LOOK_AGAIN_AFTER * 2)

    assert books_of(shop)["tax_collected"] == -378
    assert broken() == set()


def test_a_contained_tax_is_shown_and_changes_no_price() -> None:
    shop = a_tea_shop(prices_include_tax=True)
    alia = a_shopper()

    group = shop.buy(alia, [("tea", 3)])

    # of 15.00 and 4.90 at 19 %: 2.39 (2.395 less a hair) and 0.78
    with tenancy.as_platform(shop.platform.pk):
        receipt = receipt_of(group.pk)
    assert (receipt.tax_added, receipt.tax_included, receipt.grand_total) == (0, 317, 1_990)
    assert receipt.orders[0].lines[0].tax == 239
    assert "tax_collected" not in books_of(shop)
    assert "contains tax €3.17" in words(as_actor(alia).get(f"/trave/purchases/{group.number}/"))
    assert broken() == set()


def test_the_page_and_the_api_say_what_came_on_top() -> None:
    shop = a_tea_shop(prices_include_tax=False)
    alia = a_shopper()
    shop.fill_cart(alia, [("tea", 3)])
    browser = as_actor(alia)

    cart = json.loads(browser.get("/api/v1/cart/?platform=trave").content)
    group = shop.pay(alia, 2_368)
    page = words(browser.get(f"/trave/purchases/{group.number}/"))
    order = json.loads(browser.get(f"/api/v1/orders/{group.number}?platform=trave").content)

    assert (cart["tax_added"], cart["tax_included"], cart["grand_total"]) == (378, 0, 2_368)
    assert (order["tax_added"], order["tax_included"], order["grand_total"]) == (378, 0, 2_368)
    assert "Tax €3.78 Total €23.68" in page


def test_a_partner_is_refused_where_prices_contain_no_tax() -> None:
    shop = a_tea_shop(prices_include_tax=False)
    partner = a_shop(stock={}, prices={}, code="elbe", merchant_name="di")

    with pytest.raises(Refused, match="do not contain tax"), tenancy.as_platform(shop.platform.pk):
        checkout.place_partner_order(
            platform_id=shop.platform.pk,
            sold_by_id=partner.platform.pk,
            wanted={shop.listings["tea"].offer_id: 1},
            destination=DOOR,
            key="k",
            now=NOON,
        )

    assert shop.stock_of("tea") == 10


def test_two_guests_pay_the_tax_too() -> None:
    shop = a_tea_shop(prices_include_tax=False)
    browser = Client()
    browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": 3})

    assert "Tax 19% €3.78" in words(browser.get("/trave/checkout/"))
