"""Every line of the source as an exact line of an order. Pure. The rules, each counted in the report:

- Money is whole cents. Gross = sales_value + retail_disc + coupon_match_disc, the shelf price; total = sales_value,
  what the seller received. A manufacturer's coupon (coupon_disc) pays part of that total and lowers no price,
  so it is only summed in the report; the retailer's match of it is the discount that the platform pays.
- unit_price = ceil(gross / quantity); the cents that this rounds up go into the discount, so that
  total = quantity x unit_price - discount holds exactly.
- Fuel is counted in thousandths of a gallon: one fill is quantity 1.
- Quantity 0 without money is a void line of quantity and total 0. Quantity 0 with money is quantity 1.
- A product that the source's product table does not know (all but a few such lines are coupons handed in)
  belongs to the product and the house of nobody.
"""

from __future__ import annotations

import polars as pl

NOBODYS = 0  # the number of the house that goods without a manufacturer belong to
FUEL = pl.col("product_type").fill_null("").str.starts_with("GASOLINE")


def exact(transactions: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Apply the rules above.

    Columns: basket_id, household_id, store_id, product_id, manufacturer_id, week, transaction_timestamp,
    quantity, is_void, unit_price, discount, platform_discount, total, and the flags of `counts`.
    """
    kinds = products.select("product_id", "manufacturer_id", is_fuel=FUEL)
    cents = [
        (pl.col(name) * 100).round().cast(pl.Int64).alias(name)
        for name in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
    ]
    gross = pl.col("sales_value") + pl.col("retail_disc") + pl.col("coupon_match_disc")
    return (
        transactions.with_columns(cents)
        .join(kinds, on="product_id", how="left", maintain_order="left")
        .with_columns(
            gross=gross,
            is_orphan=pl.col("manufacturer_id").is_null(),
            is_fuel=pl.col("is_fuel").fill_null(value=False),
            manufacturer_id=pl.col("manufacturer_id").fill_null(NOBODYS),
        )
        .with_columns(
            is_void=(pl.col("quantity") == 0) & (pl.col("gross") == 0),
            is_given=(pl.col("quantity") == 0) & (pl.col("gross") > 0),
        )
        .with_columns(
            quantity=pl.when(pl.col("is_fuel") | pl.col("is_given")).then(1).otherwise(pl.col("quantity"))
        )
        .with_columns(quantity=pl.when(pl.col("is_void")).then(0).otherwise(pl.col("quantity")))
        .with_columns(unit_price=-(-pl.col("gross") // pl.max_horizontal("quantity", 1)))
        .with_columns(
            discount=pl.col("quantity") * pl.col("unit_price") - pl.col("sales_value"),
            platform_discount=pl.col("coupon_match_disc"),
            total=pl.col("sales_value"),
        )
    )


def counts(lines: pl.DataFrame) -> dict[str, int]:
    """Count what each rule did, and the sums of money by which the import can be checked."""
    rounded = pl.col("quantity") * pl.col("unit_price") - pl.col("gross")
    sums = lines.select(
        lines=pl.len(),
        baskets=pl.col("basket_id").n_unique(),
        void_lines=pl.col("is_void").sum(),
        quantity_0_with_money=pl.col("is_given").sum(),
        fuel_lines=pl.col("is_fuel").sum(),
        lines_of_unknown_products=pl.col("is_orphan").sum(),
        prices_rounded_up=(rounded > 0).sum(),
        rounded_up_minor=rounded.sum(),
        total_minor=pl.col("total").sum(),
        shop_discount_minor=pl.col("retail_disc").sum(),
        platform_discount_minor=pl.col("platform_discount").sum(),
        manufacturer_coupons_minor=pl.col("coupon_disc").sum(),
    )
    return {name: int(value) for name, value in sums.row(0, named=True).items()}
