"""Coming in: the demo's people, names and passwords, what is carried along, and where one is sent."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from hansa.commerce.accounts.models import Membership, Platform, User
from tests.factories import a_person, a_shopper
from tests.integration.storefront.visitors import a_tea_shop, as_actor, in_cart
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO_LOGINS", True)


def a_demo_person(name: str) -> User:
    user = a_person(name)
    User.objects.filter(pk=user.pk).update(is_demo=True)
    return user


def test_the_harbour_shows_markets_and_the_people_one_may_be() -> None:
    shop = a_tea_shop()
    Membership.objects.create(
        user=a_demo_person("mette"), role=Membership.Role.MERCHANT, merchant_id=shop.merchant.pk
    )
    a_demo_person("alia")

    said = words(Client().get("/"))

    assert "Trave" in said
    assert said.index("Alia") < said.index("Mette")  # shoppers come first


@pytest.mark.parametrize(("chinese", "shown"), [("特拉沃", "特拉沃"), ("", "Trave")])
def test_a_market_without_a_chinese_name_keeps_its_own(chinese: str, shown: str) -> None:
    shop = a_tea_shop()
    Platform.objects.filter(pk=shop.platform.pk).update(name_zh=chinese)

    page = Client().get("/", headers={"Accept-Language": "zh-hans"}).content.decode()

    assert f'<a href="/trave/">{shown}</a>' in page


def test_an_empty_alliance_says_what_to_do() -> None:
    assert "Run ./hansa demo to load one." in words(Client().get("/"))


def test_one_click_signs_in_as_somebody_of_the_demo() -> None:
    shop = a_tea_shop()
    mette = a_demo_person("mette")
    Membership.objects.create(user=mette, role=Membership.Role.MERCHANT, merchant_id=shop.merchant.pk)

    answer = Client().post("/demo-sign-in/", {"username": "mette"})

    assert answer.headers["Location"] == f"/desk/merchant/trave/{shop.merchant.pk}/"


@pytest.mark.parametrize("name", ["nobody", "", "a\x00b", "bo-owner"])
def test_nobody_else_is_let_in_by_a_click(name: str) -> None:
    a_tea_shop()  # its merchant's owner, bo-owner, is no person of the demo
    browser = Client()

    assert browser.post("/demo-sign-in/", {"username": name}).status_code == 404
    assert "_auth_user_id" not in browser.session


def test_without_the_demo_there_are_no_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    a_tea_shop()
    a_demo_person("alia")
    monkeypatch.setattr(settings, "DEMO_LOGINS", False)

    assert Client().post("/demo-sign-in/", {"username": "alia"}).status_code == 404
    assert "Alia" not in words(Client().get("/"))


def test_a_visitors_cart_comes_along() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    User.objects.filter(pk=alia.user_id).update(is_demo=True)
    browser, tea = Client(), shop.listings["tea"].pk
    browser.post("/trave/cart/add/", {"listing": tea, "quantity": 3})

    browser.post("/demo-sign-in/", {"username": "alia"})

    assert in_cart(shop, alia) == {tea: 3}


def test_another_persons_cart_does_not() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    User.objects.filter(pk=cy.user_id).update(is_demo=True)
    browser, tea = as_actor(alia), shop.listings["tea"].pk
    browser.post("/trave/cart/add/", {"listing": tea})

    browser.post("/demo-sign-in/", {"username": "cy"})

    assert in_cart(shop, alia) == {tea: 1}
    assert in_cart(shop, cy) == {}


def test_a_wrong_password_keeps_the_name() -> None:
    a_tea_shop()
    User.objects.create_user("alia", password="sail-to-gotland-7")

    answer = Client().post("/sign-in/", {"login": "alia", "password": "wrong"})

    assert answer.status_code == 422
    assert 'value="alia"' in answer.content.decode()
    assert Client().post("/sign-in/", {"login": "alia", "password": "sail-to-gotland-7"}).status_code == 302


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(wanted: str) -> None:
    a_tea_shop()
    a_demo_person("alia")

    answer = Client().post("/demo-sign-in/", {"username": "alia", "next": wanted})

    assert answer.headers["Location"] == "/"


def test_one_reads_on_in_ones_own_language() -> None:
    a_tea_shop()
    browser = Client()

    browser.post("/i18n/setlang/", {"language": "zh-hans", "next": "/trave/"})

    assert '<html lang="zh-Hans"' in browser.get("/trave/").content.decode()
    assert '<html lang="en"' in Client().get("/trave/").content.decode()
