# ruff: noqa: DTZ001 - times of rows are UTC without a zone
"""Our own orders, Online Retail and Olist from rows to lines, with their rules and refusals."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from hansa.commerce.importing.errors import BadFile
from hansa.commerce.importing.platforms import own_platform
from hansa.commerce.importing.tabular import olist, online_retail, own_orders
from hansa.commerce.importing.tabular.problems import Problems
from hansa.commerce.importing.tabular.reading import Budget
from hansa.commerce.importing.tabular.spool import SPOOLED_LINE, spooling

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_SHELF = own_orders.Shelf(
    {("anker", "T1"): "offer:1", ("anker", "T2"): "offer:2", ("birke", "B1"): "offer:3"}
)
_HEAD = "order,placed_at,merchant,sku,quantity,unit_price,currency,discount,customer,delivery_fee"
_GOOD = "1001,2026-11-20 14:03:00,anker,T1,2,9.50,USD,0.50,c-17,4.90"


def _own(
    tmp_path: Path, *rows: str, shelf: own_orders.Shelf = _SHELF, known: frozenset[str] = frozenset()
) -> tuple[pl.DataFrame, Problems]:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([_HEAD, *rows]) + "\n")
    problems = Problems()
    with spooling(SPOOLED_LINE) as spool:
        lines = own_orders.read_orders(
            path, spool, problems, platform=own_platform("shop", currency="USD"), shelf=shelf, known=known,
            budget=Budget(), now=_NOW,
        )  # fmt: skip
        return lines.collect().sort("row"), problems


def test_a_good_row_becomes_a_line(tmp_path: Path) -> None:
    lines, problems = _own(tmp_path, _GOOD)

    assert problems.rejected == 0
    assert lines.drop("file", "monday").rows() == [
        (2, "shop-1001", datetime(2026, 11, 20, 14, 3), "shop:c-17", "offer:1", 2, 950, 50, 490)
    ]
    assert str(lines["monday"].item()) == "2026-11-16"


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (_GOOD.replace("T1", "T9"), "sku", "anker lists no such SKU on this platform"),
        (_GOOD.replace("T1", "B1"), "sku", "anker lists no such SKU on this platform"),
        (_GOOD.replace(",2,", ",-2,"), "quantity", "a negative number"),
        (_GOOD.replace("USD", "EUR"), "currency", "the platform trades in USD, not in EUR"),
        (
            _GOOD.replace("9.50", "9,50").replace("anker,T1,2,9,50", 'anker,T1,2,"9,50"'),
            "unit_price",
            "no amount: write digits with a decimal point, such as 12.50",
        ),
        (_GOOD.replace("0.50", "19.01"), "discount", "more than the line costs"),
        (_GOOD.replace("2026-11-20", "2027-11-20"), "placed_at", "a time in the future"),
        (_GOOD.replace("1001", ""), "order", "it is empty"),
    ],
)
def test_a_wrong_value_is_told_by_its_column(tmp_path: Path, row: str, column: str, reason: str) -> None:
    lines, problems = _own(tmp_path, row, _GOOD.replace("1001", "1002"))

    assert lines["basket"].to_list() == ["shop-1002"]
    assert [(problem.row, problem.column, problem.reason) for problem in problems.first] == [
        (2, column, reason)
    ]


def test_an_order_with_one_wrong_row_is_not_taken_at_all(tmp_path: Path) -> None:
    lines, problems = _own(tmp_path, _GOOD, _GOOD.replace("T1", "T9"), _GOOD.replace("1001", "1002"))

    assert lines["basket"].to_list() == ["shop-1002"]
    assert [(problem.row, problem.reason) for problem in problems.first] == [
        (3, "anker lists no such SKU on this platform"),
        (2, "another row of this order was rejected"),
    ]


def test_a_good_that_stands_twice_in_an_order_is_rejected(tmp_path: Path) -> None:
    _, problems = _own(tmp_path, _GOOD, _GOOD)

    assert problems.first[0].reason == "the order has this good in an earlier row already"


def test_rows_of_an_order_must_agree(tmp_path: Path) -> None:
    _, problems = _own(tmp_path, _GOOD, _GOOD.replace("T1", "T2").replace("c-17", "c-18"))

    assert problems.first[0].reason == "another time, customer or delivery fee than in the order's first row"


def test_a_merchants_import_takes_no_rows_of_another(tmp_path: Path) -> None:
    shelf = own_orders.Shelf(_SHELF.offers, only_merchant="anker")

    lines, problems = _own(
        tmp_path, _GOOD, _GOOD.replace("1001", "1002").replace("anker,T1", "birke,B1"), shelf=shelf
    )

    assert lines["basket"].to_list() == ["shop-1001"]
    assert [(problem.row, problem.reason) for problem in problems.first] == [
        (3, "this import is for anker only")
    ]


def test_an_order_that_is_there_is_set_aside(tmp_path: Path) -> None:
    lines, problems = _own(tmp_path, _GOOD, known=frozenset({"shop-1001"}))

    assert lines.is_empty()
    assert problems.rejected == 0
    assert dict(problems.set_aside) == {"its order is in the database already": 1}


def _retail(tmp_path: Path, *rows: str) -> tuple[pl.DataFrame, pl.DataFrame, Problems]:
    head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    (tmp_path / "day.csv").write_text("\n".join([head, *rows]) + "\n")
    problems = Problems()
    with spooling(SPOOLED_LINE) as spool:
        read = online_retail.read_invoices(
            tmp_path / "day.csv", spool, problems, prefix="uk", budget=Budget(), now=_NOW
        )
        lines = online_retail.sales(spool, read)
        return (
            lines.collect().sort("row"),
            online_retail.matched_cancellations(lines, read, problems),
            problems,
        )


def test_a_receipt_keeps_its_lines_and_its_postage(tmp_path: Path) -> None:
    lines, _, problems = _retail(
        tmp_path,
        "536365,85123a,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
        "536365,71053,LANTERN,2,2010-12-01 08:27:00,3.39,17850.0,United Kingdom",
        "536365,POST,POSTAGE,2,2010-12-01 08:26:00,18.00,17850.0,United Kingdom",
    )

    assert problems.rejected == 0
    assert lines.select(
        "basket", "placed_at", "buyer_ref", "product_ref", "quantity", "unit_price", "delivery_fee"
    ).rows() == [
        ("uk-536365", datetime(2010, 12, 1, 8, 26), "uk:17850", "online-retail:85123A", 6, 255, 3600),
        ("uk-536365", datetime(2010, 12, 1, 8, 26), "uk:17850", "online-retail:71053", 2, 339, 3600),
    ]


def test_what_is_no_sale_is_set_aside_by_its_reason(tmp_path: Path) -> None:
    lines, _, problems = _retail(
        tmp_path,
        "536366,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom",
        "536367,22139,damaged,-10,2010-12-01 11:52:00,1.0,,United Kingdom",
        "A563187,B,Adjust bad debt,1,2011-08-12 14:52:00,-11062.06,,United Kingdom",
        "536368,M,Manual,1,2010-12-01 11:52:00,10.00,,United Kingdom",
        "568200,PADS,PADS TO MATCH,1,2011-09-25 14:58:00,0.001,16198.0,United Kingdom",
    )

    assert lines.is_empty()
    assert problems.rejected == 0
    assert dict(problems.set_aside) == {
        "free, or less than a penny": 2,
        "a correction of stock": 1,
        "a booking of bad debt": 1,
        "a fee, sample, discount or manual entry": 1,
    }


def test_a_cancellation_gives_back_the_latest_earlier_purchases(tmp_path: Path) -> None:
    _, refunds, problems = _retail(
        tmp_path,
        "536365,71053,LANTERN,4,2010-12-01 08:00:00,3.00,1.0,UK",
        "536400,71053,LANTERN,2,2010-12-05 08:00:00,3.50,1.0,UK",
        "C536500,71053,LANTERN,-5,2010-12-09 08:00:00,3.50,1.0,UK",
        "536600,71053,LANTERN,9,2010-12-20 08:00:00,3.50,1.0,UK",
    )

    # Two of the latest at 3.50, three of the one before at 3.00; the later purchase is not touched.
    assert refunds.select("basket", "cancellation", "amount").rows() == [
        ("uk-536365", "C536500", 900),
        ("uk-536400", "C536500", 700),
    ]
    assert not problems.set_aside


def test_cancellations_never_give_back_more_than_was_bought(tmp_path: Path) -> None:
    _, refunds, problems = _retail(
        tmp_path,
        "536365,71053,LANTERN,2,2010-12-01 08:00:00,3.00,1.0,UK",
        "C536500,71053,LANTERN,-5,2010-12-09 08:00:00,3.00,1.0,UK",
        "C536501,71053,LANTERN,-1,2010-12-10 08:00:00,3.00,1.0,UK",
        "C536502,71053,LANTERN,-1,2010-12-10 08:00:00,3.00,,UK",
    )

    assert refunds["amount"].to_list() == [600]
    assert dict(problems.set_aside) == {
        "the part of a cancellation that is more than was bought earlier": 1,
        "a cancellation of no earlier purchase": 2,
    }


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("X1,71053,LANTERN,2,2010-12-01 08:00:00,3.00,1.0,UK", "InvoiceNo"),
        ("536365,71053,LANTERN,two,2010-12-01 08:00:00,3.00,1.0,UK", "Quantity"),
        ("536365,71053,LANTERN,2,01/12/2010,3.00,1.0,UK", "InvoiceDate"),
        ("536365,71053,LANTERN,2,2010-12-01 08:00:00,3.001,1.0,UK", "UnitPrice"),
    ],
)
def test_a_wrong_value_of_online_retail_is_told(tmp_path: Path, row: str, column: str) -> None:
    lines, _, problems = _retail(tmp_path, row)

    assert lines.is_empty()
    assert [problem.column for problem in problems.first] == [column]


def _olist(
    folder: Path, items: list[str], *, orders: list[str] | None = None
) -> tuple[pl.DataFrame, Problems]:
    (folder / "olist_products_dataset.csv").write_text(
        "product_id,product_category_name,product_weight_g\np1,beleza_saude,225\np2,,\n"
    )
    (folder / "olist_sellers_dataset.csv").write_text("seller_id\ns1\ns2\n")
    (folder / "product_category_name_translation.csv").write_text(
        "product_category_name,product_category_name_english\nbeleza_saude,health_beauty\n"
    )
    head = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value"
    (folder / "olist_order_items_dataset.csv").write_text("\n".join([head, *items]) + "\n")
    if orders is not None:
        (folder / "olist_orders_dataset.csv").write_text(
            "\n".join(["order_id,customer_id,order_status,order_purchase_timestamp", *orders]) + "\n"
        )
        (folder / "olist_customers_dataset.csv").write_text("customer_id,customer_unique_id\nc1,u1\n")
    problems = Problems()
    with spooling(olist.SPOOLED_ITEM) as spool:
        tables = olist.read_tables(folder, problems, budget=Budget(), now=_NOW)
        olist.read_items(folder, tables, spool, problems, prefix="br", budget=Budget(), now=_NOW)
        return olist.sales(spool).collect().sort("row"), problems


def test_equal_items_of_an_olist_order_become_one_line_and_freight_its_fee(tmp_path: Path) -> None:
    item = "o1,{},p1,s1,2017-09-19 09:45:35,58.90,13.29"

    lines, problems = _olist(
        tmp_path, [item.format(1), item.format(2), "o1,3,p2,s2,2017-09-19 09:45:35,10.00,1.00"]
    )

    assert problems.rejected == 0
    kept = lines.select("basket", "buyer_ref", "product_ref", "quantity", "unit_price", "delivery_fee")
    assert kept.rows() == [
        ("br-o1", None, "olist:p1:s1", 2, 5890, 2758),
        ("br-o1", None, "olist:p2:s2", 1, 1000, 2758),
    ]


def test_with_the_orders_table_lines_have_buyers_and_times_and_cancelled_orders_go(tmp_path: Path) -> None:
    lines, problems = _olist(
        tmp_path,
        ["o1,1,p1,s1,2018-01-09 09:45:35,58.90,13.29", "o2,1,p1,s1,2018-01-09 09:45:35,58.90,13.29"],
        orders=["o1,c1,delivered,2018-01-04 10:15:00", "o2,c1,canceled,2018-01-04 10:15:00"],
    )

    assert lines.select("basket", "buyer_ref", "placed_at").rows() == [
        ("br-o1", "br:u1", datetime(2018, 1, 4, 10, 15))
    ]
    assert dict(problems.set_aside) == {"its order was cancelled or never available": 1}


def test_items_of_unknown_products_and_sellers_are_told(tmp_path: Path) -> None:
    _, problems = _olist(
        tmp_path,
        ["o1,1,p9,s1,2017-09-19 09:45:35,58.90,13.29", "o1,2,p1,s9,2017-09-19 09:45:35,58.90,13.29"],
    )

    assert [(problem.column, problem.reason) for problem in problems.first] == [
        ("product_id", "the table of products knows no such product"),
        ("seller_id", "the table of sellers knows no such seller"),
    ]


def test_items_beyond_the_published_data_are_set_aside(tmp_path: Path) -> None:
    lines, problems = _olist(tmp_path, ["o1,1,p1,s1,2020-04-09 22:35:08,58.90,13.29"])

    assert lines.is_empty()
    assert sum(problems.set_aside.values()) == 1


def test_a_folder_without_the_needed_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"holds no olist_products_dataset.csv"):
        olist.read_tables(tmp_path, Problems(), budget=Budget(), now=_NOW)
