"""Running the chunks of an import: each one that is not in the database yet, in order or two at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from django.db import connections

from hansa.commerce.importing.loading.chunks import Progress, Tell, chunk, digest_of, done_chunks
from hansa.commerce.importing.loading.copying import Database
from hansa.foundation.database_roles import OWNER

_LOADERS = 2


@dataclass(frozen=True)
class Task:
    """One chunk: its name, how it is brought in (answering the rows written), and how many lines it holds."""

    name: str
    bring: Callable[[Database], int]
    lines: int = 0


@dataclass(frozen=True)
class Outcome:
    """What one run brought in. ``skipped`` chunks were there already."""

    chunks: int = 0
    skipped: int = 0
    rows: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.chunks + other.chunks, self.skipped + other.skipped, self.rows + other.rows)


@dataclass(frozen=True)
class Run:
    """What all tasks of an import have in common."""

    db: Database
    source: str
    digest: str
    tell: Tell

    def in_order(self, tasks: list[Task]) -> Outcome:
        """Bring the tasks in one after the other, because each builds on the one before."""
        missing = self._missing(tasks)
        rows = 0
        for place, task in enumerate(missing):
            self.tell(Progress(task.name.replace("-", " "), place, len(missing)))
            rows += self._bring(task)
        return Outcome(len(missing), len(tasks) - len(missing), rows)

    def side_by_side(self, tasks: list[Task], *, step: str) -> Outcome:
        """Bring the tasks in on two connections: while PostgreSQL takes one in, the next is made ready."""
        missing = self._missing(tasks)
        total = sum(task.lines for task in tasks)
        done = total - sum(task.lines for task in missing)
        rows = 0
        self.tell(Progress(step, done, total))
        for task, task_rows in self._as_they_come(missing):
            rows += task_rows
            done += task.lines
            self.tell(Progress(step, done, total))
        return Outcome(len(missing), len(tasks) - len(missing), rows)

    def _missing(self, tasks: list[Task]) -> list[Task]:
        there = done_chunks(self.source)
        return [task for task in tasks if task.name not in there]

    def _bring(self, task: Task) -> int:
        with chunk(self.source, task.name, digest=digest_of(self.digest, task.name)) as loaded:
            loaded.rows = task.bring(self.db)
            return loaded.rows

    def _as_they_come(self, tasks: list[Task]) -> Iterator[tuple[Task, int]]:
        todo, done = deque(tasks), SimpleQueue[tuple[Task, int] | None]()

        def taken() -> Task | None:
            try:
                return todo.popleft()
            except IndexError:
                return None

        def load() -> None:
            try:
                for task in iter(taken, None):
                    done.put((task, self._bring(task)))
            finally:
                connections[OWNER].close()  # this thread's own
                done.put(None)

        with ThreadPoolExecutor(_LOADERS) as loaders:
            running = [loaders.submit(load) for _ in range(_LOADERS)]
            try:
                for _ in running:
                    yield from iter(done.get, None)
                for loader in running:
                    loader.result()
            finally:
                todo.clear()  # whoever stops listening stops the loading after the tasks under way
