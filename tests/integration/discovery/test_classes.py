"""Classes of preference in the shop: made from what people bought, named, browsed, and kept apart by platform."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.catalogue.models import Listing, Product
from hansa.commerce.discovery import selectors, services
from hansa.commerce.discovery.models import ClassedGood
from hansa.commerce.recommendations import services as recommendations
from hansa.foundation import tenancy
from hansa.kernel.errors import NotFound
from tests.factories import NOON, Shop, a_platform, a_shop, a_shopper
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")

CAMPS = {"tea": "茶", "bolt": "螺栓", "wool": "羊毛", "lamp": "灯笼"}
EACH = 5


@pytest.fixture
def shop() -> Shop:
    """Four camps of taste: who looks at one tea looks at the other teas, and so on."""
    goods = [f"{camp} {letter}" for camp in CAMPS for letter in "abcde"]
    found = a_shop(stock=dict.fromkeys(goods, 9), prices=dict.fromkeys(goods, 300))
    for name, listing in found.listings.items():
        Product.objects.filter(pk=listing.product_id).update(title_zh=f"{CAMPS[name.split()[0]]}甲")
    with tenancy.as_platform(found.platform.pk):
        for place in range(24):
            person = a_shopper(f"person-{place}")
            camp = list(CAMPS)[place % 4]
            for minute, letter in enumerate("abcde"):
                behaviour.record_view(
                    platform_id=found.platform.pk,
                    actor=person,
                    listing_id=found.listings[f"{camp} {letter}"].pk,
                    now=NOON - timedelta(days=place % 7, minutes=minute),
                )
    agree_all()
    recommendations.refit(platform_id=found.platform.pk, now=NOON)
    return found


def agree_all() -> None:
    from hansa.commerce.accounts.models import User

    User.objects.update(consents_to_personalisation=True)


def numbers_of(shop: Shop) -> dict[str, int]:
    """The class of each good, by its name."""
    with tenancy.as_platform(shop.platform.pk):
        of_listing = dict(ClassedGood.objects.values_list("listing_id", "preference_class__number"))
    return {name: of_listing[good.pk] for name, good in shop.listings.items() if good.pk in of_listing}


def test_goods_that_the_same_people_like_are_one_class(shop: Shop) -> None:
    count = services.classify(platform_id=shop.platform.pk, now=NOON)

    numbers = numbers_of(shop)
    assert count == 4
    assert len(numbers) == 20
    assert all(len({numbers[f"{camp} {letter}"] for letter in "abcde"}) == 1 for camp in CAMPS)
    with tenancy.as_platform(shop.platform.pk):
        named = {
            each.number: (each.name, each.name_zh, each.size)
            for each in selectors.classes_of(shop.platform.pk)
        }
    tea = named[numbers["tea a"]]
    assert tea == ("tea", "茶甲", EACH) or tea[0] == "tea"


def test_a_second_night_keeps_the_numbers(shop: Shop) -> None:
    services.classify(platform_id=shop.platform.pk, now=NOON)
    before = numbers_of(shop)

    services.classify(platform_id=shop.platform.pk, now=NOON + timedelta(days=1), seed=7)

    assert numbers_of(shop) == before


def test_the_page_shows_each_class_by_its_name_and_leads_into_it(shop: Shop) -> None:
    services.classify(platform_id=shop.platform.pk, now=NOON)
    number = numbers_of(shop)["bolt a"]

    every, one = Client().get("/trave/classes/"), Client().get(f"/trave/classes/{number}/")

    assert every.status_code == one.status_code == 200
    assert f"/trave/classes/{number}/" in every.content.decode()
    assert "Bolt A" in words(one)
    assert "Tea A" not in words(one)
    assert "5 goods" in words(one)


def test_what_is_no_longer_for_sale_is_not_shown(shop: Shop) -> None:
    services.classify(platform_id=shop.platform.pk, now=NOON)
    number = numbers_of(shop)["wool a"]
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.filter(pk=shop.listings["wool a"].pk).update(is_active=False)

        found = selectors.goods_of(
            selectors.get_class(platform_id=shop.platform.pk, number=number), page=1, page_size=24
        )

    assert found.total == 4
    assert shop.listings["wool a"].pk not in {listing.pk for listing in found.listings}


def test_without_a_recommender_there_are_no_classes_and_the_page_says_so() -> None:
    platform = a_platform()

    assert services.classify(platform_id=platform.pk, now=NOON) == 0
    assert "No classes yet" in words(Client().get("/trave/classes/"))


@pytest.mark.parametrize("number", ["77", "99999999999999999999"])
def test_a_class_that_is_not_there_is_not_found(number: str) -> None:
    a_platform()

    assert Client().get(f"/trave/classes/{number}/").status_code == 404


def test_classes_of_another_platform_do_not_exist_here(shop: Shop) -> None:
    services.classify(platform_id=shop.platform.pk, now=NOON)
    other = a_platform("gotland")
    number = numbers_of(shop)["tea a"]

    with tenancy.as_platform(other.pk):
        assert list(selectors.classes_of(other.pk)) == []
        with pytest.raises(NotFound, match=f"there is no class {number} here"):
            selectors.get_class(platform_id=other.pk, number=number)
