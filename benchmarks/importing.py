"""The Complete Journey into an empty PostgreSQL of our own: lines and rows a second, CPU beside wall.

    hansa bench import --scale full

The cluster is thrown away afterwards, so it runs without fsync; everything else is as in earnest. CPU counts
this process and every process of the cluster, because other work on the machine stretches the wall clock only.
"""

from __future__ import annotations

import os
from datetime import date
from typing import Any

from benchmarks.meter import Clocks, Meter
from hansa.foundation import postgres

_TODAY = date(2026, 11, 23)  # fixed, so that every run imports the same


def run(*, seed: int, scale: str = "small") -> dict[str, Any]:
    """Import once into a fresh cluster; answers the figures of the whole and of each step."""
    with postgres.throwaway() as url:
        os.environ["DATABASE_URL"] = str(url)
        from hansa.cli import runtime

        runtime.with_django()
        runtime.migrate()
        return _measured(Meter(str(url)), seed=seed, scale=scale)


def _measured(meter: Meter, *, seed: int, scale: str) -> dict[str, Any]:
    from hansa.commerce.importing import services
    from hansa.commerce.importing.loading.chunks import Progress

    began: dict[str, Clocks] = {}

    def tell(progress: Progress) -> None:
        if progress.step not in began:
            began[progress.step] = meter.read()

    start = meter.read()
    report = services.import_complete_journey(scale=scale, as_of=_TODAY, seed=seed, tell=tell)
    end = meter.read()
    marks = [*began.values(), end]
    whole = end.since(start)
    lines = int(str(report.details["lines"]))
    return {
        "scale": scale,
        "lines": lines,
        "rows": report.rows,
        **_figures(whole),
        "lines_per_second": round(lines / whole.wall),
        "rows_per_second": round(report.rows / whole.wall),
        "lines_per_cpu_second": round(lines / whole.cpu),
        "rows_per_cpu_second": round(report.rows / whole.cpu),
        "steps": {step: _figures(marks[place + 1].since(marks[place])) for place, step in enumerate(began)},
    }


def _figures(spent: Clocks) -> dict[str, float]:
    return {
        "wall_seconds": round(spent.wall, 2),
        "python_cpu_seconds": round(spent.python, 2),
        "postgres_cpu_seconds": round(spent.server, 2),
    }
