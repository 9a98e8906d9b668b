"""What an import left behind, in forms that two imports can be compared by: no ids, no times of writing."""

from __future__ import annotations

from django.apps import apps
from django.db import connections

from hansa.foundation import invariants
from hansa.foundation.database_roles import OWNER

# Everything about a purchase that does not hang on which id it got.
_PURCHASES = """
select g.number, p.code, g.source, u.external_ref, w.external_ref, g.currency, g.items_total, g.delivery_fee,
  g.grand_total, g.street, g.window_start, g.placed_at, m.external_ref, o.status, o.items_total, o.commission,
  o.platform_discount, v.sku, l.title, l.quantity, l.is_void, l.unit_price, l.discount, l.platform_discount, l.total,
  pay.state, pay.captured, j.reference, r.stars, r.text, r.written_at, s.status, s.delivered_at
from orders_ordergroup g
join accounts_platform p on p.id = g.platform_id
join stock_warehouse w on w.id = g.outlet_id
join orders_order o on o.group_id = g.id
join merchants_merchant m on m.id = o.merchant_id
join orders_orderline l on l.order_id = o.id
join catalogue_offer f on f.id = l.offer_id
join catalogue_variant v on v.id = f.variant_id
join payments_payment pay on pay.reference = g.number
left join ledger_journalentry j on j.id = pay.journal_id
left join accounts_user u on u.id = g.buyer_id
left join reviews_review r on r.line_id = l.id
left join delivery_shipment s on s.group_id = g.id
"""
_BOOKS = """
select p.code, j.kind, j.reference, j.posted_at, a.kind, m.external_ref, e.amount
from ledger_ledgerentry e join ledger_account a on a.id = e.account_id
join ledger_journalentry j on j.id = e.journal_id join accounts_platform p on p.id = e.platform_id
left join merchants_merchant m on m.id = a.merchant_id
"""
_BEHAVIOUR = (
    "select kind, visitor, placement, position, value, words, request_id, at from behaviour_behaviourevent"
)
_STOCK = "select sku, on_hand, allocated, aisle, slot from stock_stocklevel s join catalogue_offer o on o.id = s.offer_id join catalogue_variant v on v.id = o.variant_id"


def rows(sql: str) -> list[tuple[object, ...]]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def one(sql: str) -> object:
    return rows(sql)[0][0]


def counts() -> dict[str, int]:
    """How many rows every table of ours holds, but for those that triggers keep for the search."""
    tables = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("hansa.")}
    tables -= {"catalogue_findable", "catalogue_searchword", "catalogue_brand"}
    return {str(table): int(str(count)) for table, count in rows(
        " union all ".join(f"select '{table}', count(*) from {table}" for table in sorted(tables))
    )}  # fmt: skip


def fingerprint() -> list[object]:
    """A digest of purchases, books, behaviour and stock, whatever their ids and order."""
    return [
        one(f"select md5(string_agg(x::text, '|' order by x::text)) from ({sql}) x")
        for sql in (_PURCHASES, _BOOKS, _BEHAVIOUR, _STOCK)
    ]


def schema() -> set[tuple[object, ...]]:
    """Every index and constraint of the database, as PostgreSQL tells them."""
    return set(
        rows(
            "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
            " where connamespace = 'public'::regnamespace"
            " union all select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'"
        )
    )


def broken() -> set[str]:
    """The promises that do not hold."""
    return {finding.invariant.name for finding in invariants.check() if not finding.holds}
