"""The Complete Journey as a world of three platforms: every transformation of the source, in order. Pure but
for the scan of promotions and the towns' layout. Each step's rules stand in its own module.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import polars as pl

from hansa.commerce.importing.complete_journey import calendar, goods, lines, places
from hansa.commerce.importing.complete_journey.campaigns import Campaigns, campaigns_of
from hansa.commerce.importing.complete_journey.goods import ref
from hansa.commerce.importing.complete_journey.price_cuts import price_cuts
from hansa.commerce.importing.complete_journey.source import NAME, Tables
from hansa.commerce.importing.generator import parcels, people, reviews
from hansa.commerce.importing.generator.settings import FULL, SMALL, Setting
from hansa.commerce.importing.generator.stock import DEMAND_WEEKS
from hansa.commerce.importing.history.purchases import WAITING
from hansa.commerce.importing.history.world import PLACE, PROFILE, Ground, Marketing, Week, World
from hansa.commerce.importing.platforms import HANSEATIC, PlatformSpec

SCALES = ("small", "full")
LAST_DAY = date(2017, 12, 31)  # of the source, by the wall clock of its shops
WEEK_1 = datetime(2016, 12, 26)  # noqa: DTZ001 - a wall clock's Monday; the data begins on its Sunday
_FOUNDED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Plan:
    """The choices of an import's first run, which every later run keeps."""

    scale: str
    shift_days: int
    as_of: date
    seed: int

    @property
    def shift(self) -> timedelta:
        return timedelta(days=self.shift_days)

    @property
    def setting(self) -> Setting:
        ends = datetime.combine(LAST_DAY, time()) + timedelta(days=1) + self.shift
        today = datetime.combine(self.as_of, time())
        return Setting(self.seed, SMALL if self.scale == "small" else FULL, ends, max(ends, today))


def make_world(tables: Tables, plan: Plan) -> tuple[World, dict[str, int]]:
    """Turn the source into a world; answers also the counts of `lines.counts` for the report."""
    stores = _stores(tables)
    exact = _timed(lines.exact(_sliced(tables.transactions, plan), tables.products), stores, plan)
    counts = lines.counts(exact)
    homes = _homes(exact)
    drawn = _drawn(exact, homes, plan.setting)
    products = goods.known_products(tables.products, exact)
    joined_at = WEEK_1 + plan.shift - _FOUNDED_BEFORE
    catalogue = goods.catalogue(products, drawn, HANSEATIC, seed=plan.seed, joined_at=joined_at)
    marketing, left_out = _marketing(tables, drawn, stores, homes, plan)
    by_week = {week: frame for (week,), frame in drawn.partition_by("week", as_dict=True).items()}
    world = World(
        source=NAME,
        ground=Ground(HANSEATIC, _places(stores, drawn, plan.seed)),
        people=people.people(_shoppers(exact, homes), HANSEATIC, seed=plan.seed),
        profiles=_profiles(tables, homes),
        catalogue=catalogue,
        marketing=marketing,
        demand=_demand(drawn, plan.setting),
        spent=_spent(drawn),
        setting=plan.setting,
        weeks=tuple(
            Week(week, WEEK_1 + plan.shift + timedelta(weeks=week - 1), by_week[week].height)
            for week in sorted(by_week)
        ),
        lines_of=lambda week: _named(by_week[week.number]),
    )
    return world, counts | {"redemptions_left_out": left_out}


def _stores(tables: Tables) -> pl.DataFrame:
    """Columns: store_id, platform (code), lines."""
    codes = {place: spec.code for place, spec in enumerate(HANSEATIC)}
    dealt = places.platform_of_stores(tables.transactions, len(HANSEATIC))
    return dealt.with_columns(pl.col("platform").replace_strict(codes, return_dtype=pl.String))


def _sliced(transactions: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    if plan.scale == "full":
        return transactions
    chosen = places.households_of_slice(transactions["household_id"])
    return transactions.filter(pl.col("household_id").is_in(chosen.implode()))


def _timed(exact: pl.DataFrame, stores: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    wall = calendar.on_the_wall("transaction_timestamp")
    return (
        exact.join(stores.select("store_id", "platform"), on="store_id", how="left", maintain_order="left")
        .with_columns(placed_at=wall + plan.shift, source_day=wall.dt.date())
        .drop("transaction_timestamp")
    )


def _drawn(exact: pl.DataFrame, homes: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    """Let the generator decide on each line what hangs on it alone.

    Nothing is sent from one town to another: who buys away from home collects it there.
    """
    keyed = exact.join(homes, on="household_id", how="left", maintain_order="left").with_columns(
        line_key=pl.col("basket_id") * 1_000_003 + pl.col("product_id"),
        basket_key=pl.col("basket_id"),
        product_key=pl.col("product_id"),
        merchant_key=pl.col("manufacturer_id"),
    )
    is_near = pl.col("platform") == pl.col("home")
    can_be_sent = is_near & ~pl.col("is_fuel").any().over("basket_id")
    sent = parcels.decide(keyed, setting, can_be_sent=can_be_sent).drop("home")
    rated = reviews.rate(sent, setting.volumes.reviews, seed=setting.seed)
    is_unseen = pl.col("parcel").is_in(WAITING)  # nobody judges what has not come yet
    return rated.with_columns(
        pl.when(~is_unseen).then(pl.col(name)).alias(name) for name in ("stars", "delivery_stars")
    )


def _named(week: pl.DataFrame) -> pl.DataFrame:
    """Name the lines of a week for the alliance: `world.LINE` and `world.DRAWN`."""
    return week.select(
        pl.format("CJ-{}", pl.col("basket_id")).alias("basket"),
        "placed_at",
        "platform",
        ref("store_id").alias("outlet_ref"),
        ref("household_id").alias("buyer_ref"),
        ref("product_id").alias("product_ref"),
        *("quantity", "is_void", "unit_price", "discount", "platform_discount", "total"),
        pl.lit(0, pl.Int64).alias("delivery_fee"),
        *("line_key", "basket_key", "product_key", "merchant_key", "stars", "delivery_stars", "parcel"),
    )


def _homes(exact: pl.DataFrame) -> pl.DataFrame:
    """Where each household buys most. Columns: household_id, home."""
    return (
        exact.group_by("household_id", "platform")
        .len()
        .sort(["household_id", "len", "platform"], descending=[False, True, False])
        .group_by("household_id", maintain_order=True)
        .agg(pl.col("platform").first().alias("home"))
    )


def _shoppers(exact: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    joined = (
        exact.group_by("household_id")
        .agg(pl.col("placed_at").min().alias("joined_at"))
        .join(homes, on="household_id")
    )
    return joined.sort("household_id").select(
        pl.col("household_id").alias("key"),
        ref("household_id").alias("ref"),
        pl.format("household-{}", pl.col("household_id")).alias("username"),
        "home",
        "joined_at",
    )


def _profiles(tables: Tables, homes: pl.DataFrame) -> pl.DataFrame:
    known = tables.demographics.join(homes.select("household_id"), on="household_id", how="semi").sort(
        "household_id"
    )
    told = [pl.col(name).fill_null("") for name in PROFILE if name != "ref"]
    return known.select(ref("household_id").alias("ref"), *told)


def _places(stores: pl.DataFrame, drawn: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One centre a platform, and every store that sold something as an outlet, on doors of the platform's town."""
    open_stores = stores.filter(pl.col("store_id").is_in(drawn["store_id"].unique().implode())).sort(
        "store_id"
    )
    return pl.concat(
        _places_of(spec, open_stores.filter(pl.col("platform") == spec.code), seed) for spec in HANSEATIC
    )


def _places_of(spec: PlatformSpec, stores: pl.DataFrame, seed: int) -> pl.DataFrame:
    doors = people.doors(spec, stores.height + 1, seed=seed + 1)
    names = [f"{spec.name} Centre", *(f"{spec.city} Outlet {number}" for number in stores["store_id"])]
    kinds = ["centre", *["outlet"] * stores.height]
    refs = [f"{NAME}:centre-{spec.code}", *stores.select(ref("store_id")).to_series()]
    rows = zip(
        refs, [spec.code] * len(refs), names, kinds, doors["latitude"], doors["longitude"], strict=True
    )
    return pl.DataFrame(list(rows), schema=PLACE, orient="row")


def _demand(drawn: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    """Columns: `world.DEMAND`."""
    since = setting.data_ends - timedelta(weeks=DEMAND_WEEKS)
    recent = pl.col("quantity").filter(pl.col("placed_at") >= since).sum()
    promised = pl.col("quantity").filter(pl.col("parcel").is_in(WAITING)).sum()
    return (
        drawn.group_by("platform", "product_id")
        .agg(recent.alias("recent"), promised.alias("promised"))
        .select(
            "platform",
            ref("product_id").alias("product_ref"),
            pl.col("product_id").alias("product_key"),
            "recent",
            "promised",
        )
    )


def _spent(drawn: pl.DataFrame) -> pl.DataFrame:
    """Columns: `world.SPENT`."""
    sums = drawn.group_by("household_id", "manufacturer_id").agg(
        pl.col("total").sum(), pl.col("placed_at").min().alias("first_at")
    )
    return sums.filter(pl.col("manufacturer_id") != lines.NOBODYS).select(
        ref("household_id").alias("buyer_ref"),
        ref("manufacturer_id").alias("merchant_ref"),
        pl.col("household_id").alias("buyer_key"),
        pl.col("manufacturer_id").alias("merchant_key"),
        "total",
        "first_at",
    )


def _marketing(
    tables: Tables, drawn: pl.DataFrame, stores: pl.DataFrame, homes: pl.DataFrame, plan: Plan
) -> tuple[Marketing, int]:
    listed = (
        drawn.filter(pl.col("unit_price") > 0).select("platform", "product_id", "manufacturer_id").unique()
    )
    made: Campaigns = campaigns_of(tables, drawn, homes, listed, shift=plan.shift)
    cuts, cut_goods = price_cuts(tables.promotions, drawn, stores, first_monday=WEEK_1 + plan.shift)
    marketing = Marketing(
        campaigns=made.campaigns,
        recipients=made.recipients,
        coupon_promotions=made.promotions,
        coupon_goods=made.promoted,
        coupons=made.coupons,
        redemptions=made.redemptions,
        cuts=cuts,
        cut_goods=cut_goods,
    )
    return marketing, made.redemptions_left_out
