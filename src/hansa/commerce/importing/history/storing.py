"""Writing shaped purchases, their payments and their books into the tables, inside a chunk's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from hansa.commerce.importing.history import books
from hansa.commerce.importing.history.purchases import WAITING, Purchases
from hansa.commerce.importing.loading.copying import Database
from hansa.commerce.orders.domain import OrderStatus

_ADDRESS: dict[str, pl.Expr] = {
    "recipient": pl.lit(""),
    "street": pl.lit(""),
    "city": pl.lit(""),
    "postal_code": pl.lit(""),
    "country": pl.lit(""),
    "latitude": pl.lit(None, pl.Float64),
    "longitude": pl.lit(None, pl.Float64),
    "window_start": pl.lit(None, pl.Datetime("us")),
    "window_end": pl.lit(None, pl.Datetime("us")),
}


@dataclass(frozen=True)
class Period:
    """What a chunk's books are called and dated by. ``paid_out_at`` is None while the money is still owed."""

    reference: str
    ends_at: datetime
    paid_out_at: datetime | None = None


@dataclass(frozen=True)
class Stored:
    """What has been written, with its ids, for whatever hangs on it: reviews, parcels, behaviour."""

    groups: pl.DataFrame
    orders: pl.DataFrame
    lines: pl.DataFrame
    rows: int


def store(db: Database, made: Purchases, period: Period, accounts: pl.DataFrame) -> Stored:
    """Append a chunk's purchases. Journals come first, because payments name theirs."""
    first_group = db.take_ids("orders_ordergroup", made.groups.height)
    first_order = db.take_ids("orders_order", made.orders.height)
    first_line = db.take_ids("orders_orderline", made.lines.height)
    group, order = pl.col("group") + first_group, pl.col("order") + first_order
    groups = made.groups.with_columns(id=group)
    orders = made.orders.with_columns(id=order, group_id=group, status=_status(made.orders))
    lines = made.lines.with_columns(order_id=order, group_id=group).select(
        pl.int_range(first_line, first_line + pl.len(), dtype=pl.Int64).alias("id"), pl.all()
    )
    journals, book_rows = _keep_books(db, made, period, accounts)
    rows = db.copy("orders_ordergroup", _group_rows(groups))
    rows += db.copy("orders_order", _order_rows(orders))
    rows += db.copy("orders_orderline", _line_rows(lines))
    rows += db.insert("payments_payment", _payment_rows(groups, journals)).height
    return Stored(groups, orders, lines, rows + book_rows)


def _status(orders: pl.DataFrame) -> pl.Expr:
    """History has been delivered; only what the generator left waiting is not yet on its way."""
    delivered = pl.lit(OrderStatus.DELIVERED.value)
    if "parcel" not in orders.columns:
        return delivered
    return pl.when(pl.col("parcel").is_in(WAITING)).then(pl.lit(OrderStatus.PAID.value)).otherwise(delivered)


def _group_rows(groups: pl.DataFrame) -> pl.DataFrame:
    address = [
        pl.col(name) if name in groups.columns else blank.alias(name) for name, blank in _ADDRESS.items()
    ]
    return groups.select(
        "id",
        "platform_id",
        "number",
        pl.lit("").alias("token"),
        pl.lit("import").alias("source"),
        "buyer_id",
        pl.lit("").alias("email"),
        "outlet_id",
        "currency",
        "items_total",
        "delivery_fee",
        "grand_total",
        *address,
        "placed_at",
    )


def _order_rows(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.select(
        "id",
        "platform_id",
        "group_id",
        "merchant_id",
        "status",
        "currency",
        "items_total",
        "commission",
        "platform_discount",
        "placed_at",
    )


def _line_rows(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        "id",
        "platform_id",
        "order_id",
        "offer_id",
        "buyer_id",
        "title",
        "quantity",
        "is_void",
        "unit_price",
        "discount",
        "platform_discount",
        "total",
        "placed_at",
    )


def _payment_rows(groups: pl.DataFrame, journals: pl.DataFrame) -> pl.DataFrame:
    amount = pl.col("grand_total")
    return groups.join(journals, on=["platform_id", "currency"], how="left", maintain_order="left").select(
        "platform_id",
        pl.col("number").alias("reference"),
        pl.lit("import").alias("provider"),
        pl.lit("").alias("provider_ref"),
        pl.lit("").alias("method_token"),
        pl.lit("captured").alias("state"),
        "currency",
        amount.alias("amount"),
        amount.alias("authorised"),
        amount.alias("captured"),
        pl.lit(0, pl.Int64).alias("refunded"),
        pl.lit("").alias("decline_reason"),
        "journal_id",
        pl.col("placed_at").alias("created_at"),
    )


def _keep_books(
    db: Database, made: Purchases, period: Period, accounts: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """Post takings and payout; answers which journal belongs to a platform and currency, and the rows written."""
    legs = books.takings(made.orders, made.groups)
    journals = post(db, legs, accounts, kind="takings", reference=period.reference, at=period.ends_at)
    rows = legs.height + journals.height
    if period.paid_out_at is not None:
        paid = books.payouts(legs)
        rows += paid.height
        rows += post(
            db, paid, accounts, kind="payout", reference=period.reference, at=period.paid_out_at
        ).height
    return journals, rows


def post(
    db: Database, legs: pl.DataFrame, accounts: pl.DataFrame, *, kind: str, reference: str, at: datetime
) -> pl.DataFrame:
    """Write one journal for each number in ``journal`` with all its legs; answers platform, currency, journal_id.

    All legs go in by one COPY: the ledger's trigger looks at each statement as a whole.
    """
    heads = legs.group_by("journal", maintain_order=True).agg(pl.col("platform_id", "currency").first())
    many = heads.group_by("platform_id").len().filter(pl.col("len") > 1)["platform_id"].to_list()
    name = pl.when(pl.col("platform_id").is_in(many)).then(reference + "/" + pl.col("currency"))
    journals = db.insert(
        "ledger_journalentry",
        heads.select(
            "platform_id",
            pl.lit(kind).alias("kind"),
            name.otherwise(pl.lit(reference)).alias("reference"),
            pl.lit(at, pl.Datetime("us")).alias("posted_at"),
        ),
    )
    heads = heads.with_columns(journal_id=journals["id"])
    entries = legs.join(
        accounts_for(db, legs, accounts), on=_ACCOUNT, how="left", nulls_equal=True, maintain_order="left"
    ).join(heads.select("journal", "journal_id"), on="journal", how="left", maintain_order="left")
    db.insert(
        "ledger_ledgerentry", entries.select("platform_id", "journal_id", "account_id", "currency", "amount")
    )
    return heads.select("platform_id", "currency", "journal_id")


_ACCOUNT = ["platform_id", "kind", "merchant_id", "currency"]


def accounts_for(db: Database, legs: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Answer the accounts of the legs, opening those that nobody opened yet."""
    wanted = legs.select(_ACCOUNT).unique(maintain_order=True)
    missing = wanted.join(known, on=_ACCOUNT, how="anti", nulls_equal=True, maintain_order="left")
    if missing.is_empty():
        return known
    found = find_accounts(db)
    missing = missing.join(found, on=_ACCOUNT, how="anti", nulls_equal=True, maintain_order="left")
    db.insert("ledger_account", missing)
    return find_accounts(db)


def open_accounts(db: Database) -> int:
    """Open the accounts of every store and platform that has none yet; answers how many."""
    stores = db.read(
        "select s.platform_id, s.merchant_id, p.currency from merchants_store s join accounts_platform p on p.id = s.platform_id",
        {"platform_id": pl.Int64, "merchant_id": pl.Int64, "currency": pl.String},
    )
    own = stores.select("platform_id", "currency").unique(maintain_order=True)
    kinds = pl.DataFrame({"kind": ["provider", "commission", "promotion", "delivery"]})
    wanted = pl.concat([
        stores.with_columns(kind=pl.lit("payable")).select(_ACCOUNT),
        own.join(kinds, how="cross").with_columns(merchant_id=pl.lit(None, pl.Int64)).select(_ACCOUNT),
    ])  # fmt: skip
    there = find_accounts(db)
    missing = wanted.join(there, on=_ACCOUNT, how="anti", nulls_equal=True, maintain_order="left")
    return db.insert("ledger_account", missing).height


def find_accounts(db: Database) -> pl.DataFrame:
    """Columns: account_id, platform_id, kind, merchant_id, currency."""
    schema = {
        "account_id": pl.Int64,
        **dict(zip(_ACCOUNT, [pl.Int64, pl.String, pl.Int64, pl.String], strict=True)),
    }
    return db.read(
        "select id, platform_id, kind, merchant_id, currency from ledger_account where partner_id is null",
        schema,
    )
