"""Rows of different lengths: views into one array until an event replaces a row by a longer one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


class Ragged(Generic[Number]):
    """A list of arrays of one type.

    Rows are replaced as a whole, never written into.
    """

    def __init__(self, pointers: NDArray[np.int64], values: NDArray[Number]) -> None:
        bounds = pointers.tolist()
        self.rows = [values[start:stop] for start, stop in pairwise(bounds)]
        self._empty = values[:0]

    @classmethod
    def grouped(cls, group: NDArray[np.int64], values: NDArray[Number], groups: int) -> Ragged[Number]:
        """Cut ``values``, which stand in the order of their ``group``, into one row for each group."""
        return cls(np.searchsorted(group, np.arange(groups + 1)), values)

    def __len__(self) -> int:
        return len(self.rows)

    def add_row(self) -> None:
        """Add an empty row at the end."""
        self.rows.append(self._empty)

    def append(self, row: int, value: Any) -> None:
        """Put one value at the end of a row."""
        self.rows[row] = np.append(self.rows[row], np.asarray(value, dtype=self._empty.dtype))

    def gather(self, wanted: Iterable[int]) -> tuple[NDArray[Number], NDArray[np.int64]]:
        """Return the values of the wanted rows, one after the other, and the length of each row."""
        chosen = [self.rows[row] for row in wanted]
        if not chosen:
            return self._empty, np.zeros(0, dtype=np.int64)
        return np.concatenate(chosen), np.fromiter(map(len, chosen), dtype=np.int64, count=len(chosen))

    def flat(self) -> tuple[NDArray[np.int64], NDArray[Number]]:
        """Return what the constructor takes: pointers (axis: rows + 1) and values."""
        values, lengths = self.gather(range(len(self.rows)))
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), values
