"""Olist's Brazilian marketplace: a folder with its CSV tables, plain or gzipped.

Needed: olist_order_items_dataset, olist_products_dataset, olist_sellers_dataset. Used where they are there:
olist_orders_dataset and olist_customers_dataset (who bought, when, what came of it), the translation of
categories. Without the orders an item's shipping limit stands for its time and its buyer is a guest; rows after
September 2018, when the published data ends, are then set aside. Orders that were cancelled or never available
are set aside. Freight is the delivery fee. Sellers have no names in the data and get invented ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from hansa.commerce.importing.errors import BadFile
from hansa.commerce.importing.generator.houses import houses
from hansa.commerce.importing.history.world import Schema
from hansa.commerce.importing.tabular import fields
from hansa.commerce.importing.tabular.fields import BadField
from hansa.commerce.importing.tabular.problems import Problems
from hansa.commerce.importing.tabular.reading import Budget, Row, rows_of
from hansa.commerce.importing.tabular.spool import Spool, in_weeks
from hansa.commerce.importing.tabular.taking import RowReader, WrongRow

NAME = "olist"
CURRENCY = "BRL"
_ITEMS = ("order_id", "product_id", "seller_id", "shipping_limit_date", "price", "freight_value")
_PRODUCTS = ("product_id", "product_category_name", "product_weight_g")
_SELLERS = ("seller_id",)
_ORDERS = ("order_id", "customer_id", "order_status", "order_purchase_timestamp")
_CUSTOMERS = ("customer_id", "customer_unique_id")
_WORDS = ("product_category_name", "product_category_name_english")
_NO_SALE = {"canceled", "unavailable"}
_PUBLISHED_UNTIL = datetime(2018, 10, 1)  # noqa: DTZ001 - UTC without a zone, as all frames
_USUAL_WEIGHT_G = 500
_HOUSES_APART = 2**31
SPOOLED_ITEM: Schema = {
    "file": pl.String(), "row": pl.Int64(), "basket": pl.String(), "placed_at": pl.Datetime("us"), "buyer_ref": pl.String(),
    "product_ref": pl.String(), "unit_price": pl.Int64(), "freight": pl.Int64(),
}  # fmt: skip


@dataclass(frozen=True)
class Good:
    """A product as the table of products tells it."""

    category: str
    weight_g: int


@dataclass
class Tables:
    """The small tables in memory, by id."""

    goods: dict[str, Good] = field(default_factory=dict)
    sellers: dict[str, str] = field(default_factory=dict)  # seller -> name of its house
    orders: dict[str, tuple[str, str, datetime]] = field(
        default_factory=dict
    )  # order -> customer, status, time
    customers: dict[str, str] = field(default_factory=dict)  # customer of one order -> the person
    words: dict[str, str] = field(default_factory=dict)  # category in Portuguese -> in English
    sold_by: dict[str, set[str]] = field(default_factory=dict)  # seller -> products


def table_of(folder: Path, name: str) -> Path | None:
    """Find one of the tables; None when it is not there."""
    return next((path for ending in (".csv", ".csv.gz") if (path := folder / (name + ending)).exists()), None)


def needed(folder: Path, name: str) -> Path:
    """Find a table that must be there."""
    found = table_of(folder, name)
    if found is None:
        raise BadFile(f"{folder} holds no {name}.csv (or .csv.gz): is it the folder of Olist's tables?")
    return found


def read_tables(folder: Path, problems: Problems, *, budget: Budget, now: datetime) -> Tables:
    """Read the small tables; a wrong row is told and left out. Refuses a folder that lacks a needed one."""
    tables = Tables()

    def each(name: str, columns: tuple[str, ...], path: Path | None) -> list[Row]:
        return list(rows_of(path, columns, problems, budget=budget)) if path is not None else []

    for row in each("words", _WORDS, table_of(folder, "product_category_name_translation")):
        tables.words[row.values["product_category_name"]] = row.values["product_category_name_english"]
    for row in each("products", _PRODUCTS, needed(folder, "olist_products_dataset")):
        try:
            tables.goods[row.values["product_id"]] = _good(row, tables.words)
        except WrongRow as wrong:
            problems.reject(wrong.problem)
    sellers = [
        row.values["seller_id"] for row in each("sellers", _SELLERS, needed(folder, "olist_sellers_dataset"))
    ]
    tables.sellers = _named(sorted(set(sellers)))
    for row in each("customers", _CUSTOMERS, table_of(folder, "olist_customers_dataset")):
        tables.customers[row.values["customer_id"]] = row.values["customer_unique_id"]
    for row in each("orders", _ORDERS, table_of(folder, "olist_orders_dataset")):
        try:
            at = RowReader(row).value("order_purchase_timestamp", lambda text: fields.moment(text, now=now))
            tables.orders[row.values["order_id"]] = (
                row.values["customer_id"],
                row.values["order_status"],
                at,
            )
        except WrongRow as wrong:
            problems.reject(wrong.problem)
    return tables


def read_items(
    folder: Path,
    tables: Tables,
    spool: Spool,
    problems: Problems,
    *,
    prefix: str,
    budget: Budget,
    now: datetime,
) -> None:
    """Check every item that was sold and spool it. ``prefix`` goes before order and customer numbers."""
    began: dict[str, datetime] = {}
    for row in rows_of(needed(folder, "olist_order_items_dataset"), _ITEMS, problems, budget=budget):
        try:
            _take(row, tables, spool, problems, prefix, began, now)
        except WrongRow as wrong:
            problems.reject(wrong.problem)


def _take(
    row: Row,
    tables: Tables,
    spool: Spool,
    problems: Problems,
    prefix: str,
    began: dict[str, datetime],
    now: datetime,
) -> None:
    read, values = RowReader(row), row.values
    order = read.value("order_id", lambda text: fields.text(text, most=40))
    if values["product_id"] not in tables.goods:
        raise read.wrong("product_id", "the table of products knows no such product")
    if values["seller_id"] not in tables.sellers:
        raise read.wrong("seller_id", "the table of sellers knows no such seller")
    price = read.value("price", lambda text: fields.money(text, CURRENCY))
    freight = read.value("freight_value", lambda text: fields.money(text, CURRENCY))
    buyer = None
    if tables.orders:
        if order not in tables.orders:
            raise read.wrong("order_id", "the table of orders knows no such order")
        customer, status, at = tables.orders[order]
        if status in _NO_SALE:
            problems.put_aside("its order was cancelled or never available")
            return
        person = tables.customers.get(customer)
        buyer = f"{prefix}:{person}" if person else None
    else:
        # The limit lies some days after the purchase, sometimes far in the future: it is a date, no promise.
        at = read.value(
            "shipping_limit_date",
            lambda text: fields.moment(text, now=datetime.max.replace(tzinfo=now.tzinfo)),
        )
        if at >= _PUBLISHED_UNTIL:
            problems.put_aside("its shipping limit lies after the end of the published data")
            return
    tables.sold_by.setdefault(values["seller_id"], set()).add(values["product_id"])
    basket = number_of(prefix, order)
    ref = good_ref(values["seller_id"], values["product_id"])
    spool.add((row.file, row.number, basket, began.setdefault(basket, at), buyer, ref, price, freight))


def number_of(prefix: str, order: str) -> str:
    """The number of an order: Olist's ids are 32 hex digits, of which the first twenty tell them apart."""
    return f"{prefix[:11]}-{order[:20]}"


def good_ref(seller: str, product: str) -> str:
    """Name what one seller offers: several may sell the same product, each at its own price."""
    return f"{NAME}:{product[:24]}:{seller[:24]}"


def sales(spool: Spool) -> pl.LazyFrame:
    """All sales as lines: equal items of an order become one line, freight the delivery fee, by week."""
    items = spool.scan()
    fees = items.group_by("basket").agg(pl.col("freight").sum().alias("delivery_fee"))
    lines = items.group_by("basket", "placed_at", "buyer_ref", "product_ref", "unit_price").agg(
        pl.col("file").first(), pl.col("row").min(), pl.len().cast(pl.Int64).alias("quantity")
    )
    joined = lines.join(fees, on="basket", how="left").with_columns(discount=pl.lit(0, pl.Int64))
    return in_weeks(joined)


def _good(row: Row, words: dict[str, str]) -> Good:
    category = row.values["product_category_name"]
    weight = RowReader(row).optional("product_weight_g", _weight, _USUAL_WEIGHT_G)
    english = words.get(category, category).replace("_", " ").strip().title()
    return Good(english or "Other Goods", max(1, weight))


def _weight(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}(\.0*)?", text, re.ASCII):
        raise BadField("no weight in grams")
    return int(text.split(".")[0])


def _named(sellers: list[str]) -> dict[str, str]:
    numbers = [
        int(re.sub(r"[^0-9a-f]", "", seller)[:15] or "0", 16) % _HOUSES_APART + place
        for place, seller in enumerate(sellers)
    ]
    named = houses(numbers, ["general"] * len(numbers))
    return {seller: house.name for seller, house in zip(sellers, named, strict=True)}
