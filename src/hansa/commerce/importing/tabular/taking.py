"""Taking the values of one row, or telling which of them is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hansa.commerce.importing.tabular.fields import BadField
from hansa.commerce.importing.tabular.problems import RowProblem
from hansa.commerce.importing.tabular.reading import Row

_Value = TypeVar("_Value")


class WrongRow(Exception):
    """A row that cannot be taken."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


@dataclass(frozen=True)
class RowReader:
    """Reads the values of one row; raises `WrongRow`, naming the column."""

    row: Row

    def value(self, column: str, how: Callable[[str], _Value]) -> _Value:
        """Read a value that must be there."""
        try:
            return how(self.row.values.get(column, ""))
        except BadField as bad:
            raise self.wrong(column, str(bad)) from bad

    def optional(self, column: str, how: Callable[[str], _Value], otherwise: _Value) -> _Value:
        """Read a value that may be left out."""
        return self.value(column, how) if self.row.values.get(column) else otherwise

    def wrong(self, column: str, reason: str) -> WrongRow:
        """Say that a value is wrong for a reason of its surroundings."""
        return WrongRow(self.row.problem(column, reason))
