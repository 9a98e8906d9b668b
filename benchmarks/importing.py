"""The Complete Journey into an empty PostgreSQL of our own: lines and rows a second, CPU beside wall.

    hansa bench import --scale full

The cluster is thrown away afterwards, so it runs without fsync; everything else is as in earnest. CPU counts
this process and every process of the cluster, because other work on the machine stretches the wall clock only.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import psutil
import psycopg

from hansa.foundation import postgres

_TODAY = date(2026, 11, 23)  # fixed, so that every run imports the same


def run(*, seed: int, scale: str = "small") -> dict[str, Any]:
    """Import once into a fresh cluster; answers the figures of the whole and of each step."""
    with postgres.throwaway() as url:
        os.environ["DATABASE_URL"] = str(url)
        from hansa.cli import runtime

        runtime.with_django()
        runtime.migrate()
        return _measured(_Meter(str(url)), seed=seed, scale=scale)


class _Meter:
    """Reads clocks: the wall's, this process's, and the sum over the cluster's processes, living and gone."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            self._postmaster = psutil.Process(psutil.Process(connection.info.backend_pid).ppid())

    def read(self) -> _Clocks:
        own = self._postmaster.cpu_times()
        server = own.user + own.system + own.children_user + own.children_system
        for child in self._postmaster.children():
            try:
                times = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            server += times.user + times.system
        return _Clocks(time.perf_counter(), time.process_time(), server)


@dataclass(frozen=True)
class _Clocks:
    wall: float
    python: float
    server: float

    def since(self, earlier: _Clocks) -> dict[str, float]:
        return {
            "wall_seconds": round(self.wall - earlier.wall, 2),
            "python_cpu_seconds": round(self.python - earlier.python, 2),
            "postgres_cpu_seconds": round(self.server - earlier.server, 2),
        }


def _measured(meter: _Meter, *, seed: int, scale: str) -> dict[str, Any]:
    from hansa.commerce.importing import services
    from hansa.commerce.importing.loading.chunks import Progress

    began: dict[str, _Clocks] = {}

    def tell(progress: Progress) -> None:
        if progress.step not in began:
            began[progress.step] = meter.read()

    start = meter.read()
    report = services.import_complete_journey(scale=scale, as_of=_TODAY, seed=seed, tell=tell)
    end = meter.read()
    marks = [*began.values(), end]
    whole = end.since(start)
    lines = int(str(report.details["lines"]))
    cpu = whole["python_cpu_seconds"] + whole["postgres_cpu_seconds"]
    return {
        "scale": scale,
        "lines": lines,
        "rows": report.rows,
        **whole,
        "lines_per_second": round(lines / whole["wall_seconds"]),
        "rows_per_second": round(report.rows / whole["wall_seconds"]),
        "lines_per_cpu_second": round(lines / cpu),
        "rows_per_cpu_second": round(report.rows / cpu),
        "steps": {step: marks[place + 1].since(marks[place]) for place, step in enumerate(began)},
    }
