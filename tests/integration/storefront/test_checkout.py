"""Buying in the shop: by guests and by people, once however often it is sent, and never by half."""

from __future__ import annotations

import pytest
from django.test import Client

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders.models import OrderGroup
from hansa.foundation import invariants, tenancy
from tests.factories import DOOR, Shop, a_shopper
from tests.integration.storefront.visitors import a_tea_shop, as_actor, in_cart, purchases_at, the_form
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")


def with_tea(shop: Shop, browser: Client, quantity: int = 2) -> str:
    """Put tea into the cart and answer the checkout page."""
    browser.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": quantity})
    return browser.get("/trave/checkout/").content.decode()


def test_a_guest_buys_and_keeps_the_address_that_opens_the_purchase() -> None:
    shop, browser = a_tea_shop(), Client()
    form = the_form(with_tea(shop, browser), email="alia@example.org")

    answer = browser.post("/trave/checkout/", form, follow=True)

    group = purchases_at(shop)[0]
    url = f"/trave/purchases/{group.number}/?token={group.token}"
    assert answer.redirect_chain == [(url, 302)]
    assert "You bought as a guest" in words(answer)
    assert (group.buyer_id, group.email, group.grand_total) == (None, "alia@example.org", 1_490)
    assert shop.stock_of("tea") == 8
    assert Client().get(url).status_code == 200
    assert Client().get(f"/trave/purchases/{group.number}/").status_code == 404
    assert Client().get(f"/trave/purchases/{group.number}/?token=guessed").status_code == 404


def test_a_guest_leaves_an_address_for_news() -> None:
    shop, browser = a_tea_shop(), Client()
    form = the_form(with_tea(shop, browser))

    answer = browser.post("/trave/checkout/", form)

    assert answer.status_code == 422
    assert "E-mail : This field is required." in words(answer)
    assert purchases_at(shop) == []


def test_a_person_finds_the_address_filled_in_and_buys() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)
    page = with_tea(shop, browser)

    answer = browser.post("/trave/checkout/", the_form(page))

    group = purchases_at(shop)[0]
    assert f'value="{DOOR.street}"' in page
    assert answer.headers["Location"] == f"/trave/purchases/{group.number}/"
    assert group.buyer_id == alia.user_id
    assert in_cart(shop, alia) == {}


def test_a_form_that_is_sent_twice_buys_once() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    form = the_form(with_tea(shop, browser))

    first, second = browser.post("/trave/checkout/", form), browser.post("/trave/checkout/", form)

    assert first.headers["Location"] == second.headers["Location"]
    assert len(purchases_at(shop)) == 1
    assert shop.stock_of("tea") == 8


@pytest.mark.parametrize("field", ["recipient", "street", "postal_code", "city"])
def test_what_is_missing_is_said_and_what_was_typed_stays(field: str) -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    typed = {
        "recipient": "Somebody Else",
        "street": "Fischergrube 7",
        "postal_code": "23554",
        "city": "Bremen",
    }
    form = the_form(with_tea(shop, browser), **(typed | {field: "  "}))

    answer = browser.post("/trave/checkout/", form)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'href="#id_{field}"' in page
    assert all(f'value="{text}"' in page for name, text in typed.items() if name != field)
    assert purchases_at(shop) == []
    assert shop.stock_of("tea") == 10


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", ""),
        ("key", "short"),
        ("agreed_total", "-1"),
        ("agreed_total", "free"),
        ("window", "20200101T09"),
        ("method", "tok_of_my_own"),
        ("country", "ZZ"),
        ("street", "a\x00b"),
        ("recipient", "x" * 200),
    ],
)
def test_a_malformed_form_is_refused_and_buys_nothing(field: str, value: str) -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    form = the_form(with_tea(shop, browser)) | {field: value}

    answer = browser.post("/trave/checkout/", form)

    assert answer.status_code == 422
    assert "Please look again" in words(answer)
    assert purchases_at(shop) == []
    assert shop.stock_of("tea") == 10


def test_a_declined_card_gives_the_cart_back_and_another_one_buys() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)
    form = the_form(with_tea(shop, browser), method="tok_declined", street="Fischergrube 7")

    refused = browser.post("/trave/checkout/", form)

    assert refused.status_code == 409
    assert "The card was declined." in words(refused)
    assert 'value="Fischergrube 7"' in refused.content.decode()
    assert in_cart(shop, alia) == {shop.listings["tea"].pk: 2}
    assert shop.stock_of("tea") == 10
    assert browser.post("/trave/checkout/", the_form(refused.content.decode())).status_code == 302


def test_a_new_price_has_to_be_agreed_to() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    form = the_form(with_tea(shop, browser))
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.filter(pk=shop.listings["tea"].pk).update(price=600)

    answer = browser.post("/trave/checkout/", form)

    assert answer.status_code == 409
    assert "Buy now for €16.90" in words(answer)
    assert purchases_at(shop) == []


def test_what_is_sold_out_meanwhile_is_named() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    form = the_form(with_tea(shop, browser, 8))
    shop.buy(a_shopper("cy"), [("tea", 5)])

    answer = browser.post("/trave/checkout/", form)

    assert answer.status_code == 409
    assert "Tea" in words(answer)
    assert len(purchases_at(shop)) == 1
    assert shop.stock_of("tea") == 5


def test_what_is_taken_off_sale_meanwhile_is_not_bought() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    browser.post("/trave/cart/add/", {"listing": shop.listings["salt"].pk})
    page = with_tea(shop, browser)
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.filter(pk=shop.listings["salt"].pk).update(is_active=False)

    assert browser.post("/trave/checkout/", the_form(page)).status_code == 409  # the total has changed
    again = browser.get("/trave/checkout/").content.decode()
    assert browser.post("/trave/checkout/", the_form(again)).status_code == 302
    assert shop.stock_of("salt") == 40


def test_a_cart_with_nothing_for_sale_left_leads_back_to_the_cart() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    form = the_form(with_tea(shop, browser)) | {"agreed_total": "0"}
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.update(is_active=False)

    answer = browser.post("/trave/checkout/", form)

    assert answer.headers["Location"] == "/trave/cart/"
    assert purchases_at(shop) == []


def test_the_map_place_comes_from_the_known_address_never_from_the_form() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    form = the_form(with_tea(shop, browser), latitude="nan", longitude="500")

    browser.post("/trave/checkout/", form)

    group = purchases_at(shop)[0]
    assert (group.latitude, group.longitude) == (DOOR.latitude, DOOR.longitude)


def test_an_answer_that_is_lost_shows_a_purchase_that_waits_for_its_payment() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    form = the_form(with_tea(shop, browser), method="tok_no_answer")

    answer = browser.post("/trave/checkout/", form, follow=True)

    assert answer.status_code == 200
    assert "placed" in words(answer)
    with tenancy.as_platform(shop.platform.pk):
        assert OrderGroup.objects.get().orders.get().status == "placed"


def test_an_empty_cart_has_no_checkout() -> None:
    a_tea_shop()

    assert Client().get("/trave/checkout/").headers["Location"] == "/trave/cart/"


def test_nothing_is_out_of_balance_after_all_that() -> None:
    shop, browser = a_tea_shop(), as_actor(a_shopper())
    for method in ("tok_declined", "tok_ok"):
        browser.post("/trave/checkout/", the_form(with_tea(shop, browser), method=method))

    assert [finding.invariant.name for finding in invariants.check() if not finding.holds] == []
