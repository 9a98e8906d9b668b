"""The cart: filled with and without a script, changed, reduced by a coupon, and never by anybody else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from hansa.commerce.checkout.models import CartLine
from hansa.commerce.promotions.models import Coupon, PromotedOffer, Promotion
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_shopper
from tests.integration.storefront.visitors import a_tea_shop, as_actor, in_cart
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")

SCRIPT = {"HX-Request": "true"}


def a_coupon(shop: Shop, code: str, name: str, percent_bp: int, *, days: int = 7) -> None:
    now = system_clock()
    with tenancy.as_platform(shop.platform.pk):
        promotion = Promotion.objects.create(
            platform=shop.platform,
            merchant=shop.merchant,
            name=f"{code} offer",
            percent_bp=percent_bp,
            funded_by="merchant",
            needs_coupon=True,
            starts_at=now - timedelta(days=10),
            ends_at=now + timedelta(days=days),
        )
        PromotedOffer.objects.create(
            platform=shop.platform, promotion=promotion, offer_id=shop.listings[name].offer_id
        )
        Coupon.objects.create(platform=shop.platform, promotion=promotion, code=code, most_uses=5)


def test_without_a_script_adding_leads_to_the_cart() -> None:
    shop, browser = a_tea_shop(), Client()

    answer = browser.post(
        "/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": 2}, follow=True
    )

    assert answer.redirect_chain == [("/trave/cart/", 302)]
    said = words(answer)
    assert "In your cart: Tea" in said
    assert "€14.90" in said  # two at 5.00 and 4.90 for delivery


def test_with_a_script_the_page_stays_and_its_count_changes() -> None:
    shop, browser = a_tea_shop(), Client()

    answer = browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk}, headers=SCRIPT)

    assert answer.status_code == 200
    assert 'id="cart-link"' in answer.content.decode()
    assert 'hx-swap-oob="true"' in answer.content.decode()
    assert 'aria-label="Cart (1)"' in answer.content.decode()
    assert json.loads(answer.headers["HX-Trigger"]) == {
        "toast": {"text": "In your cart: Tea", "level": "success"}
    }


def test_adding_again_adds_up() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser, tea = as_actor(alia), shop.listings["tea"].pk

    for _ in range(2):
        browser.post("/trave/cart/add/", {"listing": tea, "quantity": 2})

    assert in_cart(shop, alia) == {tea: 4}


@pytest.mark.parametrize("quantity", ["0", "-1", "1000", "1.5", "two", "９", "9999999999", "1;drop"])
def test_an_odd_quantity_is_refused_and_changes_nothing(quantity: str) -> None:
    shop, alia = a_tea_shop(), a_shopper()

    answer = as_actor(alia).post(
        "/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": quantity}
    )

    assert answer.status_code == 422
    assert in_cart(shop, alia) == {}


def test_a_script_is_told_of_a_refusal_without_leaving_the_page() -> None:
    a_tea_shop()

    answer = Client().post("/trave/cart/add/", {"listing": 99}, headers=SCRIPT)

    assert answer.status_code == 204
    assert json.loads(answer.headers["HX-Trigger"])["toast"] == {
        "text": "There is no listing 99 here.",
        "level": "error",
    }


def test_another_platforms_good_cannot_be_put_into_this_cart() -> None:
    here, there, alia = a_tea_shop(), a_tea_shop("gotland", "cy"), a_shopper()

    answer = as_actor(alia).post("/trave/cart/add/", {"listing": there.listings["tea"].pk})

    assert answer.status_code == 404
    assert in_cart(here, alia) == in_cart(there, alia) == {}


def test_a_form_without_its_token_changes_nothing() -> None:
    shop = a_tea_shop()
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk})

    assert answer.status_code == 403
    assert "Please send it again" in words(answer)
    with tenancy.as_platform(shop.platform.pk):
        assert CartLine.objects.count() == 0


def test_units_are_changed_and_taken_out() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser, tea = as_actor(alia), shop.listings["tea"].pk
    browser.post("/trave/cart/add/", {"listing": tea})

    browser.post("/trave/cart/line/", {"listing": tea, "quantity": "3"})
    assert in_cart(shop, alia) == {tea: 3}
    browser.post(
        "/trave/cart/line/", {"listing": tea, "quantity": ["3", "0"]}
    )  # as the button Remove sends it

    assert in_cart(shop, alia) == {}
    assert "Your cart is empty" in words(browser.get("/trave/cart/"))


def test_a_slip_in_the_cart_is_said_above_it() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser, tea = as_actor(alia), shop.listings["tea"].pk
    browser.post("/trave/cart/add/", {"listing": tea})

    answer = browser.post("/trave/cart/line/", {"listing": tea, "quantity": "5000"}, follow=True)

    assert "Between 0 and 999, not 5000." in words(answer)
    assert in_cart(shop, alia) == {tea: 1}


def test_more_than_there_is_is_pointed_out() -> None:
    shop, browser = a_tea_shop(), Client()

    browser.post("/trave/cart/add/", {"listing": shop.listings["rare"].pk, "quantity": 2})

    assert "Only 1 left" in words(browser.get("/trave/cart/"))


@pytest.mark.parametrize("code", ["NOPE", "OLD", "x" * 60, "a\x00b"])
def test_a_coupon_that_does_not_run_is_said_beside_its_field_and_stays_typed(code: str) -> None:
    shop, alia = a_tea_shop(), a_shopper()
    a_coupon(shop, "OLD", "tea", 1_000, days=-1)
    browser = as_actor(alia)
    browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk})

    answer = browser.post("/trave/cart/coupon/", {"code": code})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'class="field-error"' in page
    assert "€9.90" in words(answer)
    if code.isalpha():
        assert f'value="{code[:40]}"' in page


def test_a_coupon_takes_off_what_it_promises() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    a_coupon(shop, "SPRING", "tea", 2_000)
    browser = as_actor(alia)
    browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk})

    said = words(browser.post("/trave/cart/coupon/", {"code": "spring"}, follow=True))

    assert "You save €1.00" in said
    assert "€8.90" in said  # 4.00 and 4.90 for delivery


def test_free_delivery_is_said_to_be_near() -> None:
    shop, browser = a_tea_shop(), Client()
    browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": 6})

    assert "€5.00 more" in words(browser.get("/trave/cart/"))
    browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk})
    assert "Delivery free" in words(browser.get("/trave/cart/"))
