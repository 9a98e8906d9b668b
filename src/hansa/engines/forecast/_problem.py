"""The question put to a forecaster: series on one regular time axis, checked once, culprit named.

Reading files and rows belongs to the caller; `Problem.of_long` turns long columns into the panel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hansa.kernel.errors import InvalidInput

Floats = NDArray[np.float64]
Periods = NDArray[np.datetime64]

LARGEST = 1e15  # beyond it float64 no longer tells two neighbouring units apart
LONGEST_SEASON = 2_000
LONGEST_AXIS = 200_000


class Frequency(StrEnum):
    """How far apart two periods are."""

    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    HOUR = "H"

    @property
    def unit(self) -> str:
        """The numpy unit in which periods of this frequency are kept."""
        return {"D": "D", "W": "D", "M": "M", "H": "h"}[self.value]

    @property
    def units_apart(self) -> int:
        """The distance of two neighbouring periods, in that unit."""
        return 7 if self is Frequency.WEEK else 1

    @property
    def seasons(self) -> tuple[int, ...]:
        """The usual season lengths in periods, main one first (hours: the day, then the week)."""
        return {"D": (7,), "W": (52,), "M": (12,), "H": (24, 168)}[self.value]

    def after(self, period: np.datetime64, count: int) -> Periods:
        """Name the ``count`` periods from ``period`` on, itself included."""
        steps = np.arange(count) * self.units_apart
        return np.asarray(period + steps.astype(f"timedelta64[{self.unit}]"))


@dataclass(frozen=True, eq=False)
class Problem:
    """Histories of many series on one regular axis: ``values[series, periods]``.

    NaN before a series' first number means "not started"; NaN later means "unknown" (for instance
    sold out), which is not the same as zero. Periods are any dates numpy understands, oldest first.
    Refuses ragged, repeated, infinite or irregular input with InvalidInput naming the series or period.
    """

    series: tuple[str, ...]
    periods: Periods
    values: Floats
    frequency: Frequency
    seasons: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        frequency = _frequency(self.frequency)
        series = tuple(str(name) for name in self.series)
        periods = _dates(self.periods, frequency)
        values = np.array(self.values, dtype=np.float64)
        seasons = tuple(int(length) for length in self.seasons) or frequency.seasons
        _check_names(series)
        _check_axis(periods, frequency)
        _check_values(values, series, periods)
        if any(not 1 <= length <= LONGEST_SEASON for length in seasons):
            raise InvalidInput(f"season length {seasons}: each must be from 1 to {LONGEST_SEASON} periods")
        for array in (periods, values):
            array.flags.writeable = False
        object.__setattr__(self, "frequency", frequency)
        object.__setattr__(self, "series", series)
        object.__setattr__(self, "periods", periods)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "seasons", seasons)

    @classmethod
    def of_long(
        cls,
        series: Sequence[str],
        periods: ArrayLike,
        values: ArrayLike,
        *,
        frequency: Frequency | str,
        seasons: tuple[int, ...] = (),
        missing: float = np.nan,
    ) -> Problem:
        """Build the panel from long columns of equal length; series come out sorted by name.

        ``missing`` fills periods without a row after a series has started: NaN (unknown) or 0.
        Refuses a (series, period) that comes twice, and periods off the axis of the earliest one.
        """
        frequency = _frequency(frequency)
        when, what = _dates(periods, frequency), np.asarray(values, dtype=np.float64)
        if not len(series) == len(when) == len(what):
            raise InvalidInput(
                f"{len(series)} series, {len(when)} periods, {len(what)} values do not line up"
            )
        if len(when) == 0:
            raise InvalidInput("no rows: a forecast needs at least one period of history")
        ids = np.asarray([str(name) for name in series], dtype=np.str_)
        names, row = np.unique(ids, return_inverse=True)
        column = _columns(when, frequency)
        width = int(column.max()) + 1
        _refuse_repeats(row * width + column, ids, when)
        panel = np.full((len(names), width), np.nan)
        panel[row, column] = what
        if not np.isnan(missing):
            given = np.zeros(panel.shape, dtype=bool)
            given[row, column] = True
            panel[~given & (np.cumsum(given, axis=1) > 0)] = missing
        axis = frequency.after(when.min(), width)
        return cls(tuple(str(name) for name in names), axis, panel, frequency, seasons)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> Problem:
        """Make the same question for some of the series only (a partition)."""
        picked = np.asarray(rows, dtype=np.intp)
        series = tuple(self.series[row] for row in picked)
        return Problem(series, self.periods, self.values[picked], self.frequency, self.seasons)

    def future(self, horizon: int) -> Periods:
        """Name the ``horizon`` periods after the last one."""
        return self.frequency.after(self.periods[-1], horizon + 1)[1:]

    def digest(self) -> str:
        """Give a short fingerprint of the input, for provenance."""
        state = hashlib.blake2b(digest_size=12)
        state.update("\x1f".join(self.series).encode("utf-8", "surrogatepass"))
        state.update(f"{self.frequency}{self.seasons}{self.periods[0]}".encode())
        state.update(np.ascontiguousarray(self.values).tobytes())
        return state.hexdigest()


def _frequency(given: Frequency | str) -> Frequency:
    try:
        return Frequency(given)
    except ValueError:
        raise InvalidInput(f"frequency {given!r} is not one of D, W, M, H") from None


def _dates(given: ArrayLike, frequency: Frequency) -> Periods:
    try:
        return np.array(given, dtype=f"datetime64[{frequency.unit}]")
    except (ValueError, TypeError) as refusal:
        raise InvalidInput(f"periods are not dates: {refusal}") from refusal


def _check_names(series: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in series:
        if name in seen:
            raise InvalidInput(f"series {name!r} comes twice")
        seen.add(name)


def _check_axis(periods: Periods, frequency: Frequency) -> None:
    if periods.ndim != 1 or len(periods) == 0:
        raise InvalidInput("no periods: a forecast needs at least one period of history")
    if len(periods) > LONGEST_AXIS:
        raise InvalidInput(f"{len(periods)} periods are more than {LONGEST_AXIS}; shorten the history")
    if np.isnat(periods).any():
        raise InvalidInput(f"period {int(np.isnat(periods).argmax()) + 1} has no date")
    wrong = np.flatnonzero(periods != frequency.after(periods[0], len(periods)))
    if len(wrong):
        before, after = periods[wrong[0] - 1], periods[wrong[0]]
        raise InvalidInput(f"periods are not regular: {after} follows {before} at frequency {frequency}")


def _check_values(values: Floats, series: tuple[str, ...], periods: Periods) -> None:
    if values.shape != (len(series), len(periods)):
        raise InvalidInput(
            f"values have shape {values.shape}; {len(series)} series and {len(periods)} periods were named"
        )
    wrong = np.argwhere(np.abs(values) > LARGEST)
    if len(wrong):
        row, column = wrong[0]
        raise InvalidInput(
            f"series {series[row]!r} at {periods[column]}: {values[row, column]:g} is beyond {LARGEST:g}"
        )


def _columns(when: Periods, frequency: Frequency) -> NDArray[np.int64]:
    if np.isnat(when).any():
        raise InvalidInput(f"row {int(np.isnat(when).argmax()) + 1} has no date")
    distance = (when - when.min()).astype(np.int64)
    off = np.flatnonzero(distance % frequency.units_apart)
    if len(off):
        raise InvalidInput(f"{when[off[0]]} is not a whole number of weeks after {when.min()}")
    column: NDArray[np.int64] = distance // frequency.units_apart
    if int(column.max()) >= LONGEST_AXIS:
        raise InvalidInput(f"from {when.min()} to {when.max()} are more than {LONGEST_AXIS} periods")
    return column


def _refuse_repeats(cell: NDArray[np.int64], ids: NDArray[np.str_], when: Periods) -> None:
    order = np.argsort(cell, kind="stable")
    twice = np.flatnonzero(np.diff(cell[order]) == 0)
    if len(twice):
        row = int(order[twice[0] + 1])
        raise InvalidInput(f"series {str(ids[row])!r} has two values at {when[row]} (row {row + 1})")
