"""The books of imported history: one journal of takings for each platform and chunk, and its payout. Pure.

A leg names its account by kind and merchant; debit is positive. Every journal sums to zero because the
merchant's share is what the buyers paid, plus what the platform added, less the commission.
"""

from __future__ import annotations

import polars as pl

_LEG = ["journal", "platform_id", "currency", "kind", "merchant_id", "amount"]


def takings(orders: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Sum a chunk's purchases into the legs of one journal for each platform and currency.

    Columns: journal (row number from 0), platform_id, currency, kind, merchant_id (null: the platform's own), amount.
    """
    by = ["platform_id", "currency"]
    merchants = orders.group_by(*by, "merchant_id", maintain_order=True).agg(
        pl.col("items_total").sum(), pl.col("platform_discount").sum(), pl.col("commission").sum()
    )
    platforms = merchants.group_by(by, maintain_order=True).agg(
        pl.col("items_total").sum(), pl.col("platform_discount").sum(), pl.col("commission").sum()
    )
    fees = groups.group_by(by, maintain_order=True).agg(pl.col("delivery_fee").sum())
    platforms = platforms.join(fees, on=by, maintain_order="left").sort(by).with_row_index("journal")
    owed = pl.col("items_total") + pl.col("platform_discount") - pl.col("commission")
    payable = merchants.join(platforms.select("journal", *by), on=by, maintain_order="left").select(
        "journal", *by, pl.lit("payable").alias("kind"), "merchant_id", (-owed).alias("amount")
    )
    own = [
        _own(platforms, "provider", pl.col("items_total") + pl.col("delivery_fee")),
        _own(platforms, "commission", -pl.col("commission")),
        _own(platforms, "promotion", pl.col("platform_discount")),
        _own(platforms, "delivery", -pl.col("delivery_fee")),
    ]
    legs = pl.concat([*own, payable.with_columns(pl.col("journal").cast(pl.Int64))]).select(_LEG)
    return legs.filter(pl.col("amount") != 0).sort("journal", maintain_order=True)


def payouts(legs: pl.DataFrame) -> pl.DataFrame:
    """Pay out all that a chunk's takings made the platforms owe: debit payable, credit provider."""
    debits = legs.filter(pl.col("kind") == "payable").with_columns(-pl.col("amount"))
    credits = debits.group_by("journal", "platform_id", "currency", maintain_order=True).agg(
        -pl.col("amount").sum()
    )
    credits = credits.with_columns(kind=pl.lit("provider"), merchant_id=pl.lit(None, pl.Int64))
    both = pl.concat([debits.select(_LEG), credits.select(_LEG)])
    return both.filter(pl.col("amount") != 0).sort("journal", maintain_order=True)


def _own(platforms: pl.DataFrame, kind: str, amount: pl.Expr) -> pl.DataFrame:
    return platforms.select(
        pl.col("journal").cast(pl.Int64),
        "platform_id",
        "currency",
        pl.lit(kind).alias("kind"),
        pl.lit(None, pl.Int64).alias("merchant_id"),
        amount.alias("amount"),
    )
