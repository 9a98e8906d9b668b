"""Pages that are kept for newcomers: alike for all of them, with a token of each, and not for anybody known."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.wishlists import services as wishlists
from hansa.foundation import tenancy
from hansa.web.storefront import keeping
from tests.factories import NOON, Shop, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    keeping.forget()
    with override_settings(PAGES_KEPT_S=60):
        yield
    keeping.forget()


def a_tea_shop() -> tuple[Shop, str]:
    shop = a_shop(stock={"tea": 5}, prices={"tea": 500})
    return shop, f"/trave/p/{shop.listings['tea'].pk}/"


def raise_price(shop: Shop) -> None:
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.update(price=900)


def words(client: Client, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()


def token_in(html: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)
    assert found is not None
    return found[1]


def test_newcomers_share_a_page_without_asking_the_database() -> None:
    _, path = a_tea_shop()
    first = words(Client(), path)

    with CaptureQueriesContext(connection) as asked:
        second = words(Client(), path)

    assert len(asked) == 0
    assert second.replace(token_in(second), "") == first.replace(token_in(first), "")


def test_each_newcomer_can_send_the_forms_of_a_shared_page() -> None:
    shop, path = a_tea_shop()
    words(Client(), path)
    newcomer = Client(enforce_csrf_checks=True)

    form = {"listing": shop.listings["tea"].pk, "csrfmiddlewaretoken": token_in(words(newcomer, path))}
    answer = newcomer.post("/trave/cart/add/", form)

    assert answer.status_code == 302
    assert 'id="cart-count" aria-hidden="true">1<' in words(newcomer, path)


def test_who_has_a_session_sees_what_is_now() -> None:
    shop, path = a_tea_shop()
    buyer = Client()
    buyer.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk})
    assert "€5.00" in words(Client(), path)
    raise_price(shop)

    assert "€5.00" in words(Client(), path)
    assert "€9.00" in words(buyer, path)


def test_each_language_has_a_page_of_its_own() -> None:
    _, path = a_tea_shop()

    pages = [words(Client(), path, accept_language=language) for language in ("en", "zh-hans")]

    assert ['lang="en"' in pages[0], 'lang="zh-Hans"' in pages[1]] == [True, True]


def test_a_refusal_is_not_kept() -> None:
    a_tea_shop()
    assert Client().get("/trave/p/999/").status_code == 404

    assert not keeping._pages


def test_looking_makes_no_session() -> None:
    _, path = a_tea_shop()
    client = Client()

    words(client, path)

    assert "sessionid" not in client.cookies


def test_who_only_looks_sees_nobodys_lists_carts_or_purchases() -> None:
    shop, _ = a_tea_shop()
    alia = a_shopper()
    shop.fill_cart(alia, [("tea", 2)])
    with tenancy.as_platform(shop.platform.pk):
        made = wishlists.make_list(platform_id=shop.platform.pk, actor=alia, name="For Bo", now=NOON)

    lists = Client().get("/trave/lists/")

    assert (lists.status_code, "For Bo" in lists.content.decode()) == (200, False)
    assert Client().get(f"/trave/lists/{made.pk}/").status_code == 404
    assert "Your cart is empty" in words(Client(), "/trave/cart/")
    assert Client().get("/trave/purchases/").status_code == 302
