"""Buying in a group on the pages: from the good to the group, to the purchase that waits, and to what becomes of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from hansa.commerce.orders.models import Order
from hansa.commerce.promotions import groups
from hansa.commerce.promotions import services as promotions
from hansa.commerce.promotions.domain import GROUP_OPEN_FOR, Kind
from hansa.commerce.promotions.models import BuyingGroup, Promotion
from hansa.commerce.promotions.services import Terms
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_shopper
from tests.integration.storefront.visitors import a_tea_shop, as_actor, purchases_at, the_form
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")


def a_group_buy(shop: Shop) -> None:
    """Tea for three tenths less, for two."""
    now = system_clock()
    with tenancy.as_platform(shop.platform.pk):
        promotions.start_promotion(
            actor=shop.owner,
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            terms=Terms("Together", Kind.GROUP, percent_bp=3_000, needed_buyers=2),
            offer_ids=[shop.listings["tea"].offer_id],
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=9),
        )


def the_group(shop: Shop) -> BuyingGroup:
    with tenancy.as_platform(shop.platform.pk):
        return BuyingGroup.objects.get()


def settle(shop: Shop, *, late: bool = False) -> None:
    if late:
        with tenancy.as_platform(shop.platform.pk):
            groups.settle_due(platform_id=shop.platform.pk, now=system_clock() + GROUP_OPEN_FOR)
    outbox.drain(SUBSCRIPTIONS)


def start(shop: Shop, browser: Client) -> str:
    """Open a group and answer the purchase's page."""
    url = f"/trave/p/{shop.listings['tea'].pk}/together/?quantity=2"
    return check_out(browser, url)


def join(shop: Shop, browser: Client) -> str:
    return check_out(browser, f"/trave/groups/{the_group(shop).pk}/join/")


def check_out(browser: Client, url: str) -> str:
    page = browser.get(url).content.decode()
    windows = re.findall(r'name="window" value="([^"]+)"', page)
    return words(browser.post(url, the_form(page, window=windows[0]), follow=True))


def orders_of(shop: Shop) -> list[Order]:
    with tenancy.as_platform(shop.platform.pk):
        return list(Order.objects.all())


def test_two_buy_together_and_are_told() -> None:
    shop = a_tea_shop()
    a_group_buy(shop)
    tea = f"/trave/p/{shop.listings['tea'].pk}/"
    alia, bea = as_actor(a_shopper("alia")), as_actor(a_shopper("bea"))
    assert "3.50 each when 2 buyers join in" in words(Client().get(tea))

    page = start(shop, alia)

    group = the_group(shop)
    assert "Your purchase waits for its group 1 of 2 buyers, until" in page
    assert [each.grand_total for each in purchases_at(shop)] == [2 * 350 + 490]
    assert "1 of 2 buyers, until" in words(bea.get(tea))
    seen = words(Client().get(f"/trave/groups/{group.pk}/"))
    assert "1 buyer is missing" in seen
    assert f"http://testserver/trave/groups/{group.pk}/" in seen
    assert "You are in this group" in words(alia.get(f"/trave/groups/{group.pk}/"))

    join(shop, bea)
    settle(shop)

    assert "Your group for Tea has formed" in words(alia.get("/trave/notices/"))
    assert [order.status for order in orders_of(shop)] == ["paid", "paid"]
    assert "formed" in words(Client().get(f"/trave/groups/{group.pk}/"))


def test_a_group_that_fails_is_said_where_one_looks() -> None:
    shop = a_tea_shop()
    a_group_buy(shop)
    browser = as_actor(a_shopper())
    start(shop, browser)

    settle(shop, late=True)

    number = purchases_at(shop)[0].number
    assert "Your group did not come together" in words(browser.get(f"/trave/purchases/{number}/"))
    assert "nothing is charged" in words(browser.get("/trave/notices/"))
    answer = browser.get(f"/trave/groups/{the_group(shop).pk}/join/", follow=True)
    assert "did not come together" in words(answer)
    assert shop.stock_of("tea") == 10


def test_a_guest_is_asked_to_sign_in_first() -> None:
    shop = a_tea_shop()
    a_group_buy(shop)

    answer = Client().get(f"/trave/p/{shop.listings['tea'].pk}/together/")

    assert (answer.status_code, "next=/trave/p/" in answer["Location"]) == (302, True)


def test_a_good_without_a_group_buy_leads_back_to_its_page() -> None:
    shop = a_tea_shop()
    tea = f"/trave/p/{shop.listings['tea'].pk}/"
    browser = as_actor(a_shopper())

    answer = browser.get(f"{tea}together/", follow=True)

    assert answer.redirect_chain == [(tea, 302)]
    assert "There is no group buy of this good now." in words(answer)
    assert "Group buy" not in words(browser.get(tea))


def test_the_desk_starts_a_group_buy_and_sees_what_waits() -> None:
    shop = a_tea_shop()
    desk, home = as_actor(shop.owner), f"/desk/merchant/trave/{shop.merchant.pk}"
    form = {
        "kind": "group",
        "name": "Together",
        "percent": "30",
        "needed_buyers": "2",
        "days": "7",
        "offers": [shop.listings["tea"].offer_id],
    }

    answer = desk.post(f"{home}/promotions/", form, follow=True)
    start(shop, as_actor(a_shopper()))

    assert "30% off for buyers in a group" in words(answer)
    with tenancy.as_platform(shop.platform.pk):
        assert Promotion.objects.values_list("kind", "percent_bp", "needed_buyers").get() == (
            "group",
            3_000,
            2,
        )
    assert "waits for its group: 1 of 2, until" in words(desk.get(f"{home}/orders/"))
    (order,) = orders_of(shop)
    shown = words(desk.get(f"{home}/orders/{order.pk}/"))
    assert "This order waits for its group" in shown
    assert "Send a parcel" not in shown
