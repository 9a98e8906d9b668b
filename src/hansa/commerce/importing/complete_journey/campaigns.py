"""Campaigns, coupons and their redemptions out of the source's tables. Pure.

A campaign runs on every platform that one of its recipients calls home. A coupon of a campaign becomes a
promotion on each platform that lists one of its goods; its percentage, which the source does not tell, is the
median share that such coupons took off those goods, else 20 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from hansa.commerce.importing.complete_journey.goods import ref
from hansa.commerce.importing.complete_journey.source import NAME, Tables

_USUAL_BP = 2_000
_LEAST_BP, _MOST_BP = 100, 9_000
_TIME = pl.Datetime("us")


@dataclass(frozen=True)
class Campaigns:
    """The frames of `world.Marketing` that campaigns make, and the redemptions whose purchase is not in the data."""

    campaigns: pl.DataFrame
    recipients: pl.DataFrame
    promotions: pl.DataFrame
    promoted: pl.DataFrame
    coupons: pl.DataFrame
    redemptions: pl.DataFrame
    redemptions_left_out: int


def campaigns_of(
    tables: Tables, lines: pl.DataFrame, homes: pl.DataFrame, listed: pl.DataFrame, *, shift: timedelta
) -> Campaigns:
    """Make the campaigns of these lines.

    In: lines with platform, gross, coupon_disc and placed_at; homes (household_id, home); listed (platform,
    product_id, manufacturer_id).
    """
    recipients = tables.campaigns.join(homes, on="household_id", maintain_order="left").rename(
        {"home": "platform"}
    )
    campaigns = _campaigns(tables, recipients, shift)
    offered = (
        tables.coupons.join(listed, on="product_id", maintain_order="left")
        .join(campaigns.select("campaign_id").unique(), on="campaign_id", how="semi", maintain_order="left")
        .unique(["platform", "campaign_id", "coupon_upc", "product_id"], maintain_order=True)
    )
    used, left_out = _redemptions(tables, lines, offered, homes)
    promotions = _promotions(offered, campaigns, lines)
    return Campaigns(
        campaigns=campaigns.drop("campaign_id"),
        recipients=recipients.select(
            "platform", ref("campaign_id").alias("campaign_ref"), ref("household_id").alias("buyer_ref")
        ),
        promotions=promotions,
        promoted=offered.select(
            "platform", _coupon_ref().alias("promotion_ref"), ref("product_id").alias("product_ref")
        ),
        coupons=_coupons(offered, used),
        redemptions=used,
        redemptions_left_out=left_out,
    )


def _coupon_ref() -> pl.Expr:
    return pl.format("{}:{}-{}", pl.lit(NAME), pl.col("campaign_id"), pl.col("coupon_upc"))


def _code() -> pl.Expr:
    return pl.format("{}-{}", pl.col("coupon_upc"), pl.col("campaign_id"))


def _campaigns(tables: Tables, recipients: pl.DataFrame, shift: timedelta) -> pl.DataFrame:
    """Dates in the source are days; a campaign ends with its last day."""
    return (
        recipients.select("platform", "campaign_id")
        .unique()
        .join(tables.campaign_descriptions, on="campaign_id")
        .sort("platform", "campaign_id")
        .select(
            "platform",
            "campaign_id",
            ref("campaign_id").alias("campaign_ref"),
            pl.format("Campaign {} ({})", pl.col("campaign_id"), pl.col("campaign_type")).alias("name"),
            (pl.col("start_date").cast(_TIME) + shift).alias("starts_at"),
            (pl.col("end_date").cast(_TIME) + shift + timedelta(days=1)).alias("ends_at"),
        )
    )


def _promotions(offered: pl.DataFrame, campaigns: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    share = (
        lines.filter((pl.col("coupon_disc") > 0) & (pl.col("gross") > 0))
        .group_by("product_id")
        .agg((pl.col("coupon_disc") * 10_000 / pl.col("gross")).median().alias("share_bp"))
    )
    ends = campaigns.group_by("campaign_id").agg(pl.col("starts_at", "ends_at", "name").first())
    houses = pl.col("manufacturer_id")
    return (
        offered.join(share, on="product_id", how="left", maintain_order="left")
        .group_by("platform", "campaign_id", "coupon_upc", maintain_order=True)
        .agg(
            pl.col("share_bp").median(),
            pl.when(houses.n_unique() == 1).then(houses.first()).alias("manufacturer_id"),
        )
        .join(ends, on="campaign_id", how="left", maintain_order="left")
        .select(
            "platform",
            _coupon_ref().alias("promotion_ref"),
            pl.format("Coupon {} of {}", pl.col("coupon_upc"), pl.col("name").str.to_lowercase()).alias(
                "name"
            ),
            ref("manufacturer_id").alias("merchant_ref"),
            pl.col("share_bp")
            .round()
            .cast(pl.Int64)
            .clip(_LEAST_BP, _MOST_BP)
            .fill_null(_USUAL_BP)
            .alias("percent_bp"),
            "starts_at",
            "ends_at",
        )
    )


def _redemptions(
    tables: Tables, lines: pl.DataFrame, offered: pl.DataFrame, homes: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """Find the purchase each coupon was used for: that day's first by the household, those with its goods before others."""
    asked = tables.coupon_redemptions.join(
        homes.select("household_id"), on="household_id", how="semi", maintain_order="left"
    )
    asked = asked.with_columns(day=pl.col("redemption_date").dt.date()).with_row_index("nth")
    bought = lines.select(
        "household_id", "basket_id", "product_id", "platform", "placed_at", day=pl.col("source_day"),
    )  # fmt: skip
    baskets = bought.select("household_id", "day", "basket_id", "platform", "placed_at").unique(
        maintain_order=True
    )
    coupons = offered.select("platform", "campaign_id", "coupon_upc").unique(maintain_order=True)
    fits = (
        (
            bought.join(offered, on=["platform", "product_id"])
            .select("basket_id", "campaign_id", "coupon_upc", has_goods=pl.lit(value=True))
            .unique()
        )
        if asked.height
        else pl.DataFrame(
            schema={
                "basket_id": pl.Int64,
                "campaign_id": pl.Int64,
                "coupon_upc": pl.Int64,
                "has_goods": pl.Boolean,
            }
        )
    )
    found = (
        asked.join(baskets, on=["household_id", "day"], maintain_order="left")
        .join(coupons, on=["platform", "campaign_id", "coupon_upc"], how="semi", maintain_order="left")
        .join(fits, on=["basket_id", "campaign_id", "coupon_upc"], how="left", maintain_order="left")
        .sort(["nth", "has_goods", "placed_at"], descending=[False, True, False], nulls_last=True)
        .unique("nth", keep="first", maintain_order=True)
        .unique(["platform", "campaign_id", "coupon_upc", "basket_id"], keep="first", maintain_order=True)
    )
    used = found.select(
        "platform",
        _code().alias("code"),
        ref("household_id").alias("buyer_ref"),
        pl.format("CJ-{}", pl.col("basket_id")).alias("basket"),
        pl.col("placed_at").alias("redeemed_at"),
    )
    return used, asked.height - used.height


def _coupons(offered: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    counted = (
        used.group_by("platform", "code", "buyer_ref")
        .len("of_buyer")
        .group_by("platform", "code")
        .agg(
            pl.col("of_buyer").sum().cast(pl.Int64).alias("uses"),
            pl.col("of_buyer").max().cast(pl.Int64).alias("of_buyer"),
        )
    )
    return (
        offered.select("platform", "campaign_id", "coupon_upc")
        .unique(maintain_order=True)
        .with_columns(code=_code(), promotion_ref=_coupon_ref())
        .join(counted, on=["platform", "code"], how="left", maintain_order="left")
        .select(
            "platform",
            "promotion_ref",
            "code",
            pl.col("uses").fill_null(0),
            (pl.col("uses").fill_null(0) + 1_000).alias("most_uses"),
            pl.col("of_buyer").fill_null(1).alias("most_per_buyer"),
        )
    )
