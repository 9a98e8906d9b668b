"""What is wrong with rows of a file, said row by row, to a CSV file and as counts."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hansa.commerce.importing.errors import BadFile

_SHOWN = 10
_LONGEST_VALUE = 200


@dataclass(frozen=True)
class RowProblem:
    """Why a row was not taken. ``row`` is the line it begins on, the header being line 1."""

    file: str
    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file} row {self.row}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.reason}" + (f" ({self.value!r})" if self.value else "")


class Problems:
    """Collects rejected rows: all of them in the file of errors if there is one, the first few in memory.

    Rows *set aside* are different: a rule of their source says that they are no sale. They are only counted.
    """

    def __init__(self, writer: Any = None) -> None:
        self._writer = writer
        self.rejected = 0
        self.first: list[RowProblem] = []
        self.set_aside: Counter[str] = Counter()

    def reject(self, problem: RowProblem) -> None:
        """Note a row that is wrong."""
        self.rejected += 1
        if len(self.first) < _SHOWN:
            self.first.append(problem)
        if self._writer is not None:
            value = problem.value[:_LONGEST_VALUE].encode("utf-8", "replace").decode()
            self._writer.writerow([problem.file, problem.row, problem.column, value, problem.reason])

    def put_aside(self, reason: str) -> None:
        """Note a row that is right, but no sale."""
        self.set_aside[reason] += 1


@contextmanager
def collecting(errors: Path | None) -> Iterator[Problems]:
    """Collect problems, into a CSV file if one is named. Refuses a file that cannot be written."""
    if errors is None:
        yield Problems()
        return
    try:
        file = errors.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise BadFile(f"the report of errors cannot be written to {errors}: {error.strerror}") from error
    with file:
        writer = csv.writer(file)
        writer.writerow(["file", "row", "column", "value", "reason"])
        yield Problems(writer)
