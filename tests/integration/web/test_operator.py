"""The operator's desk: who may sit there, what it shows, what its buttons do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections

from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.merchants.models import Store
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.models import Order
from hansa.commerce.payments.models import Refund
from hansa.commerce.recommendations.models import RecommenderModel
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.foundation.models import OutboxEvent
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_listing, a_merchant, a_person, a_shop, a_shopper
from tests.integration.web.desks import Role, Visitor, a_worker, row, somebody

pytestmark = pytest.mark.usefixtures("database")

DESK = "/desk/operator/trave/"
PAGES = ["", "orders/", "merchants/", "money/", "promises/"]


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 30, "salt": 30}, prices={"tea": 500, "salt": 100})


def an_operator(shop: Shop) -> Visitor:
    return a_worker(Role.OPERATOR, shop.platform)


@pytest.mark.parametrize("page", PAGES)
def test_the_desk_opens_to_its_operator_alone(page: str) -> None:
    shop = a_tea_shop()
    other = a_shop(stock={}, prices={}, code="alster", merchant_name="cy")
    owner = a_worker(Role.DISPATCHER, shop.platform, name="dispatcher")

    assert an_operator(shop).get(DESK + page).status_code == 200
    assert an_operator(other).get(DESK + page).status_code == 403
    assert owner.get(DESK + page).status_code == 403
    assert a_worker(Role.STEWARD).get(DESK + page).status_code == 403
    assert somebody(a_person()).get(DESK + page).status_code == 403
    answer = somebody().get(DESK + page)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


def test_a_platform_that_is_none_is_not_found() -> None:
    assert an_operator(a_tea_shop()).get("/desk/operator/nowhere/").status_code == 404


def test_the_overview_sums_four_weeks() -> None:
    shop, now = a_tea_shop(), system_clock()
    alia = a_shopper("alia")
    shop.buy(alia, [("tea", 2)], now=now - timedelta(days=3))
    shop.buy(alia, [("tea", 1)], now=now - timedelta(days=2))
    shop.buy(a_shopper("bea"), [("salt", 5)], now=now - timedelta(days=1))
    shop.buy(a_shopper("cy"), [("tea", 1)], now=now - timedelta(days=40))

    page = an_operator(shop).reads(DESK)

    assert "Takings €20.00 +300.0%" in page
    assert "Purchases 3 +200.0%" in page
    assert "Active buyers 2 +100.0%" in page
    assert "Paid 3 Sent 0 Delivered 0 Cancelled 0" in page
    assert "€0.00 – the books balance" in page


def test_the_funnel_counts_from_shown_to_delivered() -> None:
    shop, now = a_tea_shop(), system_clock()
    tea = shop.listings["tea"]
    with tenancy.as_platform(shop.platform.pk):
        for kind, times in (("impression", 8), ("click", 4), ("view", 2)):
            BehaviourEvent.objects.bulk_create(
                BehaviourEvent(
                    platform=shop.platform,
                    kind=kind,
                    visitor=f"v{number}",
                    listing=tea,
                    merchant=shop.merchant,
                    at=now - timedelta(days=1),
                )
                for number in range(times)
            )
    shop.buy(a_shopper(), [("tea", 1)], now=now - timedelta(hours=1))

    page = an_operator(shop).reads(DESK)

    assert "Shown 8" in page
    assert "50.0% go on Clicked 4" in page
    assert "50.0% go on Visited 2" in page
    assert "50.0% go on In a cart 1" in page
    assert "100.0% go on Bought 1" in page


def test_the_recommender_stands_beside_bestsellers() -> None:
    shop, now = a_tea_shop(), system_clock()
    with tenancy.as_platform(shop.platform.pk):
        RecommenderModel.objects.create(
            platform=shop.platform,
            fitted_at=now,
            as_of=now,
            is_serving=True,
            arrays=b"",
            meta={},
            metrics={"model": {"HR@10": 0.3}, "popular": {"HR@10": 0.2}, "people": 40},
        )

    page = an_operator(shop).reads(DESK)

    assert "HR@10 30.0% +50% 20.0%" in page
    assert "Measured on 40 people" in page


def test_events_that_were_given_up_are_shown_with_the_reason_and_only_our_own() -> None:
    shop = a_tea_shop()
    other = a_shop(stock={}, prices={}, code="alster", merchant_name="cy")
    for platform, reason in ((shop.platform, "the lake is full"), (other.platform, "not yours")):
        OutboxEvent.objects.create(
            platform_id=platform.pk, kind="PurchasePaid", payload={}, attempts=8, parked_reason=reason
        )
    OutboxEvent.objects.create(platform_id=shop.platform.pk, kind="PurchasePaid", payload={})

    page = an_operator(shop).reads(DESK)

    assert "1 waiting, 1 given up." in page
    assert "the lake is full" in page
    assert "not yours" not in page


def test_orders_are_found_by_part_of_their_number_and_by_state() -> None:
    shop, now = a_tea_shop(), system_clock()
    paid = shop.buy(a_shopper("alia"), [("tea", 1)], now=now)
    cancelled = shop.buy(a_shopper("bea"), [("tea", 1)], now=now)
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=cancelled.pk, reason="no", actor_name="bea", now=now)
    desk = an_operator(shop)

    by_number = desk.reads(f"{DESK}orders/?q={paid.number[3:].lower()}")
    by_state = desk.reads(f"{DESK}orders/?status=cancelled")

    assert (paid.number in by_number, cancelled.number in by_number) == (True, False)
    assert (paid.number in by_state, cancelled.number in by_state) == (False, True)
    assert "2 purchases" in desk.reads(f"{DESK}orders/?status=nonsense")
    assert "Nothing matches" in desk.reads(f"{DESK}orders/?q=H-NONE")


def test_an_order_shows_its_lines_its_money_and_its_steps() -> None:
    shop, now = a_tea_shop(), system_clock()
    group = shop.buy(a_shopper(), [("tea", 2)], now=now)

    page = an_operator(shop).reads(f"{DESK}orders/{group.number}/")

    assert "Tea 2 €5.00 – €10.00" in page
    assert "Commission €1.00" in page
    assert f"Taken €{group.grand_total / 100:.2f}" in page
    assert "placed → paid payment" in page


def test_a_purchase_of_another_platform_is_as_if_it_did_not_exist() -> None:
    shop = a_tea_shop()
    other = a_shop(stock={"tea": 5}, prices={"tea": 500}, code="alster", merchant_name="cy")
    foreign = other.buy(a_shopper(), [("tea", 1)], now=system_clock())
    desk = an_operator(shop)

    assert desk.get(f"{DESK}orders/{foreign.number}/").status_code == 404
    assert desk.post(f"{DESK}orders/{foreign.number}/cancel/", reason="x").status_code == 404
    assert other.stock_of("tea") == 4


def test_cancelling_gives_back_stock_and_money_and_tells_the_reason() -> None:
    shop, now = a_tea_shop(), system_clock()
    group = shop.buy(a_shopper(), [("tea", 2)], now=now)

    answer = an_operator(shop).post(f"{DESK}orders/{group.number}/cancel/", reason="recalled by the maker")
    outbox.drain(SUBSCRIPTIONS)

    assert answer.status_code == 302
    assert shop.stock_of("tea") == 30
    with tenancy.as_platform(shop.platform.pk):
        assert list(Order.objects.values_list("status", flat=True)) == ["cancelled"]
        assert list(Refund.objects.values_list("amount", "is_done")) == [(group.grand_total, True)]
    told = OutboxEvent.objects.get(kind="PurchaseCancelled").payload
    assert told["reason"] == "recalled by the maker"


def test_cancelling_without_a_reason_changes_nothing() -> None:
    shop = a_tea_shop()
    group = shop.buy(a_shopper(), [("tea", 2)], now=system_clock())

    answer = an_operator(shop).post(f"{DESK}orders/{group.number}/cancel/", reason="  ")

    assert answer.status_code == 422
    assert shop.stock_of("tea") == 28
    assert not OutboxEvent.objects.filter(kind="PurchaseCancelled").exists()


def test_a_purchase_that_has_left_is_not_cancelled() -> None:
    shop, now = a_tea_shop(), system_clock()
    group = shop.buy(a_shopper(), [("tea", 2)], now=now)
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="driver", now=now)
    desk = an_operator(shop)

    assert "Cancel the purchase" not in desk.reads(f"{DESK}orders/{group.number}/")
    assert desk.post(f"{DESK}orders/{group.number}/cancel/", reason="late").status_code == 409
    with tenancy.as_platform(shop.platform.pk):
        assert list(Order.objects.values_list("status", flat=True)) == ["shipped"]


def test_a_dispatcher_may_not_cancel() -> None:
    shop = a_tea_shop()
    group = shop.buy(a_shopper(), [("tea", 2)], now=system_clock())

    answer = a_worker(Role.DISPATCHER, shop.platform).post(
        f"{DESK}orders/{group.number}/cancel/", reason="no"
    )

    assert answer.status_code == 403
    assert shop.stock_of("tea") == 28


def test_merchants_are_ranked_by_sales_with_their_rating() -> None:
    shop, now = a_tea_shop(), system_clock()
    small, _ = a_merchant(shop.platform, "dee")
    shop.listings["jam"] = a_listing(shop.platform, small, shop.centre, "jam", price=300, stock=9)
    with tenancy.as_platform(shop.platform.pk):
        tea = shop.listings["tea"]
        tea.rating_sum, tea.rating_count = 9, 2
        tea.save(update_fields=["rating_sum", "rating_count"])
        Store.objects.filter(merchant=small).update(is_open=False)
    shop.buy(a_shopper(), [("tea", 3)], now=now - timedelta(days=1))
    desk = an_operator(shop)

    page = desk.get(f"{DESK}merchants/").content.decode()

    assert page.index(f'data-merchant="{shop.merchant.pk}"') < page.index(f'data-merchant="{small.pk}"')
    best = row(page, f'data-merchant="{shop.merchant.pk}"')
    assert best.startswith("Bo approved 2 1 €15.00 €1.50 4.5")
    assert row(page, f'data-merchant="{small.pk}"').startswith("Dee closed here 1 0 €0.00")
    assert "1 merchant," in desk.reads(f"{DESK}merchants/?q=EE")


def test_a_merchant_is_shown_with_what_is_owed_to_it() -> None:
    shop, now = a_tea_shop(), system_clock()
    shop.buy(a_shopper(), [("tea", 2)], now=now - timedelta(days=1))
    other = a_shop(stock={}, prices={}, code="alster", merchant_name="cy")
    desk = an_operator(shop)

    page = desk.reads(f"{DESK}merchants/{shop.merchant.pk}/")

    assert "Takings, four weeks €10.00" in page
    assert "Owed to the merchant €9.00" in page
    assert desk.get(f"{DESK}merchants/{other.merchant.pk}/").status_code == 404


def test_money_shows_each_kind_of_account_and_what_weeks_brought() -> None:
    shop, now = a_tea_shop(), system_clock()
    group = shop.buy(a_shopper(), [("tea", 4)], now=now)

    page = an_operator(shop).reads(f"{DESK}money/")

    assert f"Money at the payment provider €{group.grand_total / 100:.2f}" in page
    assert "Owed to the merchants €18.00" in page
    assert "Commission earned €2.00" in page
    assert "€0.00 – the books balance" in page
    assert f"€20.00 €2.00 €{group.delivery_fee / 100:.2f} €0.00" in page


def test_promises_are_looked_at_when_asked_and_a_broken_one_comes_first() -> None:
    shop = a_tea_shop()
    shop.buy(a_shopper(), [("tea", 1)], now=system_clock())
    outbox.drain(SUBSCRIPTIONS)
    desk = an_operator(shop)

    before = desk.reads(f"{DESK}promises/")
    whole = desk.post(f"{DESK}promises/")
    with connections[OWNER].cursor() as cursor:
        cursor.execute("update stock_stocklevel set on_hand = on_hand + 1 where id = 1")
    broken = desk.post(f"{DESK}promises/").content.decode()

    assert "not checked yet" in before
    assert b"promises hold on the live database" in whole.content
    assert "1 promise is broken" in broken
    assert "broken 1 time" in row(broken, 'data-promise="on-hand-is-its-movements"')
    assert "holds" in row(broken, 'data-promise="trial-balance"')


def test_lists_take_as_many_queries_for_one_row_as_for_many() -> None:
    shop, now = a_tea_shop(), system_clock()
    desk = an_operator(shop)
    pages = [f"{DESK}orders/", f"{DESK}merchants/", DESK, f"{DESK}money/"]
    shop.buy(a_shopper("first"), [("tea", 1)], now=now)
    before = [desk.queries(page) for page in pages]

    for number in range(6):
        merchant, _ = a_merchant(shop.platform, f"merchant{number}")
        shop.listings[f"good{number}"] = a_listing(
            shop.platform, merchant, shop.centre, f"good{number}", price=100, stock=9
        )
        shop.buy(a_shopper(f"buyer{number}"), [(f"good{number}", 1), ("tea", 1)], now=now)

    assert [desk.queries(page) for page in pages] == before
    assert max(before) <= 40
