"""Searching a shop: words, mistakes, synonyms, pinyin, facets, and what each platform may see."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hansa.commerce.catalogue import selectors, services
from hansa.commerce.catalogue.models import Attribute, AttributeValue, Brand, Findable, Listing, VariantValue
from hansa.commerce.catalogue.search import spelling
from hansa.commerce.catalogue.search.port import Question
from hansa.commerce.catalogue.selectors import Found
from hansa.commerce.stock import availability
from hansa.foundation import tenancy
from hansa.kernel.errors import Forbidden, InvalidInput
from tests.factories import NOON, Shop, a_shop, an_operator

pytestmark = pytest.mark.usefixtures("database")

STOCK = {"green tea": 5, "black tea": 0, "chocolate": 9, "teapot": 3}
PRICES = {"green tea": 450, "black tea": 350, "chocolate": 150, "teapot": 2_900}


def a_shop_to_search() -> Shop:
    return a_shop(stock=STOCK, prices=PRICES)


def find(shop: Shop, **asked: object) -> Found:
    with tenancy.as_platform(shop.platform.pk):
        return selectors.find(Question(platform_id=shop.platform.pk, **asked))  # type: ignore[arg-type]


def titles(found: Found) -> list[str]:
    return [listing.title for listing in found.listings]


def counts(found: Found, name: str) -> dict[int, int]:
    return {c.id: c.count for facet in found.facets if facet.name == name for c in facet.choices}


def call(shop: Shop, name: str, *, chinese: str = "", brand: str = "") -> None:
    listing = shop.listings[name]
    listing.product.title_zh, listing.product.brand = chinese, brand
    listing.product.save(update_fields=["title_zh", "brand"])
    with tenancy.as_platform(shop.platform.pk):
        services.index(listing)


def test_every_word_must_match_and_the_last_may_be_a_beginning() -> None:
    shop = a_shop_to_search()

    assert titles(find(shop, text="green te")) == ["Green Tea"]
    assert titles(find(shop, text="tea")) == ["Green Tea", "Black Tea", "Teapot"]
    assert titles(find(shop, text="purple tea")) == []


@pytest.mark.parametrize("text", ["choclate", "chocolaet", "chocolatte", "xhocolate"])
def test_a_mistyped_word_finds_what_was_meant(text: str) -> None:
    found = find(a_shop_to_search(), text=text)

    assert titles(found) == ["Chocolate"]
    assert found.corrected == "chocolate"


def test_what_is_nothing_like_a_word_of_the_shop_finds_nothing() -> None:
    found = find(a_shop_to_search(), text="gearbox")

    assert (found.total, found.corrected) == (0, "")


def test_chinese_goods_are_found_in_characters_and_in_pinyin() -> None:
    shop = a_shop_to_search()
    call(shop, "chocolate", chinese="纯牛奶巧克力")

    for text in ("牛奶", "niunai", "qiaokeli", "NiuNai"):
        assert titles(find(shop, text=text)) == ["Chocolate"]


def test_synonyms_find_each_other_until_they_are_removed() -> None:
    shop = a_shop_to_search()
    olga = an_operator(shop)
    with tenancy.as_platform(shop.platform.pk):
        group = services.add_synonyms(
            actor=olga, platform_id=shop.platform.pk, phrases=["brew", "green tea"], now=NOON
        )

    assert titles(find(shop, text="brew")) == ["Green Tea"]

    with tenancy.as_platform(shop.platform.pk):
        services.remove_synonyms(actor=olga, platform_id=shop.platform.pk, group_id=group.pk)
    assert titles(find(shop, text="brew")) == []


def test_only_the_operator_says_what_means_the_same() -> None:
    shop = a_shop_to_search()

    with tenancy.as_platform(shop.platform.pk):
        with pytest.raises(Forbidden):
            services.add_synonyms(
                actor=shop.owner, platform_id=shop.platform.pk, phrases=["a1", "b2"], now=NOON
            )
        with pytest.raises(InvalidInput, match="2 to 12 phrases"):
            services.add_synonyms(
                actor=an_operator(shop), platform_id=shop.platform.pk, phrases=["tea", " tea "], now=NOON
            )


def test_facets_count_what_choosing_would_leave() -> None:
    shop = a_shop_to_search()
    call(shop, "green tea", brand="Kogge")
    call(shop, "teapot", brand="Holk")
    kogge = Brand.objects.get(name="Kogge")

    found = find(shop, text="tea", brands=(kogge.pk,))

    assert titles(found) == ["Green Tea"]
    assert counts(found, "brand") == {kogge.pk: 1, Brand.objects.get(name="Holk").pk: 1}
    assert counts(found, "price") == {1: 1}


def test_attributes_narrow_and_are_counted() -> None:
    shop = a_shop_to_search()
    colour = Attribute.objects.create(code="colour", name="Colour", name_zh="颜色")
    green, black = (AttributeValue.objects.create(attribute=colour, text=text) for text in ("green", "black"))
    for name, value in (("green tea", green), ("black tea", black)):
        variant = shop.listings[name].offer.variant
        VariantValue.objects.create(variant=variant, attribute=colour, value=value)
        with tenancy.as_platform(shop.platform.pk):
            services.index(shop.listings[name])

    found = find(shop, attributes=((colour.pk, (green.pk,)),))

    assert titles(found) == ["Green Tea"]
    assert counts(found, f"attribute:{colour.pk}") == {green.pk: 1, black.pk: 1}


def test_the_search_learns_what_is_sold_out() -> None:
    shop = a_shop_to_search()

    assert availability.tell_every_search() == 1
    assert titles(find(shop, text="tea", in_stock=True)) == ["Green Tea", "Teapot"]
    assert availability.tell_every_search() == 0


def test_a_new_price_and_a_hidden_good_are_known_at_once() -> None:
    shop = a_shop_to_search()
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.filter(pk=shop.listings["teapot"].pk).update(price=190)
        Listing.objects.filter(pk=shop.listings["chocolate"].pk).update(is_active=False)

    assert titles(find(shop, bands=(0,))) == ["Teapot"]
    assert not Findable.objects.filter(listing_id=shop.listings["chocolate"].pk).exists()


def test_another_platforms_goods_are_not_found_here() -> None:
    here = a_shop_to_search()
    a_shop(stock={"amber": 1}, prices={"amber": 900}, code="gotland", merchant_name="cy")

    assert find(here, text="amber").total == 0
    assert find(here, text="ambre").total == 0


def test_the_database_and_the_program_make_the_same_deletions() -> None:
    for word in ("milk", "chocolate", "abba", "biscuits"):
        with connection.cursor() as cursor:
            cursor.execute("select search_deletions(%s)", [word])
            assert set(cursor.fetchone()[0]) == spelling.deletions(word)


def test_a_search_takes_few_statements_however_much_it_finds() -> None:
    shop = a_shop_to_search()

    with tenancy.as_platform(shop.platform.pk), CaptureQueriesContext(connection) as statements:
        selectors.find(Question(platform_id=shop.platform.pk, text="tea"))

    assert len(statements) == 5  # the platform's name, synonyms, what matches, the listings, the names


def test_the_page_narrows_without_script() -> None:
    shop = a_shop_to_search()
    availability.tell_every_search()

    page = Client().get("/trave/search/", {"q": "tea", "stock": "yes", "order": "price"}).content.decode()

    assert page.index("Green Tea") < page.index("Teapot")
    assert "Black Tea" not in page
    assert '<input type="checkbox" name="stock" value="yes" checked>' in page
    assert shop.platform.code == "trave"


def test_suggestions_come_while_one_types() -> None:
    a_shop_to_search()

    answer = Client().get("/trave/search/suggestions/", {"q": "choc"}).content.decode()

    assert answer.strip() == '<option value="Chocolate"></option>'
