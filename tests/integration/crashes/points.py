"""Dying at a chosen point: before a statement or a journey of them, on either side of a commit or an outside call.

The points of a use case are numbered in the order in which a run comes by them, so that every one can be visited.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn
from unittest.mock import patch

from django.db import connection, connections

from hansa.commerce.payments.gateways.sandbox import SandboxProvider
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.commerce.payouts.gateways.sandbox import SandboxBank
from hansa.foundation import journeys, memory, statements
from tests.integration.conftest import hang_up

KILLED = 9
OUTSIDE = [
    *((SandboxProvider, name) for name in ("charge", "refund", "find")),
    *((SandboxService, name) for name in ("charge", "refund", "find", "void")),
    *((SandboxBank, name) for name in ("send", "find")),
]


class Death(BaseException):
    """The process is gone: nothing may catch it."""


@dataclass
class Points:
    """The points that a run came by; at the chosen one it dies."""

    chosen: int
    die: Callable[[], NoReturn]
    passed: list[str] = field(default_factory=list)
    abroad: int = 0  # inside a foreign company, whose statements are not ours

    def come_by(self, what: str) -> None:
        if self.abroad:
            return
        if self.chosen and len(self.passed) >= self.chosen:
            raise Death  # no ghost does anything either
        self.passed.append(what)
        if len(self.passed) == self.chosen:
            self.die()

    def statement(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        self.come_by(f"before {' '.join(str(sql).split())[:60]}")
        return execute(sql, *arguments)

    def around(self, what: str, act: Callable[..., Any], *, is_abroad: bool = False) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            self.come_by(f"before {what}")
            self.abroad += is_abroad
            try:
                answer = act(*arguments, **named)
            finally:
                self.abroad -= is_abroad
            self.come_by(f"after {what}")
            return answer

        return watched


def stop() -> NoReturn:
    """Die as far as the database can tell: what is open comes to nothing, and no more is said."""
    if connection.connection is not None:
        connection.connection.rollback()
    raise Death


def leave_at_once() -> NoReturn:
    """Die in earnest; for a process that was made to die."""
    os._exit(KILLED)


@contextmanager
def watched(chosen: int, die: Callable[[], NoReturn]) -> Iterator[Points]:
    """Count the points that the block comes by, and die at the chosen one; 0 is none."""
    points = Points(chosen, die)
    connection.ensure_connection()
    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(points.statement))
        stack.enter_context(patch.object(statements, "carry", points.around("a journey", journeys.carry)))
        stack.enter_context(patch.object(connection, "commit", points.around("a commit", connection.commit)))
        for company, name in OUTSIDE:
            act = points.around(f"{company.__name__}.{name}", getattr(company, name), is_abroad=True)
            stack.enter_context(patch.object(company, name, _bound(act)))
        yield points


def dies(act: Callable[[], object], chosen: int) -> list[str] | None:
    """Run and die at the chosen point; answers the points passed, or None when the run came to its end before."""
    with watched(chosen, stop) as points:
        try:
            act()
        except Death:
            _forget_the_process()
            return points.passed
    return None


def dies_in_earnest(act: Callable[[], object], chosen: int) -> bool:
    """Run in a process of its own and leave it at the chosen point, without a word to anybody."""
    hang_up()
    child = os.fork()
    if child == 0:
        try:
            with watched(chosen, leave_at_once):
                act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == KILLED


def _bound(act: Callable[..., Any]) -> Callable[..., Any]:
    def method(company: object, **named: Any) -> Any:
        return act(company, **named)

    return method


def _forget_the_process() -> None:
    """The dead process's lines to the database, and what only it knew."""
    for each in connections.all(initialized_only=True):
        if each.connection is not None:
            each.connection.close()
        each.close()
    statements._luggage.clear()
    memory.forget()
