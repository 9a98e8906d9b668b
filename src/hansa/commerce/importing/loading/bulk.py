"""A first bulk load without the cost of upkeep: indexes and foreign keys of empty tables stand aside.

Kept up row by row, the indexes and keys of the order lines cost several times what copying the lines does.
Tables that hold a row are left as they are. What is taken down is written in `SetAside` in the same
transaction, so that an import that is killed half-way knows what to put back; checks, primary keys, unique
keys and the ledger's trigger always stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from hansa.commerce.importing.models import SetAside
from hansa.foundation.database_roles import OWNER

_BUILDERS = 2
_FIND = """
select 'foreign_key', c.conname, pg_get_constraintdef(c.oid)
from pg_constraint c where c.contype = 'f' and c.conrelid = %(table)s::regclass
union all
select 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
from pg_index i where i.indrelid = %(table)s::regclass and not i.indisunique
  and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype <> 'f')
"""


def set_aside(tables: Sequence[str]) -> list[str]:
    """Take down the indexes and foreign keys of those tables that are empty; answers their names."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("set local lock_timeout = '10s'")
        return [table for table in tables if _is_empty(cursor, table) and _set_aside(cursor, table)]


def put_back() -> int:
    """Build all that stands aside, each in a transaction of its own; answers how many. Safe to run at any time."""
    waiting = list(SetAside.objects.using(OWNER).order_by("table", "-kind", "pk"))  # indexes before keys
    tables = [list(things) for _, things in groupby(waiting, key=lambda thing: thing.table)]
    with ThreadPoolExecutor(_BUILDERS) as builders:
        # The longest lists first, so that the two builders end together.
        list(builders.map(_put_back, sorted(tables, key=len, reverse=True)))
    return len(waiting)


def is_whole() -> bool:
    """Whether every index and foreign key stands where the migrations put it."""
    return not SetAside.objects.using(OWNER).exists()


def analyse(tables: Sequence[str]) -> None:
    """Let PostgreSQL look at the tables, so that its plans fit what is in them now."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(sql.SQL("analyze {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))


def _put_back(things: list[SetAside]) -> None:
    try:
        for thing in things:
            with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
                cursor.execute("set local maintenance_work_mem = '256MB'")
                cursor.execute(_rebuild(thing))
                thing.delete(using=OWNER)
    finally:
        connections[OWNER].close()  # this thread's own


def _is_empty(cursor: CursorWrapper, table: str) -> bool:
    look = sql.SQL("select exists(select from {})").format(sql.Identifier(table))
    cursor.execute(look)
    if cursor.fetchone()[0]:
        return False
    # Nobody may write between this look and the commit.
    cursor.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(table)))
    cursor.execute(look)
    return not cursor.fetchone()[0]


def _set_aside(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(_FIND, {"table": table})
    things = [
        SetAside(kind=kind, table=table, name=name, definition=text) for kind, name, text in cursor.fetchall()
    ]
    SetAside.objects.using(OWNER).bulk_create(things)
    for thing in things:
        name = sql.Identifier(thing.name)
        if thing.kind == SetAside.Kind.INDEX:
            cursor.execute(sql.SQL("drop index {}").format(name))
        else:
            cursor.execute(sql.SQL("alter table {} drop constraint {}").format(sql.Identifier(table), name))
    return bool(things)


def _rebuild(thing: SetAside) -> sql.Composable:
    text = sql.SQL(thing.definition)
    if thing.kind == SetAside.Kind.INDEX:
        return text
    return sql.SQL("alter table {} add constraint {} {}").format(
        sql.Identifier(thing.table), sql.Identifier(thing.name), text
    )
