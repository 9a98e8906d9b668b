# ruff: noqa: DTZ001 - frames hold UTC without a zone
from datetime import datetime

import polars as pl

from hansa.commerce.importing.history import books
from hansa.commerce.importing.history.purchases import LINE, commission_of, shape
from hansa.kernel.money import share_of


def _line(
    basket: str, merchant: int, total: int, *, discount: int = 0, fee: int = 0, hour: int = 9
) -> dict[str, object]:
    return {
        "basket": basket,
        "placed_at": datetime(2026, 11, 2, hour),
        "platform_id": 1,
        "commission_bp": 1_000,
        "currency": "USD",
        "outlet_id": 5,
        "buyer_id": 7,
        "merchant_id": merchant,
        "offer_id": 70 + merchant,
        "title": "Tea",
        "quantity": 1,
        "is_void": False,
        "unit_price": total + discount,
        "discount": discount,
        "platform_discount": discount,
        "total": total,
        "delivery_fee": fee,
    }


def _frame(*lines: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(lines), schema=LINE)


def test_a_receipt_becomes_one_purchase_with_an_order_for_each_merchant() -> None:
    made = shape(_frame(_line("B", 2, 300), _line("A", 1, 100), _line("A", 2, 250), _line("A", 1, 50)))

    assert made.groups.select("number", "items_total", "grand_total").rows() == [
        ("A", 400, 400),
        ("B", 300, 300),
    ]
    assert made.orders.select("group", "merchant_id", "items_total").rows() == [
        (0, 1, 150),
        (0, 2, 250),
        (1, 2, 300),
    ]
    assert made.lines.select("group", "order", "total").rows() == [
        (0, 0, 100),
        (0, 0, 50),
        (0, 1, 250),
        (1, 2, 300),
    ]


def test_the_delivery_fee_of_a_receipt_counts_once() -> None:
    made = shape(_frame(_line("A", 1, 100, fee=49), _line("A", 2, 250, fee=49)))

    assert made.groups.select("items_total", "delivery_fee", "grand_total").row(0) == (350, 49, 399)


def test_commission_is_taken_of_what_the_merchant_gets_and_rounded_as_the_kernel_does() -> None:
    made = shape(_frame(_line("A", 1, 100, discount=5)))

    # 10 % of 100 + 5, half a cent up.
    assert made.orders["commission"].to_list() == [11]
    bases = list(range(200))
    taken = (
        pl.DataFrame({"base": bases}).select(commission_of(pl.col("base"), pl.lit(875))).to_series().to_list()
    )
    assert taken == [share_of(base, 875) for base in bases]


def test_takings_say_who_is_owed_what_and_sum_to_zero() -> None:
    made = shape(
        _frame(_line("A", 1, 100, discount=5, fee=49), _line("A", 2, 250, fee=49), _line("B", 2, 300))
    )

    legs = books.takings(made.orders, made.groups)

    assert sorted(legs.select("kind", "merchant_id", "amount").rows(), key=str) == sorted(
        [
            ("provider", None, 699),  # 650 of goods, 49 of delivery
            ("promotion", None, 5),
            ("delivery", None, -49),
            ("commission", None, -66),  # 11 of merchant 1, 25 + 30 of merchant 2
            ("payable", 1, -94),  # 105 - 11
            ("payable", 2, -495),  # 550 - 55
        ],
        key=str,
    )
    assert legs["amount"].sum() == 0


def test_a_payout_pays_all_that_is_owed() -> None:
    made = shape(_frame(_line("A", 1, 100), _line("B", 2, 300)))

    paid = books.payouts(books.takings(made.orders, made.groups))

    assert sorted(paid.select("kind", "merchant_id", "amount").rows(), key=str) == sorted(
        [("payable", 1, 90), ("payable", 2, 270), ("provider", None, -360)], key=str
    )


def test_a_receipt_over_nothing_makes_no_leg() -> None:
    made = shape(_frame(_line("A", 1, 0)))

    assert books.takings(made.orders, made.groups).is_empty()
    assert made.groups["grand_total"].to_list() == [0]


def test_each_platform_has_a_journal_of_its_own() -> None:
    there = _frame(_line("A", 1, 100), _line("B", 1, 200) | {"platform_id": 2})

    made = shape(there)
    legs = books.takings(made.orders, made.groups)

    sums = legs.group_by("journal", "platform_id").agg(
        pl.col("amount").sum(), pl.col("amount").max().alias("taken")
    )
    assert sorted(sums.rows()) == [(0, 1, 0, 100), (1, 2, 0, 200)]
