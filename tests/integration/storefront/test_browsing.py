"""Looking around the shop: what opens, what does not exist for whom, and how many queries it takes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hansa.commerce.accounts.models import User
from hansa.commerce.behaviour.models import BehaviourEvent, Follow
from hansa.commerce.catalogue.models import Listing
from hansa.foundation import tenancy
from hansa.web.storefront import pages
from tests.factories import Shop, a_merchant, a_platform, a_shop, a_shopper
from tests.integration.storefront.visitors import a_tea_shop, as_actor, who_agrees
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")

PAGES = ["", "search/", "search/?q=tea", "c/pantry/", "m/bo/", "p/1/", "cart/"]


def acts_at(shop: Shop) -> list[tuple[str, int | None]]:
    with tenancy.as_platform(shop.platform.pk):
        return list(BehaviourEvent.objects.order_by("pk").values_list("kind", "listing_id"))


@pytest.mark.parametrize("page", PAGES)
def test_anybody_may_look_around(page: str) -> None:
    a_tea_shop()

    answer = Client().get(f"/trave/{page}")

    assert answer.status_code == 200
    assert answer.content.count(b"<h1") == 1


@pytest.mark.parametrize(
    "path", ["/nowhere/", "/trave/nothing/", "/trave/c/none/", "/trave/m/none/", "/trave/p/9/"]
)
def test_what_does_not_exist_is_said_on_a_page_of_ours(path: str) -> None:
    a_tea_shop()

    answer = Client().get(path)

    assert answer.status_code == 404
    assert "Not found" in words(answer)


@pytest.mark.parametrize("number", ["99999999999999999999", "9223372036854775808"])
def test_a_number_that_no_table_holds_is_not_found(number: str) -> None:
    a_tea_shop()

    assert Client().get(f"/trave/p/{number}/").status_code == 404


def test_another_platforms_good_does_not_exist_here_and_is_not_noted() -> None:
    here, there = a_tea_shop(), a_tea_shop("gotland", "cy")
    foreign = there.listings["tea"].pk

    answer = who_agrees().get(f"/trave/p/{foreign}/")

    assert answer.status_code == 404
    assert acts_at(here) == acts_at(there) == []


def test_a_merchant_without_a_store_here_has_no_front_here() -> None:
    a_tea_shop()
    a_merchant(a_platform("gotland"), "cy")

    assert Client().get("/trave/m/cy/").status_code == 404
    assert Client().get("/gotland/m/cy/").status_code == 200


def test_a_hidden_good_is_gone_from_every_page() -> None:
    shop = a_tea_shop()
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.filter(pk=shop.listings["salt"].pk).update(is_active=False)

    assert Client().get(f"/trave/p/{shop.listings['salt'].pk}/").status_code == 404
    assert "Salt" not in words(Client().get("/trave/search/"))


@pytest.mark.parametrize(
    ("name", "said", "can_be_bought"),
    [("salt", "In stock", True), ("tea", "Only 10 left", True), ("gone", "Sold out for now", False)],
)
def test_the_page_of_a_good_says_how_much_is_left(name: str, said: str, can_be_bought: bool) -> None:
    shop = a_tea_shop()

    answer = Client().get(f"/trave/p/{shop.listings[name].pk}/")

    assert said in words(answer)
    assert ('id="add-to-cart"' in answer.content.decode()) == can_be_bought


@pytest.mark.parametrize("number", ["0", "-3", "x", "", "1e3", "½", "00000000000000009"])
def test_an_odd_page_number_opens_a_page_all_the_same(number: str) -> None:
    a_tea_shop()

    assert Client().get("/trave/search/", {"page": number}).status_code == 200


def test_a_page_behind_the_last_leads_to_the_last() -> None:
    a_tea_shop()

    said = words(Client().get("/trave/search/?page=7"))

    assert "There are no more pages" in said


@pytest.mark.parametrize("text", ["\x00", "te\x00a", "' or 1=1 --", "a & | !", "((((", "x" * 5_000, "茶"])
def test_no_words_break_the_search(text: str) -> None:
    a_tea_shop()

    assert who_agrees().get("/trave/search/", {"q": text}).status_code == 200


def test_who_finds_nothing_is_offered_something() -> None:
    a_tea_shop()

    said = words(Client().get("/trave/search/?q=zzzz"))

    assert "Nothing found" in said
    assert "Popular here" in said


def test_a_chinese_reader_reads_the_chinese_name() -> None:
    shop = a_tea_shop()
    product = shop.listings["tea"].product
    product.title_zh = "正山小种"
    product.save(update_fields=["title_zh"])
    browser = Client(headers={"accept-language": "zh-hans"})

    assert "正山小种" in words(browser.get(f"/trave/p/{shop.listings['tea'].pk}/"))


@pytest.mark.parametrize(
    ("browser_says", "headers", "noted"),
    [("yes", {}, True), ("no", {}, False), ("yes", {"sec-gpc": "1"}, False), ("yes", {"dnt": "1"}, False)],
)
def test_a_look_is_noted_only_by_consent(browser_says: str, headers: dict[str, str], noted: bool) -> None:
    shop = a_tea_shop()
    tea = shop.listings["tea"].pk

    who_agrees(browser_says).get(f"/trave/p/{tea}/", headers=headers)

    assert acts_at(shop) == ([("view", tea)] if noted else [])


def test_who_has_not_been_asked_is_not_noted() -> None:
    shop = a_tea_shop()

    Client().get(f"/trave/p/{shop.listings['tea'].pk}/")
    Client().get("/trave/search/?q=tea")

    assert acts_at(shop) == []


def test_a_person_withdraws_consent_at_the_foot_of_a_page() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)

    browser.post("/consent/", {"consent": "no", "next": "/trave/"})
    browser.get(f"/trave/p/{shop.listings['tea'].pk}/")

    assert acts_at(shop) == []
    assert not User.objects.get(pk=alia.user_id).consents_to_personalisation


def test_one_follows_a_merchant_and_stops() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)

    for button, expected in (("on", 1), ("on", 1), ("off", 0)):
        browser.post("/trave/m/bo/follow/", {"follow": button})
        assert Follow.objects.filter(merchant=shop.merchant).count() == expected


def test_a_guest_cannot_follow() -> None:
    a_tea_shop()

    answer = Client().post("/trave/m/bo/follow/")

    assert answer.status_code == 422
    assert "Sign in to follow a merchant" in words(answer)
    assert Follow.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["p/1/hide/", "m/bo/follow/", "cart/add/", "cart/line/", "cart/coupon/", "events/"]
)
def test_what_changes_something_is_not_done_by_looking(path: str) -> None:
    a_tea_shop()

    assert Client().get(f"/trave/{path}").status_code == 405


@pytest.mark.parametrize(
    ("page", "bound"), [("", 25), ("search/?q=good", 21), ("c/pantry/", 21), ("m/bo/", 24), ("p/1/", 31)]
)
def test_pages_take_as_many_queries_for_thirty_goods_as_for_three(page: str, bound: int) -> None:
    few, many = queries_of(3, page), queries_of(30, page)

    assert few == many
    assert many <= bound


def queries_of(count: int, page: str) -> int:
    """How many statements a signed-in person's page takes, once what is kept in memory is there."""
    code = f"market{count}"
    names = [f"good{number}" for number in range(count)]
    shop = a_shop(
        stock=dict.fromkeys(names, 50),
        prices=dict.fromkeys(names, 200),
        code=code,
        merchant_name="bo" if count == 3 else "cy",
    )
    path = page.replace("m/bo/", f"m/{shop.merchant.slug}/").replace(
        "p/1/", f"p/{shop.listings['good0'].pk}/"
    )
    browser = as_actor(a_shopper(f"alia-{count}"))
    pages._departments.cache_clear()
    browser.get(f"/{code}/{path}")
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/{code}/{path}").status_code == 200
    return len(captured)
