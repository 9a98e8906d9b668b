"""Writing campaigns, promotions, coupons and redemptions, inside a chunk's transaction."""

from __future__ import annotations

import polars as pl

from hansa.commerce.importing.history import foundations
from hansa.commerce.importing.loading.copying import Database


def store_campaigns(db: Database, campaigns: pl.DataFrame, recipients: pl.DataFrame) -> int:
    """Write campaigns and whom they are meant for; answers the rows."""
    own = campaigns.join(_platforms(db), on="platform", how="left", maintain_order="left")
    written = db.insert(
        "marketing_campaign",
        own.select(
            "platform_id", "name", "starts_at", "ends_at", pl.col("campaign_ref").alias("external_ref")
        ),
    )
    known = written.select(
        "platform_id", pl.col("external_ref").alias("campaign_ref"), pl.col("id").alias("campaign_id")
    )
    meant = (
        recipients.join(_platforms(db), on="platform", maintain_order="left")
        .join(known, on=["platform_id", "campaign_ref"], maintain_order="left")
        .join(_people(db), on="buyer_ref", maintain_order="left")
    )
    return (
        written.height
        + db.insert(
            "marketing_campaignrecipient", meant.select("platform_id", "campaign_id", "user_id")
        ).height
    )


def store_promotions(
    db: Database, promotions: pl.DataFrame, promoted: pl.DataFrame, *, needs_coupon: bool
) -> tuple[pl.DataFrame, int]:
    """Write promotions and the offers they cover; answers (platform_id, promotion_ref, promotion_id) and the rows."""
    merchants = foundations.refs(db, "merchants_merchant").rename(
        {"id": "merchant_id", "ref": "merchant_ref"}
    )
    own = promotions.join(_platforms(db), on="platform", how="left", maintain_order="left").join(
        merchants, on="merchant_ref", how="left", maintain_order="left"
    )
    is_merchants = pl.col("merchant_id").is_not_null()
    written = db.insert(
        "promotions_promotion",
        own.select(
            "platform_id",
            pl.col("name").str.slice(0, 120),
            "merchant_id",
            "percent_bp",
            pl.when(is_merchants).then(pl.lit("merchant")).otherwise(pl.lit("platform")).alias("funded_by"),
            "starts_at",
            "ends_at",
            pl.lit(value=needs_coupon).alias("needs_coupon"),
            pl.col("promotion_ref").alias("external_ref"),
        ),
    )
    known = written.select(
        "platform_id", pl.col("external_ref").alias("promotion_ref"), pl.col("id").alias("promotion_id")
    )
    offers = foundations.offers_by_product(db).select("product_ref", "offer_id")
    covered = (
        promoted.join(_platforms(db), on="platform", maintain_order="left")
        .join(known, on=["platform_id", "promotion_ref"], maintain_order="left")
        .join(offers, on="product_ref", maintain_order="left")
    )
    rows = db.insert(
        "promotions_promotedoffer", covered.select("platform_id", "promotion_id", "offer_id")
    ).height
    return known, written.height + rows


def store_coupons(
    db: Database, promotions: pl.DataFrame, coupons: pl.DataFrame, redemptions: pl.DataFrame
) -> int:
    """Write the coupons of stored promotions and their uses; answers the rows."""
    own = coupons.join(_platforms(db), on="platform", maintain_order="left").join(
        promotions, on=["platform_id", "promotion_ref"], maintain_order="left"
    )
    columns = ["platform_id", "promotion_id", "code", "most_uses", "most_per_buyer", "uses"]
    written = db.insert("promotions_coupon", own.select(columns))
    known = written.select("platform_id", "code", pl.col("id").alias("coupon_id"))
    used = (
        redemptions.join(_platforms(db), on="platform", maintain_order="left")
        .join(known, on=["platform_id", "code"], maintain_order="left")
        .join(_people(db), on="buyer_ref", maintain_order="left")
    )
    return (
        written.height
        + db.insert(
            "promotions_redemption",
            used.select(
                "platform_id",
                "coupon_id",
                pl.col("user_id").alias("buyer_id"),
                pl.col("basket").alias("reference"),
                pl.lit(value=False).alias("released"),
                "redeemed_at",
            ),
        ).height
    )


def _platforms(db: Database) -> pl.DataFrame:
    return foundations.platform_ids(db).select("platform", "platform_id")


def _people(db: Database) -> pl.DataFrame:
    return foundations.refs(db, "accounts_user").rename({"id": "user_id", "ref": "buyer_ref"})
