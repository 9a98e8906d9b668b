"""A prepared query answers what the mapper's own query answers, compiled once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from hansa.commerce.catalogue.models import Category, Listing
from hansa.foundation import statements, tenancy
from hansa.foundation.prepared import Prepared
from tests.factories import Shop, a_shop

pytestmark = pytest.mark.usefixtures("database")


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 10, "salt": 5, "rye": 1}, prices={"tea": 500, "salt": 100, "rye": 300})


def test_objects_come_with_what_is_joined_annotated_and_asked_behind_them() -> None:
    shop = a_tea_shop()
    wanted = [shop.listings["salt"].pk, shop.listings["tea"].pk]
    query = Listing.objects.select_related("product", "offer__variant").prefetch_related("reviews")
    prepared: Prepared[Listing] = Prepared(
        lambda ids: query.filter(pk__any=ids).annotate(said=Count("reviews")).order_by("-price")
    )

    with tenancy.as_platform(shop.platform.pk):
        found = prepared.all(ids=wanted)
        usual = list(query.filter(pk__in=wanted).annotate(said=Count("reviews")).order_by("-price"))
        with CaptureQueriesContext(connection) as asked:
            told = [
                (one.product.title, one.offer.variant.sku, vars(one)["said"], list(one.reviews.all()))
                for one in found
            ]

    assert found == usual
    assert told == [
        (one.product.title, one.offer.variant.sku, 0, [])
        for one in (shop.listings["tea"], shop.listings["salt"])
    ]
    assert len(asked) == 0


def test_values_come_as_they_were_asked_for_and_none_is_none() -> None:
    shop = a_tea_shop()
    pairs: Prepared[tuple[str, int]] = Prepared(
        lambda least: Listing.objects.filter(price__gte=least).order_by("price").values_list("title", "price")
    )
    prices: Prepared[int] = Prepared(
        lambda title: Listing.objects.filter(title=title).values_list("price", flat=True)
    )

    with tenancy.as_platform(shop.platform.pk):
        assert pairs.all(least=300) == [("Rye", 300), ("Tea", 500)]
        assert (prices.first(title="Salt"), prices.first(title="Gold")) == (100, None)


def test_prepared_queries_travel_together_and_see_only_their_platform() -> None:
    shop = a_tea_shop()
    titles: Prepared[str] = Prepared(
        lambda ids: (
            Listing.objects.filter(merchant_id__any=ids).order_by("pk").values_list("title", flat=True)
        )
    )
    slugs: Prepared[str] = Prepared(lambda: Category.objects.order_by("pk").values_list("slug", flat=True))

    with tenancy.as_platform(shop.platform.pk), statements.together():
        found, known = titles.send(ids=[shop.merchant.pk]), slugs.send()
    with tenancy.as_platform(shop.platform.pk + 1):
        elsewhere = titles.all(ids=[shop.merchant.pk])

    assert found.value == ["Tea", "Salt", "Rye"]
    assert known.value == list(Category.objects.order_by("pk").values_list("slug", flat=True))
    assert elsewhere == []


def test_a_value_that_is_not_given_is_named() -> None:
    prepared: Prepared[Listing] = Prepared(lambda pk: Listing.objects.filter(pk=pk))

    with pytest.raises(KeyError, match="pk"):
        prepared.all()
