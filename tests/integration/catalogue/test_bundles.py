"""Bundles: made of a merchant's own goods, sold out with their scarcest part, never oversold together with it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue import bundles, goods, selectors
from hansa.commerce.catalogue.goods import SkuTaken, Terms
from hansa.commerce.catalogue.models import BundleComponent, Listing, Offer, Product
from hansa.commerce.stock import services as stock
from hansa.commerce.stock.errors import InsufficientStock
from hansa.foundation import invariants, tenancy
from hansa.kernel.errors import Forbidden, HansaError, InvalidInput, NotFound, Refused
from tests.factories import NOON, Shop, a_listing, a_merchant, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 10, "cup": 4, "salt": 9}, prices={"tea": 500, "cup": 800, "salt": 100})


def bundle(shop: Shop, sku: str, parts: Mapping[str, int], *, by: Actor | None = None) -> Listing:
    with tenancy.as_platform(shop.platform.pk):
        return goods.make_bundle(
            actor=by or shop.owner,
            platform=shop.platform,
            merchant_id=shop.merchant.pk,
            terms=Terms(sku=sku, price=1_500, unit_cost=700),
            title=sku.title(),
            components={shop.listings[name].offer_id: units for name, units in parts.items()},
            now=NOON,
        )


def reserve(shop: Shop, wanted: Mapping[int, int], reference: str) -> None:
    with tenancy.as_platform(shop.platform.pk):
        opened = bundles.expand(wanted, selectors.components_of(wanted))
        stock.reserve(
            platform_id=shop.platform.pk,
            warehouse_id=shop.centre.pk,
            wanted=opened,
            reference=reference,
            now=NOON,
        )


def test_a_bundle_is_listed_at_its_own_price_with_what_it_holds() -> None:
    shop = a_tea_shop()

    listing = bundle(shop, "tea-set", {"tea": 2, "cup": 1})

    tea, cup = shop.listings["tea"].offer_id, shop.listings["cup"].offer_id
    assert (listing.price, listing.currency, listing.title) == (1_500, "EUR", "Tea-Set")
    assert selectors.components_of([listing.offer_id, tea]) == {listing.offer_id: {tea: 2, cup: 1}}
    with tenancy.as_platform(shop.platform.pk):
        found = selectors.search(platform_id=shop.platform.pk, text="tea-set").listings
    assert listing.pk in [each.pk for each in found]


def test_reading_what_baskets_hold_takes_one_query_with_and_without_bundles() -> None:
    shop = a_tea_shop()
    listing = bundle(shop, "tea-set", {"tea": 2})

    with CaptureQueriesContext(connection) as captured:
        none = selectors.components_of([shop.listings["salt"].offer_id])
        one = selectors.components_of([listing.offer_id])

    assert none == {}
    assert one == {listing.offer_id: {shop.listings["tea"].offer_id: 2}}
    assert len(captured) == 2


def test_as_many_bundles_can_be_had_as_the_scarcest_part_allows() -> None:
    shop = a_tea_shop()
    two_teas = bundle(shop, "two-teas", {"tea": 2, "cup": 1})
    bundle(shop, "salts", {"salt": 10})

    free = selectors.with_bundles(
        {
            shop.listings["tea"].offer_id: 10,
            shop.listings["cup"].offer_id: 4,
            shop.listings["salt"].offer_id: 9,
        }
    )

    assert free[two_teas.offer_id] == 4  # ten teas would make five, four cups make four
    assert [free[pk] for pk in sorted(free)] == [10, 4, 9, 4, 0]


def test_a_good_and_a_bundle_of_it_in_one_basket_are_held_together() -> None:
    shop = a_tea_shop()
    tea = shop.listings["tea"].offer_id
    pair = bundle(shop, "pair", {"tea": 2})

    with pytest.raises(InsufficientStock, match="11 asked, 10 left"):
        reserve(shop, {pair.offer_id: 3, tea: 5}, "H-1")
    assert shop.stock_of("tea") == 10
    reserve(shop, {pair.offer_id: 3, tea: 4}, "H-2")

    assert shop.stock_of("tea") == 0


def test_fifty_buyers_of_bundles_and_parts_take_no_unit_twice() -> None:
    shop = a_tea_shop()
    tea = shop.listings["tea"].offer_id
    one, other = bundle(shop, "tea-cup", {"tea": 1, "cup": 1}), bundle(shop, "teas", {"tea": 3})
    wishes = [{one.offer_id: 1}, {tea: 1}, {other.offer_id: 1, one.offer_id: 1}, {tea: 2, other.offer_id: 1}]
    gate = Barrier(8)

    def buyer(number: int) -> dict[int, int]:
        if number < 8:
            gate.wait(timeout=20)
        try:
            reserve(shop, wishes[number % 4], f"H-{number}")
        except InsufficientStock:
            return {}
        finally:
            connection.close()
        return wishes[number % 4]

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(buyer, range(50)))

    teas = sum(
        units * {tea: 1, one.offer_id: 1, other.offer_id: 3}[offer]
        for each in taken
        for offer, units in each.items()
    )
    cups = sum(each.get(one.offer_id, 0) for each in taken)
    level = shop.level_of("tea")
    assert (level.reserved, level.on_hand) == (teas, 10)
    assert shop.level_of("cup").reserved == cups
    assert teas == 10 or shop.stock_of("tea") < 3
    broken = {finding.invariant.name for finding in invariants.check() if not finding.holds}
    assert broken <= {"no-stale-hold"}  # the holds are of noon in March


@pytest.mark.parametrize(
    ("parts", "reason", "kind"),
    [
        ({"tea": 1}, "at least two units", InvalidInput),
        ({"tea": 0, "cup": 2}, "1 to 1000 units", InvalidInput),
        ({"tea": 1_001}, "1 to 1000 units", InvalidInput),
        ({"tea": 1, "pair": 1}, "cannot hold a bundle: pair", Refused),
        ({"tea": 1, "wine": 1}, "not offered by this merchant", NotFound),
    ],
)
def test_what_is_no_bundle_is_refused_and_nothing_is_made(
    parts: Mapping[str, int], reason: str, kind: type[HansaError]
) -> None:
    shop = a_tea_shop()
    other, _owner = a_merchant(shop.platform, "cy")
    shop.listings["wine"] = a_listing(shop.platform, other, shop.centre, "wine", price=900, stock=3)
    shop.listings["pair"] = bundle(shop, "pair", {"salt": 2})
    before = (Product.objects.count(), Offer.objects.count(), BundleComponent.objects.count())

    with pytest.raises(kind, match=reason):
        bundle(shop, "odd", parts)

    assert (Product.objects.count(), Offer.objects.count(), BundleComponent.objects.count()) == before


def test_a_stranger_makes_no_bundle_and_a_sku_is_not_given_twice() -> None:
    shop = a_tea_shop()
    bundle(shop, "pair", {"tea": 2})

    with pytest.raises(Forbidden):
        bundle(shop, "theirs", {"tea": 2}, by=a_shopper())
    with pytest.raises(SkuTaken, match="pair"):
        bundle(shop, "pair", {"cup": 2})

    assert BundleComponent.objects.count() == 1


def test_the_database_itself_refuses_nested_bundles_and_foreign_goods() -> None:
    shop = a_tea_shop()
    pair = bundle(shop, "pair", {"tea": 2})
    other, _owner = a_merchant(shop.platform, "cy")
    wine = a_listing(shop.platform, other, shop.centre, "wine", price=900, stock=3)

    with pytest.raises(IntegrityError, match="holds no bundle"):
        BundleComponent.objects.create(
            bundle_id=shop.listings["salt"].offer_id, component_id=pair.offer_id, quantity=2
        )
    with pytest.raises(IntegrityError, match="own merchant only"):
        BundleComponent.objects.create(bundle_id=pair.offer_id, component_id=wine.offer_id, quantity=1)


@pytest.mark.parametrize(
    ("number", "is_right"),
    [
        ("", True),
        ("4006381333931", True),
        ("036000291452", True),
        ("96385074", True),
        ("00012345600012", True),
        ("4006381333932", False),
        ("123456", False),
        ("40063813 3931", False),
    ],
)
def test_the_database_knows_a_right_gtin_as_the_code_does(number: str, is_right: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select gtin_checks_out(%s)", [number])
        assert cursor.fetchone() == (is_right,)
