"""UCI Online Retail (Chen 2015): receipts of one British giftware house, as daily CSV files or one.

    InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country

What is no sale is set aside and counted: stock corrections (a negative quantity on a plain invoice), bookings
of bad debt (``A…``), fees, samples and manual entries, goods that cost less than a penny. Postage becomes the
delivery fee. A cancellation (``C…``) gives money back on the customer's latest earlier purchases of that good;
one that no earlier purchase explains is set aside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from hansa.commerce.importing.history.world import Schema
from hansa.commerce.importing.tabular import fields
from hansa.commerce.importing.tabular.fields import BadField
from hansa.commerce.importing.tabular.problems import Problems
from hansa.commerce.importing.tabular.reading import Budget, Row, rows_of
from hansa.commerce.importing.tabular.spool import Spool, in_weeks
from hansa.commerce.importing.tabular.taking import RowReader, WrongRow

NAME = "online-retail"
CURRENCY = "GBP"
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
_POSTAGE = {"POST", "DOT", "C2"}
_NO_GOODS = {"M", "D", "S", "B", "CRUK", "AMAZONFEE", "BANK CHARGES"}
_INVOICE = re.compile(r"[AC]?[0-9]{6,8}", re.ASCII)
_CANCELLED: Schema = {
    "cancellation": pl.String(), "cancelled_at": pl.Datetime("us"), "buyer_ref": pl.String(),
    "product_ref": pl.String(), "returned": pl.Int64(),
}  # fmt: skip


@dataclass
class Read:
    """What one pass over the file found beside the lines in the spool. Grows with goods and invoices only."""

    titles: dict[str, Counter[str]] = field(default_factory=dict)  # by stock code
    began: dict[str, datetime] = field(default_factory=dict)  # by invoice: one receipt can span two minutes
    postage: Counter[str] = field(default_factory=Counter)  # by invoice
    cancelled: list[tuple[object, ...]] = field(default_factory=list)  # `_CANCELLED`


def read_invoices(
    path: Path, spool: Spool, problems: Problems, *, prefix: str, budget: Budget, now: datetime
) -> Read:
    """Check every row; spool the sales, remember the rest. ``prefix`` goes before invoice and customer numbers."""
    read = Read()
    for row in rows_of(path, COLUMNS, problems, budget=budget):
        try:
            _take(row, spool, read, problems, prefix, now)
        except WrongRow as wrong:
            problems.reject(wrong.problem)
    return read


def _take(row: Row, spool: Spool, read: Read, problems: Problems, prefix: str, now: datetime) -> None:
    reader = RowReader(row)
    invoice = reader.value("InvoiceNo", _invoice)
    code = reader.value("StockCode", lambda text: fields.text(text, most=20)).upper()
    quantity = reader.value("Quantity", _signed)
    at = reader.value("InvoiceDate", lambda text: fields.moment(text, now=now))
    if (reason := _no_sale(invoice, code, quantity, row.values["UnitPrice"])) is not None:
        problems.put_aside(reason)
        return
    price = reader.value("UnitPrice", lambda text: fields.money(text, CURRENCY))
    buyer = _buyer(row.values["CustomerID"], prefix)
    if invoice.startswith("C"):
        read.cancelled.append((invoice, at, buyer, _ref(code), -quantity))
        return
    basket = f"{prefix}-{invoice}"
    if code in _POSTAGE:
        read.postage[basket] += quantity * price
        return
    if row.values["Description"]:
        read.titles.setdefault(code, Counter())[row.values["Description"]] += 1
    read.titles.setdefault(code, Counter())
    placed_at = read.began.setdefault(basket, at)
    spool.add((row.file, row.number, basket, placed_at, buyer, _ref(code), quantity, price, 0, 0))


def _no_sale(invoice: str, code: str, quantity: int, price: str) -> str | None:
    if invoice.startswith("A"):
        return "a booking of bad debt"
    if code in _NO_GOODS:
        return "a fee, sample, discount or manual entry"
    if code in _POSTAGE and invoice.startswith("C"):
        return "postage of a cancellation"
    if quantity == 0 or (quantity < 0) != invoice.startswith("C"):
        return "a correction of stock"
    return "free, or less than a penny" if re.fullmatch(r"0(\.00?[0-9]*)?", price) else None


def sales(spool: Spool, read: Read) -> pl.LazyFrame:
    """All sales as lines with their invoice's delivery fee, by week."""
    fees = pl.LazyFrame(
        {"basket": list(read.postage), "fee": list(read.postage.values())},
        schema={"basket": pl.String, "fee": pl.Int64},
    )
    lines = spool.scan().join(fees, on="basket", how="left", maintain_order="left")
    return in_weeks(lines.with_columns(delivery_fee=pl.col("fee").fill_null(0)).drop("fee"))


def matched_cancellations(lines: pl.LazyFrame, read: Read, problems: Problems) -> pl.DataFrame:
    """Match what was cancelled with the customer's latest earlier purchases of the good.

    Columns: basket, cancellation, cancelled_at, amount (minor units).
    """
    cancelled = pl.DataFrame(read.cancelled, schema=_CANCELLED, orient="row").sort(
        "cancelled_at", "cancellation"
    )
    keys = cancelled.select("buyer_ref", "product_ref").drop_nulls().unique().lazy()
    bought = (
        lines.join(keys, on=["buyer_ref", "product_ref"], how="semi")
        .sort("placed_at", "file", "row")
        .select("buyer_ref", "product_ref", "basket", "placed_at", "quantity", "unit_price")
        .collect()
    )
    left: dict[tuple[str, str], list[_Sale]] = {}
    for buyer, product, *bought_then in bought.iter_rows():
        left.setdefault((buyer, product), []).append(_Sale(*bought_then))
    given_back: Counter[tuple[str, str]] = Counter()
    began: dict[str, datetime] = {}  # one cancellation, too, can span two minutes
    for cancellation, at, buyer, product, returned in cancelled.iter_rows():
        rest = returned
        began.setdefault(cancellation, at)
        for sale, units in _given_back(left.get((buyer, product), []), at, returned):
            given_back[sale.basket, cancellation] += units * sale.unit_price
            rest -= units
        if rest == returned:
            problems.put_aside("a cancellation of no earlier purchase")
        elif rest:
            problems.put_aside("the part of a cancellation that is more than was bought earlier")
    rows = [(basket, name, began[name], amount) for (basket, name), amount in given_back.items()]
    schema: Schema = {
        "basket": pl.String(), "cancellation": pl.String(), "cancelled_at": pl.Datetime("us"), "amount": pl.Int64(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").sort("cancelled_at", "cancellation", "basket")


@dataclass
class _Sale:
    """A sale of a good to a customer and how many units of it have not come back yet."""

    basket: str
    placed_at: datetime
    kept: int
    unit_price: int


def _given_back(sales_: list[_Sale], at: datetime, returned: int) -> Iterator[tuple[_Sale, int]]:
    """Give back units of sales made until then, the latest first; less than asked when there are not as many."""
    for sale in reversed(sales_):
        units = min(returned, sale.kept) if sale.placed_at <= at else 0
        if units:
            sale.kept -= units
            returned -= units
            yield sale, units


def _invoice(text: str) -> str:
    if not _INVOICE.fullmatch(text):
        raise BadField("no invoice number such as 536365 or C536379")
    return text


def _signed(text: str) -> int:
    """Read a whole number that may be negative: a cancellation, or a correction of stock."""
    return -fields.count(text[1:], least=0) if text.startswith("-") else fields.count(text, least=0)


def _buyer(customer: str, prefix: str) -> str | None:
    """Name the customer; the published files write the number as ``17850.0``."""
    number = customer.removesuffix(".0")
    return f"{prefix}:{number}" if number else None


def _ref(code: str) -> str:
    return f"{NAME}:{code}"
