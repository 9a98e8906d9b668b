"""Sums over time by group, asked at any moment and never looking past it."""

from __future__ import annotations

import numpy as np

from hansa.engines.discovery.hits._problem import Floats, Indices


class Timeline:
    """Amounts of groups in time order; what there was before a moment, in O(log n) a question."""

    def __init__(self, group: Indices, time: Floats, amount: Floats | None = None) -> None:
        order = np.lexsort((time, group))
        self._moments = np.unique(time)
        self._span = len(self._moments) + 1
        rank = np.searchsorted(self._moments, time[order]) + 1
        self._keys = group[order] * self._span + rank
        self._time = time[order]
        amounts = np.ones(len(time)) if amount is None else amount
        self._sums = np.concatenate([[0.0], np.cumsum(amounts[order])])

    def before(self, group: Indices, moment: Floats) -> Floats:
        """Sum of all that a group had before the moment."""
        start = np.searchsorted(self._keys, group * self._span, side="right")
        return np.asarray(self._sums[self._place(group, moment)] - self._sums[start])

    def between(self, group: Indices, start: Floats, end: Floats) -> Floats:
        """Sum of what a group had from ``start`` up to, and without, ``end``."""
        return np.asarray(self._sums[self._place(group, end)] - self._sums[self._place(group, start)])

    def since_last(self, group: Indices, moment: Floats) -> Floats:
        """Time passed since the group's last act before the moment; NaN when there was none."""
        place = self._place(group, moment)
        none = place == np.searchsorted(self._keys, group * self._span, side="right")
        last = self._time[np.maximum(place - 1, 0)] if len(self._time) else np.zeros(len(moment))
        return np.where(none, np.nan, moment - last)

    def since_first(self, group: Indices, moment: Floats) -> Floats:
        """Time passed since the group's first act before the moment; NaN when there was none."""
        start = np.searchsorted(self._keys, group * self._span, side="right")
        none = self._place(group, moment) == start
        first = (
            self._time[np.minimum(start, len(self._time) - 1)] if len(self._time) else np.zeros(len(moment))
        )
        return np.where(none, np.nan, moment - first)

    def _place(self, group: Indices, moment: Floats) -> Indices:
        rank = np.searchsorted(self._moments, moment)
        return np.asarray(np.searchsorted(self._keys, group * self._span + rank, side="right"))
