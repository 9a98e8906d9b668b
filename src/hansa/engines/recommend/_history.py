"""One history as the sources see it: known items, oldest first, whose weights fade with each step back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hansa.engines.recommend._problem import Floats, Indices

NEGLIGIBLE = 1e-6  # a faded weight below this share of a fresh one changes no ranking that matters


@dataclass(frozen=True, eq=False)
class History:
    """Indices of items and their weights (axis: events, oldest first)."""

    items: Indices
    weights: Floats

    def faded(self, decay: float) -> tuple[Indices, Floats]:
        """Give each distinct item the sum of its weights, times ``decay`` for each step back."""
        distinct, place = np.unique(self.items, return_inverse=True)
        weights = np.bincount(place, weights=self.weights * self._fading(decay), minlength=len(distinct))
        return distinct, weights.astype(np.float64)

    def recent(self, decay: float) -> tuple[Indices, Floats]:
        """Give the items that still count, each time they stand there, with their faded weights."""
        fading = self._fading(decay)
        kept = fading > NEGLIGIBLE
        return self.items[kept], (self.weights * fading)[kept]

    def newest(self, decay: float) -> tuple[Indices, Floats]:
        """Give each distinct item ``decay`` to the power of the steps back to where it last stood."""
        items, steps_back = np.unique(self.items[::-1], return_index=True)
        return items, np.power(decay, steps_back.astype(np.float64))

    def end(self, events: int) -> History:
        """The newest events, as a history."""
        return History(self.items[-events:], self.weights[-events:])

    def last(self, events: int) -> list[tuple[int, float]]:
        """Give the newest events (item, weight), oldest first."""
        return list(zip(self.items[-events:].tolist(), self.weights[-events:].tolist(), strict=True))

    def _fading(self, decay: float) -> Floats:
        return np.power(decay, np.arange(len(self.items) - 1, -1, -1, dtype=np.float64))
