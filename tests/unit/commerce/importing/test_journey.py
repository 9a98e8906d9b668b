# ruff: noqa: DTZ001 - frames hold UTC without a zone
"""The whole transformation of The Complete Journey on a source of a few rows."""

from datetime import date, datetime

import polars as pl
import pytest

from hansa.commerce.importing.complete_journey import journey
from hansa.commerce.importing.complete_journey.source import Tables
from hansa.commerce.importing.history.world import World

_PLAN = journey.Plan(scale="full", shift_days=3_241, as_of=date(2026, 11, 22), seed=1)
_BOUGHT = [
    # household, store, basket, product, quantity, sales, retail, coupon, match, week, time (UTC)
    (1, 10, 500, 101, 2, 3.00, 1.00, 0.0, 0.0, 53, datetime(2017, 12, 27, 18)),
    (1, 10, 500, 102, 1, 2.50, 0.00, 0.0, 0.0, 53, datetime(2017, 12, 27, 18)),
    (1, 10, 501, 101, 1, 1.50, 0.50, 1.0, 0.5, 52, datetime(2017, 12, 20, 18)),
    (2, 20, 502, 102, 1, 2.70, 0.00, 0.0, 0.0, 52, datetime(2017, 12, 21, 18)),
    (2, 20, 502, 999, 0, 0.00, 0.00, 1.0, 0.0, 52, datetime(2017, 12, 21, 18)),
    (3, 30, 503, 103, 9_000, 22.10, 0.0, 0.0, 0.0, 52, datetime(2017, 12, 22, 18)),
]


def _tables() -> Tables:
    bought = pl.DataFrame(
        _BOUGHT,
        schema=[
            "household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "retail_disc",
            "coupon_disc", "coupon_match_disc", "week", "transaction_timestamp",
        ],
        orient="row",
    )  # fmt: skip
    products = pl.DataFrame(
        [
            (101, 69, "GROCERY", "Private", "SOUP", "CONDENSED SOUP", "10.5 OZ"),
            (102, 7, "GROCERY", "National", "TEAS", "TEA BAGS HERBAL & FLAVORED", "20 CT"),
            (103, 69, "FUEL", "Private", "FUEL", "GASOLINE-REG UNLEADED", None),
            (104, 7, "GROCERY", "National", "TEAS", "TEA BAGS HERBAL & FLAVORED", "20 CT"),
        ],
        schema=[
            "product_id",
            "manufacturer_id",
            "department",
            "brand",
            "product_category",
            "product_type",
            "package_size",
        ],
        orient="row",
    )
    days = (datetime(2017, 12, 1), datetime(2017, 12, 31))
    return Tables(
        transactions=bought,
        products=products,
        demographics=pl.DataFrame(
            [(1, "35-44", "50-74K", "Homeowner", "Married", "2", "2 Adults No Kids", "0")],
            schema=[
                "household_id",
                "age",
                "income",
                "home_ownership",
                "marital_status",
                "household_size",
                "household_comp",
                "kids_count",
            ],
            orient="row",
        ),
        campaigns=pl.DataFrame({"campaign_id": [26, 26], "household_id": [1, 2]}),
        campaign_descriptions=pl.DataFrame(
            {"campaign_id": [26], "campaign_type": ["Type A"], "start_date": [days[0]], "end_date": [days[1]]}
        ),
        coupons=pl.DataFrame({"coupon_upc": [55, 55], "product_id": [101, 104], "campaign_id": [26, 26]}),
        coupon_redemptions=pl.DataFrame(
            {
                "household_id": [1, 2],
                "coupon_upc": [55, 55],
                "campaign_id": [26, 26],
                "redemption_date": [datetime(2017, 12, 20), datetime(2017, 12, 1)],
            }
        ),
        promotions=pl.LazyFrame(
            {
                "product_id": [101, 101, 102],
                "store_id": [10, 10, 20],
                "display_location": ["9", "0", "0"],
                "mailer_location": ["0", "A", "0"],
                "week": [52, 53, 52],
            }
        ),
        version="test",
    )


@pytest.fixture(scope="module")
def world() -> World:
    return journey.make_world(_tables(), _PLAN)[0]


def test_stores_are_dealt_to_three_platforms_and_people_live_where_they_buy(world: World) -> None:
    outlets = world.ground.places.filter(pl.col("kind") == "outlet")

    assert dict(outlets.select("ref", "platform").iter_rows()) == {
        "complete-journey:10": "trave",
        "complete-journey:20": "gotland",
        "complete-journey:30": "bryggen",
    }
    assert dict(world.people.select("username", "home").iter_rows()) == {
        "household-1": "trave",
        "household-2": "gotland",
        "household-3": "bryggen",
    }
    assert world.ground.places.filter(pl.col("kind") == "centre").height == 3


def test_what_is_known_of_a_household_is_kept(world: World) -> None:
    assert world.profiles.rows() == [
        ("complete-journey:1", "35-44", "50-74K", "Homeowner", "Married", "2", "2 Adults No Kids", "0")
    ]


def test_manufacturers_become_merchants_and_the_private_label_is_one_of_them(world: World) -> None:
    merchants = world.catalogue.merchants

    assert merchants["ref"].to_list() == ["complete-journey:0", "complete-journey:7", "complete-journey:69"]
    assert merchants["name"].to_list()[0] == "Sundry Goods"
    assert merchants["name"].to_list()[2] == "Kogge House"


def test_goods_are_told_in_both_languages(world: World) -> None:
    goods = {
        ref: (title, title_zh)
        for ref, title, title_zh in world.catalogue.products.select("ref", "title", "title_zh").iter_rows()
    }

    assert goods["complete-journey:101"] == ("Kogge Condensed Soup, 10.5 oz", "Kogge汤，10.5盎司")
    assert "complete-journey:104" not in goods  # nobody bought it
    assert "汤" in world.catalogue.products.filter(pl.col("ref") == "complete-journey:101")["words"].item()


def test_listings_cost_their_median_list_price_where_they_sold(world: World) -> None:
    listed = world.catalogue.listings.select("platform", "product_ref", "price", "is_active", "sold_count")

    assert set(listed.rows()) == {
        # 2.00 and 2.50 on the shelf
        ("trave", "complete-journey:101", 225, True, 3),
        ("trave", "complete-journey:102", 250, True, 1),
        ("gotland", "complete-journey:102", 270, True, 1),
        ("bryggen", "complete-journey:103", 2210, False, 1),
        # the houses' home platforms are trave, gotland and bryggen by what they took there
        ("bryggen", "complete-journey:101", 225, True, 0),
    }


def test_lines_carry_exact_money_and_shifted_times(world: World) -> None:
    lines = pl.concat(world.lines_of(week) for week in world.weeks).sort("line_key")

    assert lines.select(
        "basket", "product_ref", "quantity", "unit_price", "discount", "platform_discount", "total"
    ).rows() == [
        ("CJ-500", "complete-journey:101", 2, 200, 100, 0, 300),
        ("CJ-500", "complete-journey:102", 1, 250, 0, 0, 250),
        ("CJ-501", "complete-journey:101", 1, 250, 100, 50, 150),
        ("CJ-502", "complete-journey:102", 1, 270, 0, 0, 270),
        ("CJ-502", "complete-journey:999", 0, 0, 0, 0, 0),
        ("CJ-503", "complete-journey:103", 1, 2210, 0, 0, 2210),
    ]
    assert lines["placed_at"][0] == datetime(2026, 11, 11, 13)  # a Wednesday at one o'clock, then as now
    assert [week.name for week in world.weeks] == ["week-52", "week-53"]


def test_coupons_become_promotions_and_their_uses_redemptions(world: World) -> None:
    made = world.marketing

    assert made.campaigns.select("platform", "name").rows() == [
        ("gotland", "Campaign 26 (Type A)"),
        ("trave", "Campaign 26 (Type A)"),
    ]
    # Of the coupon's goods only the soup sold, in one house: 1.00 off 2.50, paid by that house.
    assert made.coupon_promotions.select("platform", "merchant_ref", "percent_bp").rows() == [
        ("trave", "complete-journey:69", 4_000)
    ]
    assert made.coupons.select("code", "uses", "most_per_buyer").rows() == [("55-26", 1, 1)]
    assert made.redemptions.select("code", "buyer_ref", "basket").rows() == [
        ("55-26", "complete-journey:1", "CJ-501")
    ]


def test_a_redemption_without_its_purchase_is_counted() -> None:
    counts = journey.make_world(_tables(), _PLAN)[1]

    assert counts["redemptions_left_out"] == 1
    assert counts["lines"] == 6
    assert counts["manufacturer_coupons_minor"] == 200


def test_goods_shown_and_sold_below_the_shelf_price_become_a_price_cut(world: World) -> None:
    cuts, goods = world.marketing.cuts, world.marketing.cut_goods

    # Weeks 52 and 53 lie in two periods of four weeks: 0.50 off 2.50, then 1.00 off 4.00.
    assert cuts.select("platform", "merchant_ref", "percent_bp", "name").rows() == [
        ("trave", "complete-journey:69", 2_000, "Display offer, weeks 49–52"),
        ("trave", "complete-journey:69", 2_500, "Mailer offer, weeks 53–56"),
    ]
    assert goods["product_ref"].to_list() == ["complete-journey:101", "complete-journey:101"]


def test_the_same_seed_makes_the_same_world(world: World) -> None:
    again = journey.make_world(_tables(), _PLAN)[0]

    assert again.people.equals(world.people)
    assert again.catalogue.listings.equals(world.catalogue.listings)
    assert all(again.lines_of(week).equals(world.lines_of(week)) for week in world.weeks)
