# ruff: noqa: DTZ001 - frames hold UTC without a zone
"""What the generator makes up beside the data: seeded, plausible, never against the facts."""

from datetime import date, datetime, timedelta

import polars as pl

from hansa.commerce.importing.generator import (
    behaviour,
    browsing,
    driving,
    followers,
    parcels,
    reviews,
    stock,
    synthetic,
)
from hansa.commerce.importing.generator.settings import SMALL, Setting
from hansa.commerce.importing.history.purchases import COLLECTED, DUE, OPEN, SENT

_ENDS = datetime(2026, 11, 16)
_SETTING = Setting(seed=1, volumes=SMALL, data_ends=_ENDS, today=datetime(2026, 11, 22))
_BUYERS = pl.DataFrame({
    "buyer_ref": ["x"], "buyer_id": [7], "language": ["en"], "recipient": ["Ida"], "street": ["Elm 1"], "city": ["Visby"],
    "postal_code": ["1"], "country": ["SE"], "latitude": [57.6], "longitude": [18.3],
})  # fmt: skip


def _baskets(days_ago: float, count: int = 400) -> pl.DataFrame:
    at = _ENDS - timedelta(days=days_ago)
    return pl.DataFrame({"basket_key": range(count), "placed_at": [at] * count}).cast(
        {"placed_at": pl.Datetime("us")}
    )


def test_only_the_last_days_leave_parcels_waiting() -> None:
    everything = pl.lit(value=True)

    new = parcels.decide(_baskets(1.5), _SETTING, can_be_sent=everything)["parcel"]
    just_past = parcels.decide(_baskets(4.5), _SETTING, can_be_sent=everything)["parcel"]
    recent = parcels.decide(_baskets(5.5), _SETTING, can_be_sent=everything)["parcel"]
    old = parcels.decide(_baskets(60), _SETTING, can_be_sent=everything)["parcel"]

    assert set(new) == {OPEN, COLLECTED}
    assert set(just_past) == {DUE, SENT, COLLECTED}
    assert set(recent) == {SENT, COLLECTED}
    assert set(old) == {COLLECTED}


def test_a_due_parcel_is_promised_for_a_day_of_the_past_and_waits() -> None:
    groups = _sent_groups().with_columns(parcel=pl.lit(DUE))
    due = parcels.addressed(groups.drop("window_start", "window_end"), _BUYERS, _SETTING)
    weights = pl.DataFrame({"group_id": range(1, 501), "weight_g": [900] * 500})
    centres = pl.DataFrame({"platform_id": [1], "centre_id": [3]})

    made = parcels.shipments(due, weights, centres, _SETTING)

    assert set(due["window_start"].dt.date()) == {date(2026, 11, 4)}  # the day after it was ordered
    assert set(made["status"]) == {"planned"}
    assert made["delivered_at"].null_count() == 500


def test_fuel_is_never_sent() -> None:
    decided = parcels.decide(_baskets(1), _SETTING, can_be_sent=pl.lit(value=False))

    assert set(decided["parcel"]) == {COLLECTED}


def _sent_groups() -> pl.DataFrame:
    groups = pl.DataFrame({
        "id": range(1, 501),
        "platform_id": [1] * 500,
        "buyer_id": [7] * 500,
        "basket_key": range(500),
        "parcel": [SENT] * 499 + [OPEN],
        "placed_at": [datetime(2026, 11, 3, 17, 30)] * 500,
    }).cast({"placed_at": pl.Datetime("us")})  # fmt: skip
    return parcels.addressed(groups, _BUYERS, _SETTING)


def test_a_parcel_ordered_before_the_cut_off_is_promised_for_the_next_day() -> None:
    groups = _sent_groups()

    sent = groups.filter(pl.col("parcel") == SENT)

    assert set(sent["window_start"].dt.date()) == {date(2026, 11, 4)}
    assert set(sent["window_start"].dt.hour()) == {9, 12, 15}
    assert set((sent["window_end"] - sent["window_start"]).dt.total_hours()) == {3}
    assert set(sent["street"]) == {"Elm 1"}


def test_an_open_parcel_is_promised_for_the_days_after_today() -> None:
    still_open = _sent_groups().filter(pl.col("parcel") == OPEN)

    assert still_open["window_start"].dt.date().item() in {date(2026, 11, 23), date(2026, 11, 24)}


def test_most_parcels_come_in_their_window_and_some_are_late() -> None:
    weights = pl.DataFrame({"group_id": range(1, 501), "weight_g": [900] * 500})
    centres = pl.DataFrame({"platform_id": [1], "centre_id": [3]})

    made = parcels.shipments(_sent_groups(), weights, centres, _SETTING)

    done = made.filter(pl.col("status") == "delivered")
    late = (done["delivered_at"] > done["promised_until"]).mean()
    assert 0.08 < late < 0.17
    assert (done["delivered_at"] >= done["promised_from"]).all()
    assert made.filter(pl.col("status") == "planned")["delivered_at"].to_list() == [None]
    assert set(made["warehouse_id"]) == {3}


def test_tracking_runs_forward_and_ends_with_the_delivery() -> None:
    weights = pl.DataFrame({"group_id": range(1, 501), "weight_g": [900] * 500})
    centres = pl.DataFrame({"platform_id": [1], "centre_id": [3]})
    made = parcels.shipments(_sent_groups(), weights, centres, _SETTING).with_row_index("id", 1)

    steps = parcels.tracking(made)

    gaps = steps.select(pl.col("at").diff().over("shipment_id")).to_series().drop_nulls()
    assert gaps.min() >= timedelta(0)
    ends = steps.group_by("shipment_id", maintain_order=True).agg(pl.col("status").last())
    assert set(ends.filter(pl.col("shipment_id") < 500)["status"]) == {"delivered"}
    assert ends.filter(pl.col("shipment_id") == 500)["status"].item() == "planned"


def _rated(seed: int) -> pl.DataFrame:
    count = 20_000
    lines = pl.DataFrame({
        "line_key": range(count), "product_key": [key % 200 for key in range(count)],
        "merchant_key": [key % 20 for key in range(count)], "unit_price": [0 if key % 2 else 500 for key in range(count)],
    })  # fmt: skip
    return reviews.rate(lines, reviews.Shares(reviewed=0.3), seed=seed)


def test_goods_have_a_quality_that_their_stars_tell() -> None:
    rated = _rated(1).filter(pl.col("stars").is_not_null())

    means = rated.group_by("product_key").agg(pl.col("stars").mean())

    assert set(rated["stars"]) <= {1, 2, 3, 4, 5}
    assert 3.5 < rated["stars"].mean() < 4.3
    assert means["stars"].max() - means["stars"].min() > 1.0


def test_what_cost_nothing_is_not_reviewed() -> None:
    rated = _rated(1)

    assert rated.filter(pl.col("unit_price") == 0)["stars"].null_count() == 10_000
    share = 1 - rated.filter(pl.col("unit_price") > 0)["stars"].null_count() / 10_000
    assert 0.28 < share < 0.32


def test_reviews_are_written_later_in_their_authors_language() -> None:
    reviewed = pl.DataFrame({
        "line_key": [1, 2], "placed_at": [datetime(2026, 11, 1), datetime(2026, 11, 15, 20)], "stars": [2, 2],
        "delivery_stars": [5, None], "language": ["en", "zh-hans"],
    }).cast({"placed_at": pl.Datetime("us")})  # fmt: skip

    said = reviews.written(reviewed, seed=1, until=_ENDS)

    assert said["text"][0] in {"Not as good as the last time.", "The packaging was damaged."}
    assert said["text"][1] in {"没有上次好。", "包装有破损。"}
    assert datetime(2026, 11, 2) <= said["written_at"][0] <= datetime(2026, 11, 10)
    assert said["written_at"][1] == _ENDS


def _bought(count: int) -> pl.DataFrame:
    return pl.DataFrame({
        "line_key": range(count), "basket_key": [key // 5 for key in range(count)], "platform_id": [1] * count,
        "buyer_id": [9] * count, "listing_id": range(count), "merchant_id": [2] * count, "quantity": [3] * count,
        "category": ["tea"] * count, "category_id": [3] * count, "placed_at": [datetime(2026, 11, 10, 12)] * count,
    }).cast({"placed_at": pl.Datetime("us")})  # fmt: skip


def test_the_funnel_narrows_and_its_steps_come_in_order() -> None:
    events = behaviour.before_buying(_bought(2_000), behaviour.Funnel(), seed=1)

    counts = dict(events.group_by("kind").len().iter_rows())
    assert 1_650 < counts["view"] < 1_750  # 85 %
    assert 1_850 < counts["cart"] < 1_950  # 95 %
    assert counts["click"] == counts["impression"] < counts["view"]
    clicked = events.filter(pl.col("kind") == "click")["listing_id"][0]
    first = dict(events.filter(pl.col("listing_id") == clicked).select("kind", "at").iter_rows())
    assert first["impression"] < first["click"] < first["view"] < datetime(2026, 11, 10, 12)


def test_no_event_is_told_twice_for_one_request() -> None:
    popular = pl.DataFrame({
        "platform_id": [1] * 50, "place": range(50), "listing_id": range(100, 150), "merchant_id": [2] * 50
    })  # fmt: skip
    baskets = _bought(500).select("basket_key", "platform_id", "buyer_id", "placed_at").unique("basket_key")

    events = behaviour.in_passing(baskets, popular, behaviour.Funnel(), shown=8, seed=1)

    shown = events.filter(pl.col("request_id") != "")
    assert shown.select("kind", "request_id", "listing_id").is_unique().all()
    assert shown.filter(pl.col("kind") == "impression").height <= 800
    best = shown.filter(pl.col("listing_id") < 105).height
    worst = shown.filter(pl.col("listing_id") >= 145).height
    assert best > 3 * worst


_SHELVES = pl.DataFrame({
    "platform_id": [1] * 60, "category_id": [3] * 40 + [4] * 20, "place": [*range(40), *range(20)],
    "listing_id": range(100, 160), "merchant_id": [2] * 60,
})  # fmt: skip


def _browsed(
    *, purchases: int = 200, visits: int = 20, until: datetime = _ENDS, seed: int = 1
) -> pl.DataFrame:
    bought = _bought(purchases * 5)
    return browsing.without_buying(
        bought, _SHELVES, browsing.Habits(), visits=visits, shown=5, until=until, seed=seed
    )


def test_each_step_of_visits_without_a_purchase_loses_people() -> None:
    events = _browsed()

    counts = dict(events.group_by("kind").len().iter_rows())
    visits = events.filter(pl.col("kind") == "view").select("visitor", pl.col("at").dt.date()).n_unique()
    assert 17_000 < counts["impression"] <= 200 * 20 * 5
    assert counts["impression"] > counts["click"] > counts["view"] > visits > 5 * counts["cart"] > 0
    assert 2_900 < visits < 3_200  # nine in ten of the 3,400 guests' visits, and one household's seven days
    assert 0.10 < counts["cart"] / counts["view"] < 0.14


def test_a_visit_comes_in_order_and_is_told_once() -> None:
    events = _browsed()

    shown = events.filter(pl.col("request_id") != "")
    assert shown.select("kind", "request_id", "listing_id").is_unique().all()
    first = shown.group_by("request_id", "kind").agg(pl.col("at").min()).pivot("kind", index="request_id")
    assert first.filter(pl.col("click") <= pl.col("impression")).is_empty()
    assert first.filter(pl.col("impression") <= pl.col("search")).is_empty()
    clicks = events.filter(pl.col("kind") == "click").join(
        events.filter(pl.col("kind") == "impression"), on=["request_id", "listing_id"], how="anti"
    )
    assert clicks.is_empty()


def test_guests_and_households_come_in_the_week_at_the_hours_of_shopping() -> None:
    events = _browsed()

    guests = events.filter(pl.col("user_id").is_null())
    assert guests["visitor"].str.starts_with("guest-").all()
    assert set(events.filter(pl.col("user_id").is_not_null())["visitor"]) == {"user-9"}
    assert guests["visitor"].n_unique() > 1_600  # 17 of 20 visits by guests, each coming twice
    assert guests.group_by("visitor").agg(pl.col("at").dt.date().n_unique())["at"].max() == 2
    assert set(events["at"].dt.date()) >= {date(2026, 11, day) for day in range(9, 16)}  # Monday to Sunday
    by_hour = dict(events.group_by(pl.col("at").dt.hour()).len().iter_rows())
    assert by_hour[20] > 2 * by_hour[8] > 2 * by_hour[3]


def test_visits_look_at_what_sells_on_the_shelves_that_were_bought_from() -> None:
    seen = _browsed().filter(pl.col("kind") == "impression")

    assert seen["listing_id"].is_between(100, 139).all()  # never the other shelf
    front, back = (
        seen.filter(pl.col("listing_id").is_between(*span)).height for span in ((100, 109), (130, 139))
    )
    assert front > 2 * back


def test_visits_end_with_the_data_and_are_the_same_for_the_same_seed() -> None:
    early = _browsed(until=datetime(2026, 11, 12))

    assert early["at"].max() < datetime(2026, 11, 12)
    assert _browsed().equals(_browsed())
    assert not _browsed().equals(_browsed(seed=2))
    assert _browsed(visits=0).is_empty()
    assert _browsed(purchases=0).is_empty()


def test_a_slice_of_the_purchases_is_visited_as_in_the_whole() -> None:
    whole, part = _browsed(purchases=40), _browsed(purchases=10)

    assert part.join(whole, on=part.columns, how="anti", nulls_equal=True).is_empty()


def test_a_day_on_the_road_is_never_early_and_some_doors_are_late() -> None:
    planned = [datetime(2026, 11, 12, 9) + timedelta(minutes=6 * stop) for stop in range(200)]

    driven = driving.as_driven(planned, range(200), seed=1)

    late = [(real - plan).total_seconds() for real, plan in zip(driven, planned, strict=True)]
    assert min(late) == 90  # the time at the door
    assert 60 * 10 < max(late) < 3 * 3600
    assert driven == sorted(driven)
    assert driven == driving.as_driven(planned, range(200), seed=1)
    assert driving.as_driven([], [], seed=1) == []


def test_stock_covers_weeks_of_demand_and_always_what_is_promised() -> None:
    count = 1_000
    listed = pl.DataFrame({
        "product_key": range(count), "platform_id": [1] * count, "offer_id": range(count), "centre_id": [4] * count,
        "category_id": [key % 30 for key in range(count)], "recent": [40] * count, "promised": [3] * count, "pack_size": [6] * count,
    })  # fmt: skip

    levels = stock.levels(listed, seed=1)

    free = levels["on_hand"] - levels["allocated"]
    assert (levels["allocated"] == 3).all()
    usual = free.filter(free > 10)
    assert usual.min() >= 21  # two weeks at 10 a week and a spare one
    assert usual.max() <= 44
    assert 0.05 < (free <= 4).mean() < 0.11
    assert levels["aisle"].is_between(1, stock.AISLES).all()


def test_people_follow_houses_on_which_they_spend() -> None:
    spent = pl.DataFrame({
        "buyer_ref": [f"b{buyer}" for buyer in range(200) for _ in range(10)],
        "merchant_ref": [f"m{house}" for _ in range(200) for house in range(10)],
        "buyer_key": [buyer for buyer in range(200) for _ in range(10)],
        "merchant_key": [house for _ in range(200) for house in range(10)],
        "total": [100 - house for _ in range(200) for house in range(10)],
        "first_at": [datetime(2026, 1, 1)] * 2_000,
    })  # fmt: skip

    chosen = followers.follows(spent, a_person=2.0, seed=1)

    assert set(chosen["merchant_ref"]) == {"m0", "m1", "m2", "m3", "m4"}
    assert 1.7 < chosen.height / 200 < 2.3


def test_the_small_world_is_the_same_for_the_same_seed() -> None:
    one, other, third = (synthetic.small_world(seed=seed, as_of=date(2026, 11, 22)) for seed in (1, 1, 2))

    assert one.catalogue.products.height == 60
    assert one.people.height == 40
    assert one.catalogue.merchants.height == 12
    assert [week.lines for week in one.weeks] == [week.lines for week in other.weeks]
    assert one.lines_of(one.weeks[3]).equals(other.lines_of(other.weeks[3]))
    assert [week.lines for week in one.weeks] != [week.lines for week in third.weeks]


def test_every_line_of_the_small_world_adds_up() -> None:
    world = synthetic.small_world(seed=3, as_of=date(2026, 11, 22))

    lines = pl.concat(world.lines_of(week) for week in world.weeks)

    assert (lines["quantity"] * lines["unit_price"] - lines["discount"] == lines["total"]).all()
    assert (lines["platform_discount"] <= lines["discount"]).all()
    assert lines["placed_at"].max() < datetime(2026, 11, 22)
