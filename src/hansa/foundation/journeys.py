"""Carries statements to PostgreSQL and their rows back: many in one round trip, each on a plan that is kept.

psycopg's own pipeline looks at the socket for every statement; a checkout has a score of them. Here libpq's
pipeline mode is entered, everything is sent, and everything is read. Nothing of it outlives the call.
"""

from __future__ import annotations

import re
import select
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import adapt
from psycopg.abc import Buffer, Transformer
from psycopg.adapt import PyFormat
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Parameters = Sequence[Any] | dict[str, Any]
Rows = list[tuple[Any, ...]]

_PLACEHOLDER = re.compile(r"%(?:%|s|\((\w+)\)s)")
_WIDE = {
    21: 20,
    23: 20,
    1005: 1016,
    1007: 1016,
}  # whole numbers are told by no size: one plan for all of them


@dataclass
class Carried:
    """One statement on its way, and its rows or its failure once it is back."""

    statement: str
    parameters: Parameters
    rows: Rows = field(default_factory=list)
    failure: psycopg.Error | None = None


@dataclass(frozen=True)
class _Kept:
    """What lasts as long as a connection: the names of its plans. It must not name the connection, or keeps it alive."""

    plans: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict)
    _names: Iterator[int] = field(default_factory=count)

    def next_name(self) -> int:
        return next(self._names)


_connections: WeakKeyDictionary[psycopg.Connection[Any], _Kept] = WeakKeyDictionary()


def carry(connection: psycopg.Connection[Any], batch: Sequence[Carried]) -> None:
    """Run the statements in order in one round trip and fill in what became of each.

    Begins the transaction that psycopg would begin. After a failure those behind it are not run: they have
    the same failure. A connection whose talk is cut short is closed, for nobody could go on with it.
    """
    kept = _connections.setdefault(connection, _Kept())
    transformer = adapt.Transformer(connection)
    bound = [_bind(transformer, each) for each in batch]
    server = connection.pgconn
    begins = not connection.autocommit and server.transaction_status == TransactionStatus.IDLE
    try:
        server.enter_pipeline_mode()
        if begins:
            server.send_query_params(b"BEGIN", None)
        planned = [_send(server, kept, each) for each in bound]
        server.pipeline_sync()
        failure = _failure(_next(server)) if begins else None
        for carried, each, is_planned in zip(batch, bound, planned, strict=True):
            own = _receive(server, kept, transformer, carried, each if is_planned else None)
            carried.failure = failure = failure or own
        _result(server)  # of the synchronisation
        server.exit_pipeline_mode()
    except BaseException:
        connection.close()
        raise


@dataclass(frozen=True)
class _Bound:
    """A statement as the server takes it."""

    text: str
    types: tuple[int, ...]
    values: Sequence[Buffer | None]

    @property
    def plan(self) -> tuple[str, tuple[int, ...]]:
        return self.text, self.types


def _bind(transformer: Transformer, carried: Carried) -> _Bound:
    text, names = _numbered(carried.statement)
    given = carried.parameters
    values = [given[name] for name in names] if isinstance(given, dict) else given
    if not values:
        return _Bound(text, (), ())
    dumped = transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))
    return _Bound(text, tuple(_WIDE.get(oid, oid) for oid in transformer.types or ()), dumped)


def _send(server: PGconn, kept: _Kept, bound: _Bound) -> bool:
    """Send one statement, and before it its plan if it has none; says whether it had none."""
    name = kept.plans.get(bound.plan)
    is_new = name is None
    if name is None:
        name = kept.plans[bound.plan] = b"hansa_%d" % kept.next_name()
        server.send_prepare(name, bound.text.encode(), bound.types)
    server.send_query_prepared(name, bound.values)
    return is_new


def _receive(
    server: PGconn, kept: _Kept, transformer: Transformer, carried: Carried, planned: _Bound | None
) -> psycopg.Error | None:
    """Read the rows of one statement; answers its failure."""
    failure = None
    if planned is not None and (failure := _failure(_next(server))):
        del kept.plans[planned.plan]
    result = _next(server)
    failure = failure or _failure(result)
    if failure is None and result.status == ExecStatus.TUPLES_OK:
        transformer.set_pgresult(result)
        carried.rows = transformer.load_rows(0, result.ntuples, tuple)
    return failure


def _next(server: PGconn) -> PGresult:
    """The next result, and the nothing that ends it."""
    result = _result(server)
    if result is None:
        raise psycopg.OperationalError("the server left out a result")
    if _result(server) is not None:
        raise psycopg.OperationalError("the server gave two results for one statement")
    return result


def _result(server: PGconn) -> PGresult | None:
    while server.flush() or server.is_busy():
        poller = select.poll()
        poller.register(server.socket, select.POLLIN | (select.POLLOUT if server.flush() else 0))
        poller.poll()
        server.consume_input()
    return server.get_result()


def _failure(result: PGresult) -> psycopg.Error | None:
    if result.status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
        return None
    return psycopg.errors.error_from_result(result)


@lru_cache(maxsize=1000)
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement with $1, $2 … for its placeholders, and the names that these have in order."""
    names: list[str] = []
    places = 0

    def number(found: re.Match[str]) -> str:
        nonlocal places
        if found[0] == "%%":
            return "%"
        if found[1] is None:
            places += 1
            return f"${places}"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return _PLACEHOLDER.sub(number, statement), tuple(names)
