"""Statements that do much at once, run on the prepared plans of the connection at hand.

The few statements of a checkout are written as SQL over whole sets; the object-relational mapper would build
and parse each of them anew. They run in the transaction that Django has open, and are counted like its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

Parameters = Sequence[Any] | dict[str, Any]


def run(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Run one statement and answer its rows; PostgreSQL plans it once for the connection."""
    connection.ensure_connection()
    began = time.monotonic()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, prepare=True)
        rows = cursor.fetchall() if cursor.description else []
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": f"{time.monotonic() - began:.3f}"})
    return rows
