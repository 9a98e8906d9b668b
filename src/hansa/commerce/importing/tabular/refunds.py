"""Giving money back on purchases of one merchant that are stored: refund, books and payment, all in one chunk."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
from django.db import connections

from hansa.commerce.importing.history import books
from hansa.commerce.importing.history.purchases import commission_of
from hansa.commerce.importing.history.storing import accounts_for, find_accounts, post
from hansa.commerce.importing.loading.copying import Database
from hansa.foundation.database_roles import OWNER

_RAISE = """
update payments_payment p set refunded = p.refunded + g.amount
from (select payment_id, sum(amount) as amount from given_back group by payment_id) g where p.id = g.payment_id
"""


def store_refunds(db: Database, refunds: pl.DataFrame) -> int:
    """Write the refunds (basket, cancellation, cancelled_at, amount) of stored purchases; answers the rows.

    The commission comes back in the same proportion: what is kept after each refund is the commission of what
    is left, so that a purchase given back altogether leaves none.
    """
    if refunds.is_empty():
        return 0
    known = _purchases(db)
    back = (
        refunds.join(known, on="basket", maintain_order="left")
        .with_columns(so_far=pl.col("amount").cum_sum().over("basket"))
        .with_columns(
            kept=commission_of(pl.col("items_total") - pl.col("so_far"), pl.col("commission_bp")),
            kept_before=commission_of(
                pl.col("items_total") - pl.col("so_far") + pl.col("amount"), pl.col("commission_bp")
            ),
        )
        .with_columns(commission=pl.col("kept_before") - pl.col("kept"))
        .with_columns(reference=pl.format("{}-{}", pl.col("basket"), pl.col("cancellation")))
    )
    journals = db.insert(
        "ledger_journalentry",
        back.select(
            "platform_id",
            pl.lit("refund").alias("kind"),
            "reference",
            pl.col("cancelled_at").alias("posted_at"),
        ),
    )
    back = back.with_columns(journal_id=journals["id"])
    rows = journals.height + _post(db, back)
    rows += db.insert(
        "payments_refund",
        back.select(
            "platform_id",
            "payment_id",
            "reference",
            "amount",
            pl.lit(value=True).alias("is_done"),
            pl.lit("").alias("provider_ref"),
            pl.col("cancelled_at").alias("created_at"),
        ),
    ).height
    rows += _raise_refunded(db, back.select("payment_id", "amount"))
    return rows + _settle_paid_out(db, back)


def _settle_paid_out(db: Database, back: pl.DataFrame) -> int:
    """Take back from merchants what was refunded after it had been paid out to them; answers the rows.

    One payout the other way round for each platform, a week after its last refund, so that nobody stays overpaid.
    """
    accounts = ", ".join(str(merchant) for merchant in sorted(set(back["merchant_id"])))
    overpaid = db.read(
        "select a.platform_id, a.currency, a.merchant_id, sum(e.amount)::bigint from ledger_ledgerentry e"  # noqa: S608 - ids
        f" join ledger_account a on a.id = e.account_id where a.kind = 'payable' and a.merchant_id in ({accounts})"
        " group by 1, 2, 3 having sum(e.amount) > 0",
        {"platform_id": pl.Int64, "currency": pl.String, "merchant_id": pl.Int64, "amount": pl.Int64},
    )
    legs = books.payouts(overpaid.with_columns(journal=pl.col("platform_id"), kind=pl.lit("payable")))
    if legs.is_empty():
        return 0
    last = back["cancelled_at"].max()
    assert isinstance(last, datetime)
    reference = f"refunds-{back['journal_id'][0]}"
    journals = post(
        db, legs, find_accounts(db), kind="payout", reference=reference, at=last + timedelta(days=7)
    )
    return journals.height + legs.height


def _purchases(db: Database) -> pl.DataFrame:
    """Imported purchases of one merchant each. Columns as selected."""
    return db.read(
        "select g.number, g.platform_id, g.currency, pay.id, min(o.merchant_id), sum(o.items_total), pl.commission_bp"
        " from orders_ordergroup g join payments_payment pay on pay.reference = g.number"
        " join orders_order o on o.group_id = g.id join accounts_platform pl on pl.id = g.platform_id"
        " where g.source = 'import' group by g.id, pay.id, pl.id having count(*) = 1",
        {
            "basket": pl.String,
            "platform_id": pl.Int64,
            "currency": pl.String,
            "payment_id": pl.Int64,
            "merchant_id": pl.Int64,
            "items_total": pl.Int64,
            "commission_bp": pl.Int64,
        },
    )


def _post(db: Database, back: pl.DataFrame) -> int:
    """Turn the legs of the takings around, for each refund in a journal of its own, all by one COPY."""
    own = pl.lit(None, pl.Int64)
    legs = pl.concat([
        _leg(back, "provider", own, -pl.col("amount")),
        _leg(back, "payable", pl.col("merchant_id"), pl.col("amount") - pl.col("commission")),
        _leg(back, "commission", own, pl.col("commission")),
    ]).filter(pl.col("amount") != 0)  # fmt: skip
    accounts = accounts_for(db, legs, find_accounts(db))
    key = ["platform_id", "kind", "merchant_id", "currency"]
    entries = legs.join(accounts, on=key, how="left", nulls_equal=True, maintain_order="left")
    return db.insert(
        "ledger_ledgerentry", entries.select("platform_id", "journal_id", "account_id", "currency", "amount")
    ).height


def _leg(back: pl.DataFrame, kind: str, merchant_id: pl.Expr, amount: pl.Expr) -> pl.DataFrame:
    return back.select(
        "platform_id",
        "journal_id",
        pl.lit(kind).alias("kind"),
        merchant_id.alias("merchant_id"),
        "currency",
        amount.alias("amount"),
    )


def _raise_refunded(db: Database, given_back: pl.DataFrame) -> int:
    with connections[OWNER].cursor() as cursor:
        cursor.execute("create temp table given_back (payment_id bigint, amount bigint) on commit drop")
        db.copy("given_back", given_back)
        cursor.execute(_RAISE)
        return int(cursor.rowcount)
