"""Rows of different lengths in one array; a row that outgrows its room moves to the end of the array."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


class Ragged(Generic[Number]):
    """Arrays of one type, by row. What is read of a row is a view: its next change may write over it."""

    def __init__(self, pointers: NDArray[np.int64], values: NDArray[Number]) -> None:
        self._values, self._used = values.copy(), len(values)
        self._start = pointers[:-1].astype(np.int64)
        self._length = np.diff(pointers).astype(np.int64)
        self._room = self._length.copy()

    @classmethod
    def grouped(cls, group: NDArray[np.int64], values: NDArray[Number], groups: int) -> Ragged[Number]:
        """Cut ``values``, which stand in the order of their ``group``, into one row for each group."""
        return cls(np.searchsorted(group, np.arange(groups + 1)), values)

    def __len__(self) -> int:
        return len(self._start)

    def __getitem__(self, row: int) -> NDArray[Number]:
        """Return a row as it stands; what is written to it stays."""
        start = self._start[row]
        return self._values[start : start + self._length[row]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How long each row is (axis: rows)."""
        return self._length

    def add_row(self) -> None:
        """Add an empty row at the end."""
        self._start = np.append(self._start, self._used)
        self._length = np.append(self._length, 0)
        self._room = np.append(self._room, 0)

    def append(self, row: int, value: Any) -> None:
        """Put one value at the end of a row."""
        self._make_room(row, int(self._length[row]) + 1)
        self._length[row] += 1
        self[row][-1] = value

    def gather(self, wanted: NDArray[np.integer]) -> tuple[NDArray[Number], NDArray[np.int64]]:
        """Return the values of the wanted rows, one after the other, and the length of each row."""
        lengths = self._length[wanted]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        place = np.repeat(self._start[wanted] - (ends - lengths), lengths) + np.arange(total)
        return self._values[place], lengths

    def flat(self) -> tuple[NDArray[np.int64], NDArray[Number]]:
        """Return what the constructor takes: pointers (axis: rows + 1) and values."""
        values, lengths = self.gather(np.arange(len(self)))
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), values

    def _make_room(self, row: int, length: int) -> None:
        if length <= self._room[row]:
            return
        room = length + length // 2 + 1
        if self._used + room > len(self._values):
            more = np.empty(len(self._values) // 2 + room, dtype=self._values.dtype)
            self._values = np.concatenate([self._values[: self._used], more])
        start, old = self._used, self[row]
        self._values[start : start + len(old)] = old
        self._start[row], self._room[row], self._used = start, room, start + room
