"""Two parties of a race, first on a forced schedule (one stops between two statements while the other runs), then
as a storm of many threads. Real connections, real commits.

A party stops before each of its statements, each journey of statements and each commit; whoever waits for a lock
of the one that stands still is left waiting until that one goes on.
"""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from unittest.mock import patch

from django.db import OperationalError, connections

from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, journeys, outbox, statements
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import BrokenInvariant, HansaError

Answer = object  # what an act answered, or the HansaError that refused it
Act = Callable[[], Answer]
PATIENCE_S = 30.0
MOST_LOOKS = 3_000


@dataclass(frozen=True)
class Case:
    """One thing that is fought over: who acts, and what must hold of their answers and of what is left."""

    parties: Sequence[Act]
    insist: Callable[[Sequence[Answer]], None]


Begin = Callable[[int, int], Case]  # the number of the case, and how many parties there are to be


@dataclass(frozen=True)
class Race:
    """A race of the list: its world is made once, in an empty database, and begins as many cases as are asked for."""

    name: str
    world: Callable[[], Begin]
    crowd: int = 8
    leaves: frozenset[str] = frozenset()  # promises that the scene itself does not keep


@dataclass
class Tally:
    """What a form of a race came to."""

    race: str
    form: str
    schedules: int = 0
    deadlocks_shown: int = 0
    violations: list[str] = field(default_factory=list)

    def judge(self, case: Case, answers: Sequence[Answer], where: str) -> None:
        """Count a case that was fought out, and what is wrong with its end."""
        self.schedules += 1
        failures = [each for each in answers if isinstance(each, BaseException) and not _is_refusal(each)]
        self.deadlocks_shown += sum(isinstance(each, OperationalError) for each in failures)
        self.violations += [f"{self.race}, {where}: {_told(each)}" for each in failures]
        if failures:
            return
        try:
            case.insist(answers)
        except Exception as wrong:  # whatever it is, it is told with its schedule
            self.violations.append(
                f"{self.race}, {where}: {_told(wrong)}; answers {list(map(_said, answers))}"
            )

    def close(self, race: Race) -> Tally:
        """Deliver what was told, and look for broken promises."""
        outbox.drain(SUBSCRIPTIONS)
        for found in invariants.check():
            if not found.holds and found.invariant.name not in race.leaves:
                self.violations.append(f"{self.race}: {found.invariant.name} {found.examples}")
        return self


def is_refused(answer: Answer, code: str) -> bool:
    return isinstance(answer, HansaError) and answer.code == code


def refusals(answers: Sequence[Answer]) -> list[str]:
    """The codes of those who were refused."""
    return sorted(each.code for each in answers if isinstance(each, HansaError))


def force(race: Race, *, depth: int | None) -> Tally:
    """Let one party stop at every point of its way (or at ``depth`` of them) while the other runs, both ways round.

    Without a limit the other one also stops on its way, at as many as eight points, while the first goes on.
    """
    begin, numbers = race.world(), count(1)
    tally = Tally(race.name, "forced")
    with _watched():
        for first in (0, 1):
            ways = _fight(tally, begin(next(numbers), 2), first, None, None)
            mine, theirs = ways[first], ways[1 - first]
            for stop in _spread(mine, depth or mine):
                _fight(tally, begin(next(numbers), 2), first, stop, None)
            for stop in _spread(mine, 0 if depth else 8):
                for other in _spread(theirs, 8):
                    _fight(tally, begin(next(numbers), 2), first, stop, other)
    return tally.close(race)


def storm(race: Race, *, rounds: int, seconds: float = math.inf) -> Tally:
    """Let a crowd loose on the same thing, behind one barrier, again and again, until rounds or time are over."""
    begin = race.world()
    tally = Tally(race.name, "storm")
    until = time.monotonic() + seconds
    for number in range(1, rounds + 1):
        if time.monotonic() > until:
            break
        case = begin(number, race.crowd)
        gate = threading.Barrier(len(case.parties))
        crowd = [_Party(_behind(gate, act)) for act in case.parties]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join(PATIENCE_S * 2)
        tally.judge(case, [each.answer for each in crowd], f"round {number}")
    return tally.close(race)


class _Party(threading.Thread):
    """One party in a thread and a connection of its own; at its stop it stands still until it is let go on."""

    def __init__(self, act: Act, stop: int | None = None) -> None:
        super().__init__(daemon=True)
        self._act = act
        self._stop_at = stop
        self._may_go = threading.Event()
        self.rests = threading.Event()  # stands at its stop, or is at its end
        self.points = 0
        self.answer: Answer = TimeoutError("never came to an end")

    def run(self) -> None:
        try:
            wrapper = connections["default"]
            wrapper.execute_wrappers.append(self._statement)
            commit = wrapper.commit
            wrapper.commit = lambda: (self.come_by(), commit())  # type: ignore[method-assign,assignment]
            self.answer = self._act()
        except BaseException as failure:  # a refusal is an answer, and a failure is the judge's
            self.answer = failure
        finally:
            connections.close_all()
            self.rests.set()

    def come_by(self) -> None:
        self.points += 1
        if self.points == self._stop_at:
            self.rests.set()
            if not self._may_go.wait(PATIENCE_S):
                raise TimeoutError("nobody let it go on")

    def begin(self) -> None:
        """Run until the stop, the end, or a lock of the other."""
        self.start()
        self._look_on()

    def go_on(self) -> None:
        self.rests.clear()
        self._may_go.set()
        if self.is_alive():
            self._look_on()

    def _look_on(self) -> None:
        for _ in range(MOST_LOOKS):
            if self.rests.wait(0.003) or not self.is_alive() or _somebody_waits():
                return
        raise TimeoutError("a party neither ends nor waits")

    def _statement(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.come_by()
        return execute(*arguments)


def _fight(tally: Tally, case: Case, first: int, stop: int | None, other: int | None) -> list[int]:
    """One schedule; answers how many points each party came by."""
    parties = [_Party(act, stop if place == first else other) for place, act in enumerate(case.parties)]
    mine, theirs = parties[first], parties[1 - first]
    for act in (mine.begin, theirs.begin, mine.go_on, theirs.go_on):
        act()
    for each in parties:
        each.join(PATIENCE_S)
    where = f"{'AB'[first]} stops at {stop}, {'BA'[first]} at {other}"
    tally.judge(case, [each.answer for each in parties], where)
    return [each.points for each in parties]


@contextmanager
def _watched() -> Iterator[None]:
    """Journeys of statements are points, too; those of whoever is no party are let by."""

    def carry(*arguments: Any) -> None:
        party = threading.current_thread()
        if isinstance(party, _Party):
            party.come_by()
        journeys.carry(*arguments)

    with patch.object(statements, "carry", carry):
        yield


def _behind(gate: threading.Barrier, act: Act) -> Act:
    def run() -> Answer:
        gate.wait(PATIENCE_S)
        return act()

    return run


def _spread(points: int, depth: int) -> list[int]:
    """So many of the points 1 … n, evenly, the last among them."""
    depth = min(depth, points)
    return [points - points * place // depth for place in reversed(range(depth))] if depth else []


def _somebody_waits() -> bool:
    with connections[OWNER].cursor() as cursor:
        cursor.execute("select exists (select from pg_locks where not granted)")
        return bool(cursor.fetchone()[0])


def _is_refusal(failure: BaseException) -> bool:
    return isinstance(failure, HansaError) and not isinstance(failure, BrokenInvariant)


def _said(answer: Answer) -> str:
    return f"refused: {answer.code}" if isinstance(answer, HansaError) else repr(answer)


def _told(failure: BaseException) -> str:
    place = traceback.extract_tb(failure.__traceback__)[-1:]
    return f"{failure!r} at {', '.join(f'{each.filename}:{each.lineno}' for each in place)}"
