"""Mailer and display weeks as promotions, small enough to keep. Pure but for the scan it is handed.

The source has 20.9 million rows of product, store and week with a place in the mailer or on a display, but no
price. They are folded by platform and period of four weeks. The `MOST_HOUSES` houses that sold most below the
shelf price on a platform in a period get one promotion there: of those of their goods that were shown, at the
share that was taken off them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from hansa.commerce.importing.complete_journey.goods import ref
from hansa.commerce.importing.complete_journey.source import NAME

PERIOD_WEEKS = 4
MOST_HOUSES = 40
MOST_GOODS = 25
_LEAST_BP, _MOST_BP = 200, 9_000
_KEY = ["platform", "period", "product_id"]
_HOUSE = ["platform", "period", "manufacturer_id"]


def price_cuts(
    shown: pl.LazyFrame, lines: pl.DataFrame, stores: pl.DataFrame, *, first_monday: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make the promotions and their goods: `cuts` and `cut_goods` of `world.Marketing`.

    In: lines with platform, week, gross, retail_disc; stores (store_id, platform); the Monday on which the
    (shifted) week 1 begins.
    """
    cut = _best_houses(_cut_goods(lines))
    goods = cut.join(_placed(shown, stores, cut), on=_KEY, maintain_order="left")
    goods = goods.group_by(_HOUSE, maintain_order=True).head(MOST_GOODS)
    houses = goods.group_by(_HOUSE, maintain_order=True).agg(
        pl.col("gross").sum(),
        pl.col("retail_disc").sum(),
        pl.col("in_mailer").any(),
        pl.col("on_display").any(),
    )
    promoted = goods.select(
        "platform", _promotion_ref().alias("promotion_ref"), ref("product_id").alias("product_ref")
    )
    return _promotions(houses, first_monday), promoted


def _best_houses(cut: pl.DataFrame) -> pl.DataFrame:
    """Keep the goods of the houses that sold most below the shelf price, the best-selling goods first."""
    best = (
        cut.group_by(_HOUSE)
        .agg(pl.col("gross").sum())
        .sort(["platform", "period", "gross", "manufacturer_id"], descending=[False, False, True, False])
        .group_by("platform", "period", maintain_order=True)
        .head(MOST_HOUSES)
        .with_row_index("rank")
    )
    return cut.join(best.select(*_HOUSE, "rank"), on=_HOUSE).sort(
        ["rank", "gross", "product_id"], descending=[False, True, False]
    )


def _promotion_ref() -> pl.Expr:
    return pl.format("{}:weeks-{}-{}", pl.lit(NAME), pl.col("period"), pl.col("manufacturer_id"))


def _period() -> pl.Expr:
    return ((pl.col("week") - 1) // PERIOD_WEEKS).cast(pl.Int64)


def _cut_goods(lines: pl.DataFrame) -> pl.DataFrame:
    cut = lines.with_columns(period=_period()).group_by([*_KEY, "manufacturer_id"])
    share_bp = pl.col("retail_disc") * 10_000 // pl.col("gross")
    sums = cut.agg(pl.col("gross").sum(), pl.col("retail_disc").sum())
    return sums.filter(pl.col("gross") > 0).filter(share_bp >= _LEAST_BP)


def _placed(shown: pl.LazyFrame, stores: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Fold the rows to platform, period and product. Columns: those, in_mailer, on_display."""
    goods = wanted.select("product_id").unique().lazy()
    return (
        shown.join(goods, on="product_id", how="semi")
        .join(stores.lazy().select("store_id", "platform"), on="store_id")
        .group_by("platform", "product_id", period=_period())
        .agg(
            in_mailer=(pl.col("mailer_location") != "0").any(),
            on_display=(pl.col("display_location") != "0").any(),
        )
        .collect(engine="streaming")
    )


def _promotions(houses: pl.DataFrame, first_monday: datetime) -> pl.DataFrame:
    start = pl.lit(first_monday, pl.Datetime("us")) + pl.duration(weeks=pl.col("period") * PERIOD_WEEKS)
    both = pl.col("in_mailer") & pl.col("on_display")
    one = pl.when("in_mailer").then(pl.lit("Mailer")).otherwise(pl.lit("Display"))
    where = pl.when(both).then(pl.lit("Mailer and display")).otherwise(one)
    first_week = pl.col("period") * PERIOD_WEEKS + 1
    return houses.select(
        "platform",
        _promotion_ref().alias("promotion_ref"),
        pl.format("{} offer, weeks {}–{}", where, first_week, first_week + PERIOD_WEEKS - 1).alias("name"),
        ref("manufacturer_id").alias("merchant_ref"),
        (pl.col("retail_disc") * 10_000 // pl.col("gross")).clip(_LEAST_BP, _MOST_BP).alias("percent_bp"),
        start.alias("starts_at"),
        (start + timedelta(weeks=PERIOD_WEEKS)).alias("ends_at"),
    )
