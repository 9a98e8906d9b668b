"""Clocks of a benchmark: the wall's, this process's CPU, and that of every process of a PostgreSQL cluster.

CPU is what to compare: other work on the machine stretches the wall clock only.
"""

from __future__ import annotations

import resource
import statistics
import time
from dataclasses import dataclass

import psutil
import psycopg


@dataclass(frozen=True)
class Clocks:
    """Seconds: of the wall, of this process, of the cluster."""

    wall: float
    python: float
    server: float

    def since(self, earlier: Clocks) -> Clocks:
        return Clocks(self.wall - earlier.wall, self.python - earlier.python, self.server - earlier.server)

    @property
    def cpu(self) -> float:
        return self.python + self.server


class Meter:
    """Reads the clocks; a program's are the sum over its processes, living and gone.

    ``program`` is the program to measure as Python, this process unless said.
    """

    def __init__(self, url: str, program: int | None = None) -> None:
        with psycopg.connect(url) as connection:
            self._postmaster = psutil.Process(psutil.Process(connection.info.backend_pid).ppid())
        self._program = None if program is None else psutil.Process(program)

    def read(self) -> Clocks:
        used = resource.getrusage(resource.RUSAGE_SELF)
        python = used.ru_utime + used.ru_stime if self._program is None else _spent(self._program)
        return Clocks(time.perf_counter(), python, _spent(self._postmaster))


def _spent(process: psutil.Process) -> float:
    own = process.cpu_times()
    seconds = own.user + own.system + own.children_user + own.children_system
    for child in process.children():
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += times.user + times.system
    return float(seconds)


def percentile(values: list[float], percent: int) -> float:
    """The value that so many per cent stay below, in the unit given."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]  # never above the worst
