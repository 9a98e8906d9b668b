"""Our own CSV of purchases, one line of an order a row:

    order,placed_at,merchant,sku,quantity,unit_price,currency[,discount][,customer][,delivery_fee]
    1001,2026-11-20 14:03:00,haus-6,SYN-30,2,9.50,USD,0.50,c-17,4.90

``merchant`` is the slug, ``sku`` a product that it lists on the platform, amounts are decimal text, times are
UTC unless they carry a zone. All rows of an order repeat its time, customer and delivery fee. A merchant's
good stands once in an order. An order of which one row is wrong is not taken at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from hansa.commerce.importing.loading.copying import Database
from hansa.commerce.importing.platforms import PlatformSpec
from hansa.commerce.importing.tabular import fields
from hansa.commerce.importing.tabular.problems import Problems, RowProblem
from hansa.commerce.importing.tabular.reading import Budget, Row, rows_of
from hansa.commerce.importing.tabular.spool import Spool, in_weeks
from hansa.commerce.importing.tabular.taking import RowReader, WrongRow

COLUMNS = ("order", "placed_at", "merchant", "sku", "quantity", "unit_price", "currency")


@dataclass(frozen=True)
class Shelf:
    """What may be sold: for each merchant's slug and SKU, the ref of the offer; and whose rows are welcome."""

    offers: dict[tuple[str, str], str]
    only_merchant: str | None = None


@dataclass
class _Seen:
    """What earlier rows said. Some hundred bytes an order and line, so the size limit bounds it."""

    heads: dict[str, int] = field(default_factory=dict)
    lines: set[int] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)


def read_orders(
    path: Path,
    spool: Spool,
    problems: Problems,
    *,
    platform: PlatformSpec,
    shelf: Shelf,
    known: frozenset[str],
    budget: Budget,
    now: datetime,
) -> pl.LazyFrame:
    """Check every row, spool the good ones and answer the lines of the orders that are good as a whole.

    ``known`` are the order numbers that are in the database: they are set aside.
    """
    seen = _Seen()
    for row in rows_of(path, COLUMNS, problems, budget=budget):
        number = number_of(platform, row.values["order"])
        if number in known:
            problems.put_aside("its order is in the database already")
            continue
        try:
            line = _line(row, number, platform, shelf, now)
            _refuse_contradictions(row, line, seen)
            spool.add((row.file, row.number, *line))
        except WrongRow as wrong:
            problems.reject(wrong.problem)
            seen.rejected.add(number)
    return _without_broken(spool, seen.rejected, problems)


def number_of(platform: PlatformSpec, order: str) -> str:
    """The number under which an order of a file is kept."""
    return f"{platform.code}-{order}"[:32]


def shelf_of(db: Database, platform: str) -> tuple[dict[tuple[str, str], str], pl.DataFrame]:
    """What the platform lists, by merchant and SKU, and its offers in the columns of `offers_by_product`.

    A SKU that a merchant brought itself is known by its own name (see `own_products`).
    """
    offers = db.read(
        "select 'offer:' || o.id, p.id, o.id, o.merchant_id, l.title, v.weight_g, c.id, lower(c.name), m.slug, v.sku,"
        " a.code from catalogue_listing l join catalogue_offer o on o.id = l.offer_id"
        " join catalogue_variant v on v.id = o.variant_id join catalogue_product p on p.id = v.product_id"
        " join catalogue_category c on c.id = p.category_id join merchants_merchant m on m.id = o.merchant_id"
        " join accounts_platform a on a.id = l.platform_id",
        {
            "product_ref": pl.String, "product_id": pl.Int64, "offer_id": pl.Int64, "merchant_id": pl.Int64,
            "title": pl.String, "weight_g": pl.Int64, "category_id": pl.Int64, "category": pl.String,
            "slug": pl.String, "sku": pl.String, "platform": pl.String,
        },
    ).filter(pl.col("platform") == platform)  # fmt: skip
    by_sku: dict[tuple[str, str], str] = {}
    for slug, sku, ref in offers.select("slug", "sku", "product_ref").iter_rows():
        by_sku[slug, sku] = by_sku[slug, sku.removeprefix(f"{slug}:")] = ref
    return by_sku, offers.drop("slug", "sku", "platform")


class _Line(NamedTuple):
    """A good row, in the order of `SPOOLED_LINE` after its place."""

    basket: str
    placed_at: datetime
    buyer_ref: str | None
    product_ref: str
    quantity: int
    unit_price: int
    discount: int
    delivery_fee: int


def _line(row: Row, number: str, platform: PlatformSpec, shelf: Shelf, now: datetime) -> _Line:
    read = RowReader(row)
    read.value("order", lambda text: fields.text(text, most=32 - len(platform.code) - 1))
    currency = read.value("currency", lambda text: fields.currency(text, platform.currency))
    quantity = read.value("quantity", fields.count)
    price = read.value("unit_price", lambda text: fields.money(text, currency))
    discount = read.optional("discount", lambda text: fields.money(text, currency), 0)
    if discount > quantity * price:
        raise read.wrong("discount", "more than the line costs")
    customer = read.optional("customer", lambda text: fields.text(text, most=63 - len(platform.code)), "")
    return _Line(
        basket=number,
        placed_at=read.value("placed_at", lambda text: fields.moment(text, now=now)),
        buyer_ref=f"{platform.code}:{customer}" if customer else None,
        product_ref=_offer(row, shelf),
        quantity=quantity,
        unit_price=price,
        discount=discount,
        delivery_fee=read.optional("delivery_fee", lambda text: fields.money(text, currency), 0),
    )


def _offer(row: Row, shelf: Shelf) -> str:
    merchant, sku = row.values["merchant"], row.values["sku"]
    if shelf.only_merchant is not None and merchant != shelf.only_merchant:
        raise WrongRow(row.problem("merchant", f"this import is for {shelf.only_merchant} only"))
    found = shelf.offers.get((merchant, sku))
    if found is None:
        raise WrongRow(row.problem("sku", f"{merchant or 'nobody'} lists no such SKU on this platform"))
    return found


def _refuse_contradictions(row: Row, line: _Line, seen: _Seen) -> None:
    head = hash((line.placed_at, line.buyer_ref, line.delivery_fee))
    if seen.heads.setdefault(line.basket, head) != head:
        raise WrongRow(
            row.problem("order", "another time, customer or delivery fee than in the order's first row")
        )
    key = hash((line.basket, line.product_ref))
    if key in seen.lines:
        raise WrongRow(row.problem("sku", "the order has this good in an earlier row already"))
    seen.lines.add(key)


def _without_broken(spool: Spool, rejected: set[str], problems: Problems) -> pl.LazyFrame:
    """Leave out the good rows of orders that are not whole, and say so of each."""
    lines = in_weeks(spool.scan())
    if not rejected:
        return lines
    broken = pl.LazyFrame({"basket": sorted(rejected)})
    for file, number, basket in (
        lines.join(broken, on="basket", how="semi")
        .select("file", "row", "basket")
        .collect()
        .sort("file", "row")
        .rows()
    ):
        problems.reject(RowProblem(file, number, "order", basket, "another row of this order was rejected"))
    return lines.join(broken, on="basket", how="anti")
