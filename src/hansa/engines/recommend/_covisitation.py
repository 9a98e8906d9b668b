"""Directed, distance-decayed co-visitation: counts which items stand near which in the users' histories.

Counts are kept undamped, so that an event adds to them exactly as a new fit would.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from hansa.engines.recommend._catalogue import Scored, sums
from hansa.engines.recommend._history import History
from hansa.engines.recommend._params import CovisitationParams
from hansa.engines.recommend._problem import Events, Floats, Indices
from hansa.engines.recommend._ragged import Ragged

PAIR = np.dtype([("neighbour", np.int32), ("weight", np.float32), ("ahead", np.float32)])
"""A pair of an item: its neighbour, the weight, and the part of that which went with the direction of time."""


@dataclass(frozen=True, eq=False)
class Met:
    """Pairs of a history's items with what stands near them (axis of all: pairs met)."""

    neighbour: NDArray[np.int32]
    back: Indices  # how many steps back in the history the item stands that led there
    weight: Floats  # of the pair, faded with the steps back
    ahead: Floats  # the part of it that went with the direction of time
    share: Floats  # what of all pairs of that item this one is, faded


class Covisitation:
    """For each item (rows) the items that stand near it, with the weight of their pairs."""

    def __init__(
        self,
        params: CovisitationParams,
        near: Ragged[np.void],
        flow: Floats,
        popularity: Floats,
    ) -> None:
        self.params = params
        self.near = near  # for each item its pairs
        self.flow = flow  # axis: items; all weights of its pairs, also of those that were not kept
        self.damping = _damping(popularity, params.popularity_power)

    @classmethod
    def fit(cls, events: Events, age: Floats, popularity: Floats, params: CovisitationParams) -> Covisitation:
        """Count the pairs of every user's events (axis of ``age``: events, of ``popularity``: items)."""
        pairs = _pairs(events, age, len(popularity), params.window)
        forward = (params.forward * pairs).tocsr()
        counts = (forward + params.backward * pairs.T).tocsr()
        counts.sort_indices()
        kept, pointers = _strongest(counts, _damping(popularity, params.popularity_power), params.neighbours)
        near = np.empty(int(kept.sum()), dtype=PAIR)
        near["neighbour"], near["weight"] = counts.indices[kept], counts.data[kept]
        near["ahead"] = _entries(forward, _cells(counts)[kept])
        return cls(
            params,
            Ragged(pointers, near),
            np.asarray(counts.sum(axis=1), dtype=np.float64).ravel(),
            popularity,
        )

    @property
    def pairs(self) -> int:
        """Number of directed pairs kept."""
        return int(self.near.lengths.sum())

    def asked_with(self, params: CovisitationParams, popularity: Floats) -> Covisitation:
        """The same pairs under another decay of the history or damping of what is popular."""
        other = copy(self)
        other.params, other.damping = params, _damping(popularity, params.popularity_power)
        return other

    def summed(self, met: Met) -> Scored:
        """Score items by the pairs that were met, damped by their popularity."""
        found = Scored.of_all(sums(met.neighbour, met.weight, len(self.damping)))
        return Scored(found.places, found.values * self.damping[found.places])

    def met(self, history: History) -> Met:
        """All pairs that the items of a history lead to."""
        return self.met_from(*history.recent(self.params.history_decay))

    def met_from(self, items: Indices, faded: Floats, back: Indices) -> Met:
        """All pairs that these items lead to, each item's pairs times its faded weight."""
        found, lengths = self.near.gather(items)
        times = np.repeat(faded, lengths)
        weight = found["weight"] * times
        return Met(
            neighbour=found["neighbour"],
            back=np.repeat(back, lengths),
            weight=weight,
            ahead=found["ahead"] * times,
            share=weight / np.repeat(np.maximum(self.flow[items], 1e-30), lengths),
        )

    def because_of(self, history: History, wanted: Indices) -> list[int | None]:
        """Name for each wanted item the item of the history that adds most to its score."""
        items, faded, _ = history.recent(self.params.history_decay)
        found, lengths = self.near.gather(items)
        place = np.full(len(self.damping), -1)
        place[wanted] = np.arange(len(wanted))
        hits = np.flatnonzero(place[found["neighbour"]] >= 0)
        adds = (found["weight"] * np.repeat(faded, lengths))[hits]
        strongest_last = hits[np.argsort(adds, kind="stable")]
        behind = np.full(len(wanted), -1)
        behind[place[found["neighbour"][strongest_last]]] = np.repeat(items, lengths)[strongest_last]
        return [item if item >= 0 else None for item in behind.tolist()]

    def add_item(self) -> None:
        """Make room for one more item."""
        self.near.add_row()
        self.flow = np.append(self.flow, 0.0)
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
            self._add(other, item, ahead=self.params.forward * strength)
            self._add(item, other, behind=self.params.backward * strength)

    def _add(self, item: int, neighbour: int, *, ahead: float = 0.0, behind: float = 0.0) -> None:
        weight = ahead + behind
        if weight <= 0:
            return
        self.flow[item] += weight
        row = self.near[item]
        place = np.flatnonzero(row["neighbour"] == neighbour)
        if len(place):
            row["weight"][place[0]] += weight
            row["ahead"][place[0]] += ahead
        elif len(row) < self.params.neighbours:
            self.near.append(item, (neighbour, weight, ahead))
        else:
            row[np.argmin(row["weight"] * self.damping[row["neighbour"]])] = (neighbour, weight, ahead)


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


def _cells(matrix: sparse.csr_matrix) -> Indices:
    """The number of each entry's cell, row by row; of a matrix whose indices are sorted."""
    rows, columns = matrix.shape
    row = np.repeat(np.arange(rows, dtype=np.int64), np.diff(matrix.indptr))
    return np.asarray(row * columns + matrix.indices, dtype=np.int64)


def _entries(matrix: sparse.csr_matrix, wanted: Indices) -> NDArray[np.float32]:
    """The entries of cells by their numbers; 0 where there is none."""
    matrix.sort_indices()
    cells = _cells(matrix)
    if not len(cells):
        return np.zeros(len(wanted), dtype=np.float32)
    place = np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)
    return np.where(cells[place] == wanted, matrix.data[place], 0).astype(np.float32)


def _strongest(counts: sparse.csr_matrix, damping: Floats, most: int) -> tuple[NDArray[np.bool_], Indices]:
    """Say which entries are among their row's ``most`` of the highest damped weight, and the pointers of those kept."""
    kept = counts.data > 0
    for row in np.flatnonzero(np.diff(counts.indptr) > most):
        start, stop = counts.indptr[row], counts.indptr[row + 1]
        damped = counts.data[start:stop] * damping[counts.indices[start:stop]]
        kept[start + np.argpartition(-damped, most - 1)[most:]] = False
    return kept, np.concatenate([[0], np.cumsum(kept)])[counts.indptr].astype(np.int64)
