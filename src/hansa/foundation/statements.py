"""Statements that do much at once, run on the prepared plans of the connection at hand.

The few statements of a checkout are written as SQL over whole sets; the object-relational mapper would build
and parse each of them anew. Those inside `together` travel in one round trip. All run in the transaction that
Django has open, in the order in which they were sent (the mapper's own among them), and are counted like its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload
from weakref import WeakKeyDictionary, ref

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from hansa.foundation.journeys import Carried, Parameters, carry
from hansa.foundation.journeys import Rows as Rows

T = TypeVar("T")


class Later(Generic[T]):
    """What a statement that was sent comes to; asking for the value waits for it."""

    def __init__(self, carried: Carried, read: Callable[[Rows], T], luggage: _Luggage) -> None:
        self._carried = carried
        self._read = read
        self._luggage = luggage
        self._value: list[T] = []

    @property
    def value(self) -> T:
        """What the rows were read as. Raises what the reading refuses, or what the database did."""
        if not self._value:
            self._luggage.leave()
            self._luggage.insist_on_success(self._carried)
            self._value.append(self._read(self._carried.rows))
        return self._value[0]


@dataclass
class _Luggage:
    """What waits to travel on one connection of Django, and how many `together` keep it waiting."""

    known_wrapper: ref[BaseDatabaseWrapper]  # weak: the wrapper of a thread that has ended can go
    waiting: list[Carried] = field(default_factory=list)
    readings: list[Later[Any]] = field(default_factory=list)
    keepers: int = 0

    @property
    def wrapper(self) -> BaseDatabaseWrapper:
        wrapper = self.known_wrapper()
        assert wrapper is not None
        return wrapper

    def leave(self) -> None:
        """Send all that waits in one round trip. Raises what the database refuses of it."""
        if not self.waiting:
            return
        batch, self.waiting = self.waiting, []
        self.wrapper.ensure_connection()
        self.wrapper.validate_no_broken_transaction()
        began = time.monotonic()
        with self.wrapper.wrap_database_errors:
            carry(self.wrapper.connection, batch)
        if self.wrapper.queries_logged:
            took = f"{time.monotonic() - began:.3f}"
            self.wrapper.queries_log.extend({"sql": each.statement, "time": took} for each in batch)
        self.insist_on_success(batch[-1])  # those behind a failure have the same

    def insist_on_success(self, carried: Carried) -> None:
        if carried.failure is not None:
            with self.wrapper.wrap_database_errors:
                raise carried.failure

    def go_first(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Let what waits leave before a statement of the mapper."""
        self.leave()
        return execute(*arguments)


_luggage: WeakKeyDictionary[BaseDatabaseWrapper, _Luggage] = WeakKeyDictionary()


def run(statement: str, parameters: Parameters = ()) -> Rows:
    """Run one statement and answer its rows; PostgreSQL keeps its plan."""
    luggage = _here()
    carried = Carried(statement, parameters)
    luggage.waiting.append(carried)
    return Later(carried, list, luggage).value


@overload
def send(statement: str, parameters: Parameters = ()) -> Later[Rows]: ...
@overload
def send(statement: str, parameters: Parameters, read: Callable[[Rows], T]) -> Later[T]: ...
def send(statement: str, parameters: Parameters = (), read: Callable[[Rows], Any] = list) -> Later[Any]:
    """Run one statement without waiting for it inside `together`, else at once.

    ``read`` makes the value of the rows when they are there and may refuse; what was written then has to be
    rolled back, so whoever opens `together` does so within the transaction that a refusal undoes.
    """
    luggage = _here()
    carried = Carried(statement, parameters)
    luggage.waiting.append(carried)
    later = Later(carried, read, luggage)
    if luggage.keepers:
        luggage.readings.append(later)
    else:
        _ = later.value
    return later


def announce(statement: str, parameters: Parameters = ()) -> None:
    """Let a statement travel with whatever comes next in this transaction; if nothing does, it is not run."""
    _here().waiting.append(Carried(statement, parameters))


def forget_announced() -> None:
    """Drop what was announced and has not left: its transaction is over."""
    _here().waiting.clear()


@contextmanager
def together() -> Iterator[None]:
    """Let the statements sent inside travel in one round trip; at the end each has been read, in order."""
    luggage = _here()
    before, already = luggage.waiting, len(luggage.waiting)
    outer, luggage.readings = luggage.readings, []
    luggage.keepers += 1
    try:
        yield
    except BaseException:
        del luggage.waiting[already if luggage.waiting is before else 0 :]
        raise
    finally:
        luggage.keepers -= 1
        readings, luggage.readings = luggage.readings, outer
    if luggage.keepers:
        luggage.readings.extend(readings)
        return
    for later in readings:
        _ = later.value


def _here() -> _Luggage:
    wrapper = connections[DEFAULT_DB_ALIAS]
    found = _luggage.get(wrapper)
    if found is None:
        found = _luggage[wrapper] = _Luggage(ref(wrapper))
        wrapper.execute_wrappers.append(found.go_first)
    return found
