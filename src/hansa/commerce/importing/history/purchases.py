"""Receipts become purchases: lines > one order for each merchant > one purchase, with payment and books. Pure.

In: a frame of lines whose ids are resolved (`LINE`), any number of whole baskets. Out: frames in the shape
of the tables, whose keys to each other are row numbers from 0, to be moved by the first id of each block.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

LINE: dict[str, pl.DataType] = {
    "basket": pl.String(),  # the purchase's number
    "placed_at": pl.Datetime("us"),
    "platform_id": pl.Int64(),
    "commission_bp": pl.Int64(),
    "currency": pl.String(),
    "outlet_id": pl.Int64(),
    "buyer_id": pl.Int64(),  # may be null: a guest
    "merchant_id": pl.Int64(),
    "offer_id": pl.Int64(),
    "title": pl.String(),
    "quantity": pl.Int64(),
    "is_void": pl.Boolean(),
    "unit_price": pl.Int64(),
    "discount": pl.Int64(),
    "platform_discount": pl.Int64(),
    "total": pl.Int64(),
    "delivery_fee": pl.Int64(),  # of the whole basket, the same on each of its lines
}

_BASIS = 10_000
_OF_THE_BASKET = ("commission_bp", "currency", "outlet_id", "delivery_fee")
# What the generator decided for a basket beforehand; absent for sources that nothing is made up for.
_DECIDED = ("basket_key", "parcel")
# Values of ``parcel``. Due and open ones are paid and wait for a tour: on a day that is past, or is still to come.
COLLECTED, SENT, DUE, OPEN = "collected", "sent", "due", "open"
WAITING = (DUE, OPEN)


@dataclass(frozen=True)
class Purchases:
    """Rows of one chunk. ``group``, ``order`` and ``line`` are row numbers from 0."""

    groups: pl.DataFrame
    orders: pl.DataFrame
    lines: pl.DataFrame


def shape(lines: pl.DataFrame) -> Purchases:
    """Build the purchases of these lines; every sum is exact in minor units. Further columns stay on the lines."""
    ordered = (
        lines.sort("placed_at", "basket", "merchant_id", maintain_order=True)
        .with_columns(group=pl.col("basket").rle_id().cast(pl.Int64))
        .with_columns(order=pl.struct("group", "merchant_id").rle_id().cast(pl.Int64))
    )
    orders = _orders(ordered)
    return Purchases(
        groups=_groups(ordered, orders),
        orders=orders.drop("commission_bp"),
        lines=ordered.drop(_OF_THE_BASKET),
    )


def commission_of(base: pl.Expr, basis_points: pl.Expr) -> pl.Expr:
    """Take basis points of a non-negative amount, rounded half up: `kernel.money.share_of` on a column."""
    return (base * basis_points + _BASIS // 2) // _BASIS


def _orders(ordered: pl.DataFrame) -> pl.DataFrame:
    parcel = ["parcel"] if "parcel" in ordered.columns else []
    same = ["group", "platform_id", "commission_bp", "currency", "merchant_id", "placed_at", *parcel]
    return (
        ordered.group_by("order", maintain_order=True)
        .agg(
            pl.col(*same).first(),
            pl.col("total").sum().alias("items_total"),
            pl.col("platform_discount").sum(),
        )
        .with_columns(
            commission=commission_of(
                pl.col("items_total") + pl.col("platform_discount"), pl.col("commission_bp")
            )
        )
    )


def _groups(ordered: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    decided = [name for name in _DECIDED if name in ordered.columns]
    same = ["platform_id", "currency", "outlet_id", "buyer_id", "placed_at", "delivery_fee", *decided]
    heads = ordered.group_by("group", maintain_order=True).agg(
        pl.col("basket").first().alias("number"), pl.col(*same).first()
    )
    totals = orders.group_by("group", maintain_order=True).agg(pl.col("items_total").sum())
    return heads.join(totals, on="group", how="left", maintain_order="left").with_columns(
        grand_total=pl.col("items_total") + pl.col("delivery_fee")
    )
