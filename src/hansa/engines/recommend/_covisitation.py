"""Directed, distance-decayed co-visitation: counts which items stand near which in the users' histories.

Counts are kept undamped, so that an event adds to them exactly as a new fit would.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from hansa.engines.recommend._history import History
from hansa.engines.recommend._params import CovisitationParams
from hansa.engines.recommend._problem import Events, Floats, Indices
from hansa.engines.recommend._ragged import Ragged


class Covisitation:
    """For each item (rows) the items that stand near it, with the weight of their pairs."""

    def __init__(
        self,
        params: CovisitationParams,
        neighbours: Ragged[np.int32],
        weights: Ragged[np.float32],
        popularity: Floats,
    ) -> None:
        self.params = params
        self.neighbours = neighbours
        self.weights = weights
        self.damping = _damping(popularity, params.popularity_power)

    @classmethod
    def fit(cls, events: Events, age: Floats, popularity: Floats, params: CovisitationParams) -> Covisitation:
        """Count the pairs of every user's events (axis of ``age``: events, of ``popularity``: items)."""
        forward = _pairs(events, age, len(popularity), params.window)
        counts = (params.forward * forward + params.backward * forward.T).tocsr()
        counts.sort_indices()
        pointers, neighbours, weights = _strongest(
            counts, _damping(popularity, params.popularity_power), params.neighbours
        )
        return cls(params, Ragged(pointers, neighbours), Ragged(pointers, weights), popularity)

    @property
    def pairs(self) -> int:
        """Number of directed pairs kept."""
        return sum(map(len, self.neighbours.rows))

    def scores(self, history: History) -> Floats:
        """Score every item (axis: items) by its pairs with the faded history."""
        items, faded = history.recent(self.params.history_decay)
        found, lengths = self.neighbours.gather(items)
        weights, _ = self.weights.gather(items)
        summed = np.bincount(found, weights=weights * np.repeat(faded, lengths), minlength=len(self.damping))
        return summed * self.damping

    def because_of(self, history: History, wanted: Indices) -> list[int | None]:
        """Name for each wanted item the item of the history that adds most to its score."""
        items, faded = history.recent(self.params.history_decay)
        found, lengths = self.neighbours.gather(items)
        weights, _ = self.weights.gather(items)
        place = np.full(len(self.damping), -1)
        place[wanted] = np.arange(len(wanted))
        hits = np.flatnonzero(place[found] >= 0)
        adds = (weights * np.repeat(faded, lengths))[hits]
        strongest_last = hits[np.argsort(adds, kind="stable")]
        behind = np.full(len(wanted), -1)
        behind[place[found[strongest_last]]] = np.repeat(items, lengths)[strongest_last]
        return [item if item >= 0 else None for item in behind.tolist()]

    def add_item(self) -> None:
        """Make room for one more item."""
        self.neighbours.add_row()
        self.weights.add_row()
        self.damping = np.append(self.damping, 1.0)

    def observe(
        self, before: Sequence[tuple[int, float]], item: int, weight: float, age: float, popularity: Floats
    ) -> None:
        """Count one more event after those ``before`` it (item, weight; oldest first): O(window).

        ``popularity`` already holds the event.
        """
        self.damping[item] = _damping(popularity[item : item + 1], self.params.popularity_power)[0]
        for distance, (other, other_weight) in enumerate(reversed(before[-self.params.window :]), start=1):
            if other == item:
                continue
            strength = np.sqrt(weight * other_weight) * age / distance
            self._add(other, item, self.params.forward * strength)
            self._add(item, other, self.params.backward * strength)

    def _add(self, item: int, neighbour: int, weight: float) -> None:
        if weight <= 0:
            return
        row, weights = self.neighbours.rows[item], self.weights.rows[item].copy()
        place = np.flatnonzero(row == neighbour)
        if len(place):
            weights[place[0]] += np.float32(weight)
        else:
            kept = self._room(row, weights)
            row = np.append(row[kept], np.int32(neighbour))
            weights = np.append(weights[kept], np.float32(weight))
        self.neighbours.rows[item], self.weights.rows[item] = row, weights

    def _room(self, row: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Say which neighbours stay when one more comes: a full row gives up its weakest."""
        kept = np.ones(len(row), dtype=np.bool_)
        if len(row) >= self.params.neighbours:
            kept[np.argmin(weights * self.damping[row])] = False
        return kept


def _damping(popularity: Floats, power: float) -> Floats:
    return np.power(np.where(popularity > 0, popularity, 1.0), -power)


def _pairs(events: Events, age: Floats, items: int, window: int) -> sparse.csr_matrix:
    """Sum strength / distance over the pairs (earlier item, later item) of one user within the window.

    The strength of a pair is the geometric mean of the two weights, aged as the later event.
    """
    root = np.sqrt(events.weight)
    earlier, later, strength = [], [], []
    item = events.item.astype(np.int32)
    for distance in range(1, window + 1):
        together = (events.user[distance:] == events.user[:-distance]) & (item[distance:] != item[:-distance])
        first, second = np.flatnonzero(together), np.flatnonzero(together) + distance
        earlier.append(item[first])
        later.append(item[second])
        strength.append((root[first] * root[second] * age[second] / distance).astype(np.float32))
    where = (np.concatenate(earlier), np.concatenate(later))
    return sparse.coo_matrix((np.concatenate(strength), where), shape=(items, items)).tocsr()


def _strongest(
    counts: sparse.csr_matrix, damping: Floats, most: int
) -> tuple[Indices, NDArray[np.int32], NDArray[np.float32]]:
    """Keep each row's ``most`` neighbours of the highest damped weight, as pointers, neighbours, weights."""
    kept = counts.data > 0
    for row in np.flatnonzero(np.diff(counts.indptr) > most):
        start, stop = counts.indptr[row], counts.indptr[row + 1]
        damped = counts.data[start:stop] * damping[counts.indices[start:stop]]
        kept[start + np.argpartition(-damped, most - 1)[most:]] = False
    pointers = np.concatenate([[0], np.cumsum(kept)])[counts.indptr].astype(np.int64)
    return pointers, counts.indices[kept].astype(np.int32), counts.data[kept].astype(np.float32)
