"""The problem made ready for the models: scaled, dated from each series' first number, described.

Everything here and in the models works row by row, so any split of the series gives the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hansa.engines.forecast._problem import Floats, Problem

Bools = NDArray[np.bool_]
Ints = NDArray[np.signedinteger]

LARGEST_COUNT = 1e6  # above it a count is treated as continuous: the distributions no longer differ


class Summary(NamedTuple):
    """What the known numbers of each series up to an origin look like; 0 where there is none."""

    known: Ints
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Panel:
    """Scaled histories ``y[series, periods]`` with NaN for unknown; ``y * scale`` are the units again."""

    y: Floats
    known: Bools
    start: Ints
    scale: Floats
    is_count: Bools
    is_nonnegative: Bools
    is_positive: Bools
    seasons: tuple[int, ...]
    window: int

    @classmethod
    def of(cls, problem: Problem) -> Panel:
        """Scale each series by a power of two, which keeps every digit, so that squares cannot overflow."""
        values = np.ascontiguousarray(problem.values)
        known = ~np.isnan(values)
        top = np.max(np.abs(np.where(known, values, 0.0)), axis=1, initial=0.0)
        scale = np.where(top > 0, np.exp2(np.frexp(top)[1].astype(float).clip(-1000, 1000)), 1.0)
        filled = np.where(known, values, 1.0)
        is_count = ((filled >= 0) & (filled == np.floor(filled))).all(axis=1) & (top <= LARGEST_COUNT)
        return cls(
            y=values / scale[:, None],
            known=known,
            start=np.where(known.any(axis=1), known.argmax(axis=1), values.shape[1]).astype(np.int64),
            scale=scale,
            is_count=is_count,
            is_nonnegative=np.all(filled >= 0, axis=1),
            is_positive=np.all(filled > 0, axis=1) & np.any(known, axis=1),
            seasons=problem.seasons,
            window={"D": 28, "W": 13, "M": 12, "H": 168}[problem.frequency.value],
        )

    def __len__(self) -> int:
        return len(self.y)

    @property
    def length(self) -> int:
        """Number of periods on the common axis."""
        return int(self.y.shape[1])

    def take(self, rows: slice | NDArray[np.intp]) -> Panel:
        """Keep some of the series."""
        return Panel(
            self.y[rows],
            self.known[rows],
            self.start[rows],
            self.scale[rows],
            self.is_count[rows],
            self.is_nonnegative[rows],
            self.is_positive[rows],
            self.seasons,
            self.window,
        )

    def summary(self, origin: int) -> Summary:
        """Count and range of the known numbers before ``origin``."""
        y, known = self.y[:, :origin], self.known[:, :origin]
        count = known.sum(axis=1)
        low = np.min(np.where(known, y, np.inf), axis=1, initial=np.inf)
        high = np.max(np.where(known, y, -np.inf), axis=1, initial=-np.inf)
        return Summary(count, np.where(count > 0, low, 0.0), np.where(count > 0, high, 0.0))


def mean_of_known(values: Floats) -> Floats:
    """Average over the last axis, leaving NaN out; 0 where all are NaN."""
    values = np.ascontiguousarray(values)
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), 0.0)
    return mean


def opening(panel: Panel, length: int) -> Floats:
    """Cut each series' first ``length`` periods, counted from its own start; NaN beyond the axis."""
    at = panel.start[:, None] + np.arange(length)
    cut = np.take_along_axis(panel.y, np.minimum(at, panel.length - 1), axis=1)
    opened: Floats = np.where(at < panel.length, cut, np.nan)
    return opened


def forget_unripe(
    forecasts: Floats, panel: Panel, origins: tuple[int, ...], *, needed: int, at_the_end: int | None = None
) -> Floats:
    """Blank the origins at which a series has fewer than ``needed`` periods since its start.

    Opening estimates look that far ahead: a backtest must not see them. At the end of the axis there is
    nothing left to see, so ``at_the_end`` periods may do there.
    """
    for column, origin in enumerate(origins):
        least = at_the_end if at_the_end is not None and origin == panel.length else needed
        forecasts[origin - panel.start < least, column] = np.nan
    return forecasts
