"""A merchant's funnel against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hansa.commerce.marketing import selectors as marketing
from hansa.commerce.marketing.selectors import Funnel, ListingFunnel, PlacementResult, SourceResult
from hansa.foundation import tenancy
from tests.integration.health.scenes import NOW, W1, W2, W4, Market, a_market, at, people

pytestmark = pytest.mark.usefixtures("database")

SINCE, UNTIL = at(W2, 0, 0), NOW
NOTHING = Funnel(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def funnel_of(market: Market, name: str, since: datetime = SINCE, until: datetime = UNTIL) -> Funnel:
    with tenancy.as_platform(market.platform.pk):
        return marketing.funnel_of_merchant(
            platform_id=market.platform.pk, merchant_id=market.merchants[name].pk, since=since, until=until
        )


def a_busy_market() -> Market:
    market = a_market("trave", ("bo", "cy"))
    alia, ben = people("alia", "ben")
    market.see("impression", at(W2), who=alia, of="bo", placement="home", times=6)
    market.see("impression", at(W2), who=ben, of="bo", placement="search", times=2)
    market.see("click", at(W2), who=alia, of="bo", placement="home", times=2)
    market.see("view", at(W2), who=alia, of="bo", source="spring", times=2)
    market.see("view", at(W2, 1), who=alia, of="bo")
    market.see("view", at(W1), who=ben, of="bo", source="spring")
    market.see("view", at(W1), who="session-a", of="bo", source="newsletter")
    market.see("cart", at(W2), who=alia, of="bo", source="spring", times=3)
    market.see("cart", at(W1), who=ben, of="bo")
    market.see("impression", at(W2), who=alia, of="cy", placement="home", times=50)
    first = market.purchase(alia, at(W2), {"bo": 300, "cy": 100})
    market.purchase(alia, at(W1), {"bo": 200}, status="paid")
    market.purchase(ben, at(W1), {"bo": 500}, status="shipped")
    market.purchase(None, at(W1), {"bo": 50})
    market.purchase(ben, at(W1), {"bo": 9_000}, status="cancelled")
    market.purchase(ben, at(W4), {"bo": 9_000})  # before the span
    market.review(first, 5, at(W1))
    return market


def test_every_step_is_counted_for_one_merchant_only() -> None:
    funnel = funnel_of(a_busy_market(), "bo")

    assert funnel == Funnel(
        impressions=8,
        clicks=2,
        visits=4,
        carts=2,
        orders=4,
        units=4,
        revenue=1_050,
        delivered=2,
        reviews=1,
        buyers=2,
        returning_buyers=1,
    )


def test_rates_stand_between_the_steps() -> None:
    funnel = funnel_of(a_busy_market(), "bo")

    assert funnel.click_rate == 0.25
    assert funnel.cart_rate == 0.5
    assert funnel.order_rate == 2.0
    assert funnel.conversion == 1.0
    assert funnel.delivered_rate == 0.5
    assert funnel.review_rate == 0.5
    assert funnel.repurchase_rate == 0.5


def test_a_merchant_whom_nobody_saw_has_no_rates() -> None:
    market = a_market()

    funnel = funnel_of(market, "bo")

    assert funnel == NOTHING
    assert (funnel.click_rate, funnel.conversion, funnel.repurchase_rate) == (None, None, None)


def test_the_end_of_the_span_is_left_out_and_its_begin_is_not() -> None:
    market = a_market()
    market.purchase(None, SINCE, {"bo": 100})
    market.purchase(None, UNTIL, {"bo": 1})
    market.see("view", SINCE, who="session-a", of="bo")
    market.see("view", UNTIL, who="session-b", of="bo")

    assert funnel_of(market, "bo") == replace(NOTHING, orders=1, units=1, revenue=100, delivered=1, visits=1)


def test_another_platforms_rows_are_behind_the_wall() -> None:
    trave, gotland = a_busy_market(), a_market("gotland", ("dee",))

    with tenancy.as_platform(gotland.platform.pk):
        stranger = marketing.funnel_of_merchant(
            platform_id=trave.platform.pk, merchant_id=trave.merchants["bo"].pk, since=SINCE, until=UNTIL
        )

    assert stranger == NOTHING


def test_the_funnel_asks_four_questions() -> None:
    market = a_busy_market()

    with tenancy.as_platform(market.platform.pk), CaptureQueriesContext(connection) as asked:
        marketing.funnel_of_merchant(
            platform_id=market.platform.pk, merchant_id=market.merchants["bo"].pk, since=SINCE, until=UNTIL
        )

    assert len(asked) == 5  # one more tells row-level security the platform


def test_each_good_has_a_funnel_the_best_earning_first() -> None:
    market = a_busy_market()
    bo = market.merchants["bo"]
    with tenancy.as_platform(market.platform.pk):
        listings = marketing.listings_of_merchant(
            platform_id=market.platform.pk, merchant_id=bo.pk, since=SINCE, until=UNTIL
        )

    assert listings == [
        ListingFunnel(
            listing_id=market.listings["bo"].pk,
            title="Bo",
            impressions=8,
            clicks=2,
            visits=4,
            carts=2,
            orders=4,
            units=4,
            revenue=1_050,
            reviews=1,
        )
    ]
    assert (listings[0].click_rate, listings[0].conversion) == (0.25, 1.0)


def test_goods_that_were_only_seen_and_goods_that_were_only_sold_are_told_too() -> None:
    market = a_market("trave", ("bo", "cy"))
    with tenancy.as_platform(market.platform.pk):  # both goods are Bo's
        listing = market.listings["cy"]
        listing.merchant = market.merchants["bo"]
        listing.save(update_fields=["merchant"])
    market.merchants["cy"] = market.merchants["bo"]
    market.see("impression", at(W1), who="session-a", of="bo", placement="home", times=4)
    market.purchase(None, at(W1), {"cy": 700})

    with tenancy.as_platform(market.platform.pk), CaptureQueriesContext(connection) as asked:
        told = marketing.listings_of_merchant(
            platform_id=market.platform.pk, merchant_id=market.merchants["bo"].pk, since=SINCE, until=UNTIL
        )
        best = marketing.listings_of_merchant(
            platform_id=market.platform.pk,
            merchant_id=market.merchants["bo"].pk,
            since=SINCE,
            until=UNTIL,
            limit=1,
        )

    assert [(one.title, one.impressions, one.revenue) for one in told] == [("Cy", 0, 700), ("Bo", 4, 0)]
    assert [one.title for one in best] == ["Cy"]
    assert len(asked) == 7  # one more tells row-level security the platform


def test_placements_tell_where_goods_were_seen() -> None:
    market = a_busy_market()
    with tenancy.as_platform(market.platform.pk):
        placements = marketing.placements_of_merchant(
            platform_id=market.platform.pk, merchant_id=market.merchants["bo"].pk, since=SINCE, until=UNTIL
        )

    assert placements == [PlacementResult("home", 6, 2, 3.0), PlacementResult("search", 2, 0, 3.0)]
    assert [one.click_rate for one in placements] == [pytest.approx(1 / 3), 0.0]


def test_sources_tell_where_visits_came_from() -> None:
    market = a_busy_market()
    with tenancy.as_platform(market.platform.pk):
        sources = marketing.sources_of_merchant(
            platform_id=market.platform.pk, merchant_id=market.merchants["bo"].pk, since=SINCE, until=UNTIL
        )

    assert sources == [SourceResult("spring", 2, 1), SourceResult("newsletter", 1, 0)]


def test_an_empty_span_asks_for_nothing_that_is_not_there() -> None:
    market = a_busy_market()

    assert funnel_of(market, "bo", since=UNTIL, until=UNTIL + timedelta(days=1)) == NOTHING
