"""Pages of bundles, price lists and taxes: what they do, what they refuse, and whom they let in."""

from __future__ import annotations

import pytest

from hansa.commerce.accounts.models import User
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import CatalogueChange, Category
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.pricing.models import CategoryTax, ListPrice, PriceList, TaxSettings
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_shop
from tests.integration.catalogue.test_selling import a_second_offer
from tests.integration.web.desks import Role, a_worker, somebody, words

pytestmark = pytest.mark.usefixtures("database")
PRICES = "/desk/operator/trave/prices/"


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 10, "cup": 4}, prices={"tea": 500, "cup": 800})


def price_of(shop: Shop, name: str, quantity: int = 1) -> int:
    with tenancy.as_platform(shop.platform.pk):
        basket = pricing.Basket(
            platform_id=shop.platform.pk, wanted={shop.listings[name].pk: quantity}, now=NOON
        )
        return pricing.quote(basket).items_total


def rate_of(shop: Shop, name: str) -> int:
    with tenancy.as_platform(shop.platform.pk):
        basket = pricing.Basket(platform_id=shop.platform.pk, wanted={shop.listings[name].pk: 1}, now=NOON)
        return pricing.quote(basket).lines[0].tax_bp


def test_a_merchant_makes_a_bundle_and_sees_how_many_there_are() -> None:
    shop = a_tea_shop()
    visitor = somebody(User.objects.get(pk=shop.owner.user_id))
    path = f"/desk/merchant/trave/{shop.merchant.pk}/bundles/"
    tea, cup = shop.listings["tea"].offer_id, shop.listings["cup"].offer_id
    form = {"title": "Tea for two", "sku": "tea-set", "price": "16.50"}

    too_few = visitor.post(path, **form, **{f"units-{tea}": "1"})
    made = visitor.post(path, **form, **{f"units-{tea}": "1", f"units-{cup}": "2"})

    assert (too_few.status_code, "at least two units" in words(too_few)) == (422, True)
    assert made.status_code == 302
    page = visitor.reads(path)
    assert "Tea for two tea-set 1 × Tea, 2 × Cup 2 €16.50" in page
    with tenancy.as_platform(shop.platform.pk):
        assert (
            len(catalogue.bundles_of_merchant(platform_id=shop.platform.pk, merchant_id=shop.merchant.pk))
            == 1
        )


def test_a_price_list_goes_before_the_merchants_price_from_its_quantity_on() -> None:
    shop = a_tea_shop()
    operator = a_worker(Role.OPERATOR, shop.platform)

    assert operator.post(PRICES, do="list", name="Spring", priority="10").status_code == 302
    with tenancy.as_platform(shop.platform.pk):
        spring = PriceList.objects.get()
    price = {"do": "price", "price_list": str(spring.pk), "sku": "trave-bo-tea", "min_quantity": "3"}
    assert operator.post(PRICES, **price, price="4.50").status_code == 302

    assert (price_of(shop, "tea"), price_of(shop, "tea", 3)) == (500, 1_350)
    assert operator.post(PRICES, **price, price="").status_code == 302
    assert price_of(shop, "tea", 3) == 1_500
    with tenancy.as_platform(shop.platform.pk):
        assert ListPrice.objects.count() == 0
    assert CatalogueChange.objects.filter(what="price list").count() == 3


def test_a_list_price_of_what_several_merchants_offer_is_for_the_one_that_is_chosen() -> None:
    shop = a_tea_shop()
    second = a_second_offer(shop, "tea", price=400, stock=3)
    operator = a_worker(Role.OPERATOR, shop.platform)
    operator.post(PRICES, do="list", name="Spring", priority="10")
    with tenancy.as_platform(shop.platform.pk):
        spring = PriceList.objects.get()
    price = {"do": "price", "price_list": str(spring.pk), "sku": "trave-bo-tea", "min_quantity": "1"}

    unclear = operator.post(PRICES, **price, price="3")

    assert (unclear.status_code, "Bo, Cy; choose one of them" in words(unclear)) == (422, True)
    assert price_of(shop, "tea") == 500
    assert operator.post(PRICES, **price, price="3", merchant_id=str(second.merchant_id)).status_code == 302
    with tenancy.as_platform(shop.platform.pk):
        assert [(each.listing_id, each.price) for each in ListPrice.objects.all()] == [(second.pk, 300)]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "list", "name": "Spring", "priority": "0"}, 422),
        (
            {
                "do": "list",
                "name": "X",
                "priority": "1",
                "starts_at": "2026-03-02T12:00",
                "ends_at": "2026-03-01T12:00",
            },
            422,
        ),
        ({"do": "price", "price_list": "999", "sku": "trave-bo-tea", "min_quantity": "1", "price": "1"}, 404),
        ({"do": "tax", "country": "US", "rounding": "line"}, 422),
        ({"do": "class", "category": "1", "tax_class": "reduced"}, 409),
        ({"do": "nothing"}, 422),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(form: dict[str, str], status: int) -> None:
    shop = a_tea_shop()
    operator = a_worker(Role.OPERATOR, shop.platform)

    assert operator.post(PRICES, **form).status_code == status

    with tenancy.as_platform(shop.platform.pk):
        kept = (PriceList.objects.count(), TaxSettings.objects.count(), CategoryTax.objects.count())
    assert kept == (0, 0, 0)
    assert CatalogueChange.objects.count() == 0


def test_one_platforms_tax_classes_are_nothing_to_another() -> None:
    shop, other = a_tea_shop(), a_shop(stock={"tea": 1}, prices={"tea": 500}, code="zorn", merchant_name="di")
    category = str(Category.objects.get(slug="pantry").pk)
    for each in (shop, other):
        page = PRICES.replace("trave", each.platform.code)
        operator = a_worker(Role.OPERATOR, each.platform, name=f"olga-{each.platform.code}")
        operator.post(page, do="tax", country="DE", prices_include_tax="on", rounding="line")
    a_worker(Role.OPERATOR, shop.platform, name="otto").post(
        PRICES, do="class", category=category, tax_class="reduced"
    )

    assert (rate_of(shop, "tea"), rate_of(other, "tea")) == (700, 1_900)


def test_a_platform_says_where_it_taxes_and_which_goods_bear_less() -> None:
    shop = a_tea_shop()
    operator = a_worker(Role.OPERATOR, shop.platform)
    category = Category.objects.get(slug="pantry")

    assert (
        operator.post(PRICES, do="tax", country="DE", prices_include_tax="on", rounding="line").status_code
        == 302
    )
    assert (
        operator.post(PRICES, do="class", category=str(category.pk), tax_class="reduced").status_code == 302
    )

    with tenancy.as_platform(shop.platform.pk):
        settings = TaxSettings.objects.get()
    assert (settings.country, settings.prices_include_tax) == ("DE", True)
    with tenancy.as_alliance():
        assert [(each.platform_id, each.tax_class) for each in CategoryTax.objects.all()] == [
            (shop.platform.pk, "reduced")
        ]
    assert (
        operator.post(PRICES, do="class", category=str(category.pk), tax_class="standard").status_code == 302
    )
    with tenancy.as_alliance():
        assert CategoryTax.objects.count() == 0
    assert somebody(User.objects.get(pk=shop.owner.user_id)).get(PRICES).status_code == 403
