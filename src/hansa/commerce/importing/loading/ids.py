"""Ids for rows that come by COPY: blocks taken from the tables' own sequences, so they never clash with live rows.

Drawing them one by one costs more than copying the rows (7 µs each was measured). A block is taken by moving
the sequence on, while its lock keeps everybody else from drawing: `alter sequence` waits for transactions that
drew from it and holds off those that want to. It runs on a connection of its own, in a transaction of its own.
"""

from __future__ import annotations

import threading

import psycopg
from django.db import connections
from psycopg import sql

from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Unavailable

_BLOCK = 20_000  # taken at least, so that small chunks do not ask for each of their tables; what is left over is lost
_PATIENCE = "10s"


class Ids:
    """Hands out blocks of consecutive ids for any table; one for a whole import and all its threads."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, int]] = {}  # table -> next id, end
        self._one_at_a_time = threading.Lock()
        self._connection: psycopg.Connection[tuple[int]] | None = None

    def take(self, table: str, count: int) -> int:
        """Take ``count`` consecutive ids and answer the first. Refuses with Unavailable while others hold the sequence."""
        with self._one_at_a_time:
            first, end = self._left.get(table, (0, 0))
            if end - first < count:
                size = max(count, _BLOCK)
                first = self._moved_on(table, size)
                end = first + size
            self._left[table] = (first + count, end)
            return first

    def close(self) -> None:
        """Forget what is left and end the connection."""
        self._left.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _moved_on(self, table: str, size: int) -> int:
        if self._connection is None:
            self._connection = psycopg.connect(**connections[OWNER].get_connection_params())
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                cursor.execute(sql.SQL("set local lock_timeout = {}").format(_PATIENCE))
                cursor.execute("select pg_get_serial_sequence(%s, 'id')", [table])
                (sequence,) = cursor.fetchone() or ("",)
                schema, name = str(sequence).split(".")
                cursor.execute(
                    sql.SQL("alter sequence {} cache 1").format(sql.Identifier(schema, name.strip('"')))
                )
                cursor.execute(
                    "select setval(%(name)s, nextval(%(name)s) + %(size)s - 1)",
                    {"name": sequence, "size": size},
                )
                (last,) = cursor.fetchone() or (0,)
        except psycopg.errors.LockNotAvailable as error:
            raise Unavailable(
                f"{table} is being written to by long transactions; import while it is quieter"
            ) from error
        return int(last) - size + 1
