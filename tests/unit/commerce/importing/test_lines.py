# ruff: noqa: DTZ001 - frames hold UTC without a zone
from datetime import datetime

import polars as pl

from hansa.commerce.importing.complete_journey import lines

_PRODUCTS = pl.DataFrame(
    [(1, 10, "APPLE SAUCE"), (2, 20, "GASOLINE-REG UNLEADED")],
    schema={"product_id": pl.Int64, "manufacturer_id": pl.Int64, "product_type": pl.String},
    orient="row",
)


def _bought(**values: float) -> dict[str, object]:
    """Apply the rules to one line of the source."""
    row = {
        "household_id": 1,
        "store_id": 1,
        "basket_id": 1,
        "product_id": 1,
        "quantity": 1,
        "sales_value": 0.0,
        "retail_disc": 0.0,
        "coupon_disc": 0.0,
        "coupon_match_disc": 0.0,
        "week": 1,
        "transaction_timestamp": datetime(2017, 1, 1, 12),
    } | values
    frame = pl.DataFrame([row]).with_columns(pl.col("^.*_(value|disc)$").cast(pl.Float64))
    return lines.exact(frame, _PRODUCTS).row(0, named=True)


def _money(line: dict[str, object]) -> tuple[object, ...]:
    return tuple(line[name] for name in ("quantity", "unit_price", "discount", "platform_discount", "total"))


def test_a_plain_line_keeps_its_money() -> None:
    line = _bought(quantity=2, sales_value=2.78, retail_disc=0.80)

    # Two at 1.79 on the shelf, 80 cents off.
    assert _money(line) == (2, 179, 80, 0, 278)


def test_a_price_that_does_not_divide_is_rounded_up_and_the_cent_given_back() -> None:
    line = _bought(quantity=3, sales_value=1.00)

    # 34 cents each make 102: two cents come off again.
    assert _money(line) == (3, 34, 2, 0, 100)


def test_the_retailers_match_of_a_coupon_is_paid_by_the_platform() -> None:
    line = _bought(sales_value=1.50, retail_disc=0.20, coupon_disc=0.50, coupon_match_disc=0.30)

    # On the shelf 2.00; off come 20 and 30 cents; the manufacturer's coupon is money like any other.
    assert _money(line) == (1, 200, 50, 30, 150)


def test_a_fill_of_fuel_is_one_good() -> None:
    line = _bought(product_id=2, quantity=10_393, sales_value=25.41)

    assert _money(line) == (1, 2541, 0, 0, 2541)
    assert line["is_fuel"]


def test_quantity_zero_without_money_is_a_void_line() -> None:
    line = _bought(quantity=0, coupon_disc=1.00)

    assert _money(line) == (0, 0, 0, 0, 0)
    assert line["is_void"]


def test_quantity_zero_with_money_is_one_good() -> None:
    line = _bought(quantity=0, sales_value=0.07)

    assert _money(line) == (1, 7, 0, 0, 7)
    assert not line["is_void"]


def test_a_dust_of_floating_point_is_no_money() -> None:
    assert _bought(quantity=0, sales_value=4.4e-16)["is_void"]


def test_a_product_nobody_knows_belongs_to_nobody() -> None:
    line = _bought(product_id=999, quantity=0)

    assert line["manufacturer_id"] == lines.NOBODYS
    assert line["is_orphan"]


def test_counts_tell_what_each_rule_did() -> None:
    frame = pl.concat(
        pl.DataFrame([_bought(**values)])
        for values in (
            {"quantity": 3, "sales_value": 1.00},
            {"quantity": 0},
            {"quantity": 0, "sales_value": 0.07},
            {"product_id": 2, "quantity": 9_000, "sales_value": 20.0},
        )
    )

    counts = lines.counts(frame)

    assert counts["lines"] == 4
    assert counts["void_lines"] == 1
    assert counts["quantity_0_with_money"] == 1
    assert counts["fuel_lines"] == 1
    assert counts["prices_rounded_up"] == 1
    assert counts["rounded_up_minor"] == 2
    assert counts["total_minor"] == 100 + 7 + 2000
