"""Statements that do much at once, run on the prepared plans of the connection at hand.

The few statements of a checkout are written as SQL over whole sets; the object-relational mapper would build
and parse each of them anew. Those inside `together` travel in one round trip. All run in the transaction that
Django has open, and are counted like its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

import psycopg
from django.db import connection

Parameters = Sequence[Any] | dict[str, Any]
Rows = list[tuple[Any, ...]]
T = TypeVar("T")


class Later(Generic[T]):
    """What a statement that was sent comes to; asking for the value waits for it."""

    def __init__(
        self,
        cursor: psycopg.Cursor[tuple[Any, ...]],
        read: Callable[[Rows], T],
        pipeline: psycopg.Pipeline | None,
    ) -> None:
        self._cursor = cursor
        self._read = read
        self._pipeline = pipeline
        self._rows: Rows | None = None
        self._value: list[T] = []

    @property
    def value(self) -> T:
        """What the rows were read as. Raises what the reading refuses, or what the database did."""
        if not self._value:
            self._value.append(self._read(self._arrived()))
        return self._value[0]

    def arrive(self) -> None:
        """Take the rows, which have come; the cursor is not needed any more."""
        if self._rows is None:
            self._rows = self._cursor.fetchall() if self._cursor.description else []
            self._cursor.close()

    def _arrived(self) -> Rows:
        if self._rows is None and self._pipeline is not None:
            self._pipeline.sync()
        self.arrive()
        return self._rows or []


@dataclass
class _Journey:
    """The statements that are on their way in one pipeline."""

    pipeline: psycopg.Pipeline
    sent: list[Later[Any]] = field(default_factory=list)


_journey: ContextVar[_Journey | None] = ContextVar("hansa_statements_journey", default=None)


def run(statement: str, parameters: Parameters = ()) -> Rows:
    """Run one statement and answer its rows; PostgreSQL keeps its plan after the fifth time."""
    return _execute(statement, parameters, list).value


@overload
def send(statement: str, parameters: Parameters = ()) -> Later[Rows]: ...
@overload
def send(statement: str, parameters: Parameters, read: Callable[[Rows], T]) -> Later[T]: ...
def send(statement: str, parameters: Parameters = (), read: Callable[[Rows], Any] = list) -> Later[Any]:
    """Run one statement without waiting for it inside `together`, else at once.

    ``read`` makes the value of the rows when they are there and may refuse; what was written then has to be
    rolled back, so whoever opens `together` does so within the transaction that a refusal undoes.
    """
    later = _execute(statement, parameters, read)
    journey = _journey.get()
    if journey is None:
        _ = later.value
    else:
        journey.sent.append(later)
    return later


@contextmanager
def together() -> Iterator[None]:
    """Let the statements sent inside travel in one round trip; at the end each has been read, in order.

    Only for statements of this module: the object-relational mapper counts rows that have not come yet.
    """
    if _journey.get() is not None:
        yield
        return
    connection.ensure_connection()
    with connection.connection.pipeline() as pipeline:
        journey = _Journey(pipeline)
        token = _journey.set(journey)
        try:
            yield
        finally:
            _journey.reset(token)
        pipeline.sync()
        for later in journey.sent:
            later.arrive()
    for later in journey.sent:
        _ = later.value


def _execute(statement: str, parameters: Parameters, read: Callable[[Rows], T]) -> Later[T]:
    connection.ensure_connection()
    began = time.monotonic()
    cursor = psycopg.Cursor(connection.connection)
    cursor.execute(statement, parameters, prepare=True)
    journey = _journey.get()
    later = Later(cursor, read, journey.pipeline if journey else None)
    if journey is None:
        later.arrive()
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": f"{time.monotonic() - began:.3f}"})
    return later
