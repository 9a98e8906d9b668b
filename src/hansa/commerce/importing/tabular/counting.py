"""Bringing goods that are listed up to a file's titles, prices and counts, in sets, under the levels' locks."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from django.db import connections

from hansa.commerce.importing.loading.copying import Database
from hansa.commerce.importing.platforms import PlatformSpec
from hansa.commerce.importing.tabular.problems import Problems, RowProblem
from hansa.foundation.database_roles import OWNER

_INCOMING = """
create temp table incoming (
  ref text primary key, full_sku text, file text, row bigint, title text, title_zh text, price bigint, words tsvector,
  stock bigint
) on commit drop
"""
_FIND_OFFERS = """
create temp table found on commit drop as
select i.*, l.id as listing_id, l.platform_id, o.id as offer_id, v.product_id, w.id as warehouse_id
from incoming i
join catalogue_variant v on v.sku = i.full_sku
join catalogue_offer o on o.variant_id = v.id
join accounts_platform a on a.code = %(platform)s
join catalogue_listing l on l.offer_id = o.id and l.platform_id = a.id
join lateral (
  select min(id) as id from stock_warehouse where platform_id = a.id and kind = 'centre'
) w on true
"""
_RENAME = """
update catalogue_product p set title = f.title, title_zh = f.title_zh from found f
where p.id = f.product_id and (p.title, p.title_zh) is distinct from (f.title, f.title_zh)
"""
_REPRICE = """
update catalogue_listing l set title = f.title, price = f.price, words = f.words from found f
where l.id = f.listing_id and (l.title, l.price) is distinct from (f.title, f.price)
"""
_LOCK_LEVELS = """
select s.id from stock_stocklevel s join found f on f.offer_id = s.offer_id and f.warehouse_id = s.warehouse_id
where f.stock is not null order by s.id for update of s
"""
_TOO_FEW = """
select f.file, f.row, f.stock, s.reserved + s.allocated from found f
join stock_stocklevel s on f.offer_id = s.offer_id and f.warehouse_id = s.warehouse_id
where f.stock < s.reserved + s.allocated order by f.file, f.row
"""
_RECOUNT = """
with changed as (
  update stock_stocklevel s set on_hand = f.stock from found f, stock_stocklevel before
  where before.id = s.id and f.offer_id = s.offer_id and f.warehouse_id = s.warehouse_id
    and f.stock >= s.reserved + s.allocated and f.stock <> s.on_hand
  returning s.platform_id, s.id, f.stock - before.on_hand as quantity
)
insert into stock_stockmovement (platform_id, level_id, quantity, reason, reference, moved_at)
select platform_id, id, quantity, 'adjustment', %(reference)s, %(now)s from changed
"""
_OPEN_LEVELS = """
with opened as (
  insert into stock_stocklevel (platform_id, offer_id, warehouse_id, on_hand, reserved, allocated, aisle, slot)
  select f.platform_id, f.offer_id, f.warehouse_id, coalesce(f.stock, 0), 0, 0, 0, 0 from found f
  where not exists (
    select from stock_stocklevel s where s.offer_id = f.offer_id and s.warehouse_id = f.warehouse_id
  ) returning platform_id, id, on_hand
)
insert into stock_stockmovement (platform_id, level_id, quantity, reason, reference, moved_at)
select platform_id, id, on_hand, 'opening', %(reference)s, %(now)s from opened where on_hand > 0
"""


def bring_up_to_date(
    db: Database, goods: pl.DataFrame, *, platform: PlatformSpec, problems: Problems, now: datetime
) -> int:
    """Set titles, prices and counts of listed goods, each change of a count with its movement.

    A count below what is promised to buyers is left as it is, and told. Answers the rows changed.
    """
    reference = f"csv:{now:%Y%m%dT%H%M%S}"
    with connections[OWNER].cursor() as cursor:
        cursor.execute("drop table if exists incoming, found")
        cursor.execute(_INCOMING)
        db.copy(
            "incoming",
            goods.select("ref", "full_sku", "file", "row", "title", "title_zh", "price", "words", "stock"),
        )
        cursor.execute(_FIND_OFFERS, {"platform": platform.code})
        rows = 0
        for statement in (_RENAME, _REPRICE):
            cursor.execute(statement)
            rows += cursor.rowcount
        cursor.execute(_LOCK_LEVELS)
        cursor.execute(_TOO_FEW)
        for file, row, stock, promised in cursor.fetchall():
            problems.reject(
                RowProblem(file, row, "stock", str(stock), f"{promised} units are promised to buyers already")
            )
        values: dict[str, str | datetime] = {"reference": reference, "now": now}
        for statement in (_RECOUNT, _OPEN_LEVELS):
            cursor.execute(statement, values)
            rows += cursor.rowcount
        return rows
