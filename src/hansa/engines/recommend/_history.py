"""One history as the sources see it: known items, oldest first, whose weights fade with each step back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hansa.engines.recommend._problem import Floats, Indices

MOST_RECENT = 100  # events whose pairs are looked at
NEGLIGIBLE = 1e-6  # a faded weight below this share of a fresh one changes no ranking that matters


@dataclass(frozen=True, eq=False)
class History:
    """Indices of items, their weights and, where known, their times (axis: events, oldest first), and the present.

    What was taken at one moment is a basket. A step back is one basket back; without times, one event.
    """

    items: Indices
    weights: Floats
    times: Floats | None = None
    now: float = np.inf

    @cached_property
    def steps_back(self) -> Indices:
        """How many steps after each event there are (axis: events)."""
        if self.times is None:
            return np.arange(len(self.items) - 1, -1, -1)
        baskets, place = np.unique(self.times, return_inverse=True)
        return np.asarray(len(baskets) - 1 - place, dtype=np.int64)

    def faded(self, decay: float) -> tuple[Indices, Floats]:
        """Give each distinct item the sum of its weights, times ``decay`` for each step back."""
        distinct, place = np.unique(self.items, return_inverse=True)
        weights = np.bincount(place, weights=self.weights * self._fading(decay), minlength=len(distinct))
        return distinct, weights.astype(np.float64)

    def recent(self, decay: float) -> tuple[Indices, Floats, Indices]:
        """Give the items that still count, each time they stand there, with faded weights and steps back.

        At most the newest ``MOST_RECENT`` events.
        """
        back = self.steps_back[-MOST_RECENT:]
        fading = np.power(decay, back.astype(np.float64))
        kept = fading > NEGLIGIBLE
        items, weights = self.items[-MOST_RECENT:], self.weights[-MOST_RECENT:]
        return items[kept], (weights * fading)[kept], back[kept]

    def newest(self, decay: float) -> tuple[Indices, Floats]:
        """Give each distinct item ``decay`` to the power of the steps back to where it last stood."""
        items, back = self.last_taken()
        return items, np.power(decay, back.astype(np.float64))

    def last_taken(self) -> tuple[Indices, Indices]:
        """Give each distinct item the steps back to where it last stood."""
        items, place = np.unique(self.items[::-1], return_index=True)
        return items, self.steps_back[::-1][place]

    def end(self, events: int) -> History:
        """The newest events, as a history."""
        times = None if self.times is None else self.times[-events:]
        return History(self.items[-events:], self.weights[-events:], times, self.now)

    def last(self, events: int) -> list[tuple[int, float]]:
        """Give the newest events (item, weight), oldest first."""
        return list(zip(self.items[-events:].tolist(), self.weights[-events:].tolist(), strict=True))

    def _fading(self, decay: float) -> Floats:
        return np.power(decay, self.steps_back.astype(np.float64))
