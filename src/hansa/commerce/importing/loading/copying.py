"""Frames in and out of PostgreSQL by COPY, as the owner of the tables.

COPY FROM is refused to a role that row-level security binds, and the owner is not bound by it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from django.db import connections
from psycopg import sql

from hansa.commerce.importing.loading.ids import Ids
from hansa.foundation.database_roles import OWNER

_ROWS_A_WRITE = 100_000  # bounds the text that is in memory at once


class Database:
    """The owner's connection, with ids for new rows. Runs in whatever transaction is open there."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def copy(self, table: str, frame: pl.DataFrame) -> int:
        """Append the frame to the table's columns of the same names; answers the number of rows."""
        if frame.is_empty():
            return 0
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in frame.columns)
        statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(sql.Identifier(table), columns)
        with connections[OWNER].cursor() as cursor, cursor.copy(statement) as pipe:
            for part in frame.iter_slices(_ROWS_A_WRITE):
                text = io.BytesIO()
                part.write_csv(text, include_header=False)
                pipe.write(text.getbuffer())
        return frame.height

    def insert(self, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Append the frame under new ids and answer it with them."""
        kept = self.with_ids(table, frame)
        self.copy(table, kept)
        return kept

    def with_ids(self, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Give every row of the frame the id it will have in the table."""
        first = self.take_ids(table, frame.height)
        return frame.select(pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("id"), pl.all())

    def take_ids(self, table: str, count: int) -> int:
        """Take so many ids in a row and answer the first; see `Ids`."""
        return self._ids.take(table, count) if count else 0

    def read(self, query: str, schema: dict[str, Any]) -> pl.DataFrame:
        """Read a query's rows as a frame of this schema. The query is our own text, without values of others."""
        statement = sql.SQL("copy ({}) to stdout (format csv)").format(sql.SQL(query))
        text = io.BytesIO()
        with connections[OWNER].cursor() as cursor, cursor.copy(statement) as pipe:
            for block in pipe:
                text.write(block)
        if text.tell() == 0:
            return pl.DataFrame(schema=schema)
        text.seek(0)
        return pl.read_csv(text, has_header=False, schema=schema, missing_utf8_is_empty_string=False)

    def run(self, statement: str) -> None:
        """Run a statement of our own text."""
        with connections[OWNER].cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the database for one import."""
    ids = Ids()
    try:
        yield Database(ids)
    finally:
        ids.close()
