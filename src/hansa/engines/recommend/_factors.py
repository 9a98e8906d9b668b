"""Implicit-feedback matrix factorisation by alternating least squares, and the cosines of its vectors.

Y. Hu, Y. Koren, C. Volinsky: Collaborative Filtering for Implicit Feedback Datasets, ICDM 2008.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from hansa.engines.recommend._history import History
from hansa.engines.recommend._params import FactorParams
from hansa.engines.recommend._problem import Events, Floats, Indices

Vectors = NDArray[np.float32]  # axes: users or items, factors

CELLS_AT_ONCE = 1 << 19  # numbers gathered in one step: about 2 MB, which stays in the cache
MOST_CONFIDENCE = 1e6  # beyond this, single precision no longer sees the regularisation


@dataclass(frozen=True, eq=False)
class _Taken:
    """Which columns each row holds, row by row, and how strongly."""

    pointers: NDArray[np.integer]  # axis: rows + 1
    columns: NDArray[np.integer]  # axis: entries
    weights: NDArray[np.floating]  # axis: entries


@dataclass
class Evidence:
    """What is known of an item that came after the fit: both sides of its normal equations."""

    matrix: Floats  # axes: factors, factors
    target: Floats  # axis: factors


@dataclass
class Factors:
    """Item vectors and what is needed to fold in users and new items."""

    params: FactorParams
    items: Vectors
    item_gram: Vectors  # Y'Y + regularisation; axes: factors, factors
    user_gram: Vectors  # X'X + regularisation; axes: factors, factors
    evidence: dict[int, Evidence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._inverse = _inverse(self.item_gram)
        # axes: factors, items; numpy multiplies a vector with this ten times faster than with its transpose
        self._directions = np.ascontiguousarray(_unit(self.items).T)
        self._item_room, self._direction_room = self.items, self._directions

    @classmethod
    def fit(
        cls, events: Events, age: Floats, users: int, items: int, params: FactorParams, seed: int
    ) -> Factors:
        """Factorise the summed, aged weights of users (rows) and items (columns)."""
        weights = (events.weight * age).astype(np.float32)
        matrix = sparse.coo_matrix((weights, (events.user, events.item)), shape=(users, items)).tocsr()
        taken = _Taken(matrix.indptr, matrix.indices, matrix.data)
        matrix = matrix.T.tocsr()
        taken_by = _Taken(matrix.indptr, matrix.indices, matrix.data)
        random = np.random.default_rng(seed)
        y = (0.01 * random.standard_normal((items, params.count))).astype(np.float32)
        x = np.zeros((users, params.count), dtype=np.float32)
        for _ in range(params.iterations):
            gram = _gram(y, params)
            x = _half_step(taken, y, gram, _inverse(gram), params.alpha)
            gram = _gram(x, params)
            y = _half_step(taken_by, x, gram, _inverse(gram), params.alpha)
        return cls(params=params, items=y, item_gram=_gram(y, params), user_gram=_gram(x, params))

    def asked_with(self, params: FactorParams) -> Factors:
        """The same vectors under another decay of the history."""
        other = copy(self)
        other.params = params
        return other

    def fold_in(self, histories: Sequence[History]) -> Vectors:
        """Solve the vectors of users (axis: at least one history) from their whole histories, faded."""
        parts = [history.faded(self.params.history_decay) for history in histories]
        taken = _Taken(
            pointers=np.concatenate([[0], np.cumsum([len(items) for items, _ in parts])]),
            columns=np.concatenate([items for items, _ in parts]),
            weights=np.concatenate([weights for _, weights in parts]),
        )
        return _half_step(taken, self.items, self.item_gram, self._inverse, self.params.alpha)

    def cosines(self, vectors: Vectors) -> Vectors:
        """Cosine of each vector (rows) with each item (columns); 0 where one of the two is unknown."""
        cosines: Vectors = _unit(vectors) @ self._directions
        return np.clip(cosines, -1.0, 1.0, out=cosines)

    def because_of(self, history: History, wanted: Indices) -> list[int | None]:
        """Name for each wanted item the item of the history that adds most to its score.

        Hu, Koren and Volinsky, section 5: the score is a sum over the history of
        (confidence of j) x (similarity of i and j as this user sees it).
        """
        if not len(history.items):
            return [None] * len(wanted)
        items, weights = history.faded(self.params.history_decay)
        known = self.items[items].astype(np.float64)
        confidence = _confidence(weights, self.params.alpha)
        matrix = self.item_gram + (known.T * confidence) @ known
        similarity = known @ np.linalg.solve(matrix, self.items[wanted].T.astype(np.float64))
        adds = similarity * (1.0 + confidence)[:, None]
        return [
            int(items[row]) if adds[row, column] > 0 else None for column, row in enumerate(adds.argmax(0))
        ]

    def add_item(self) -> None:
        """Make room for one more item, whose vector is 0 until somebody takes it."""
        n, factors = self.items.shape
        if n == len(self._item_room):  # grow by half, so that a new item rarely copies the matrix
            more = np.zeros((max(16, n // 2), factors), dtype=np.float32)
            self._item_room = np.concatenate([self.items, more])
            self._direction_room = np.concatenate([self._directions, more.T], axis=1)
        self.items, self._directions = self._item_room[: n + 1], self._direction_room[:, : n + 1]

    def is_new(self, item: int) -> bool:
        """Whether an item's vector still grows with each event, as nobody had taken it at the fit."""
        return item in self.evidence or not self.items[item].any()

    def observe(self, user: Vectors, item: int, weight: float) -> None:
        """Fold a new item in from the vector (axis: factors) of one more user who took it.

        The mirror image of ``fold_in``; items taken before the fit keep their vectors until the next.
        """
        if not user.any():
            return
        unknown = Evidence(self.user_gram.astype(np.float64), np.zeros(len(user)))
        evidence, vector = self.evidence.setdefault(item, unknown), user.astype(np.float64)
        confidence = float(_confidence(np.asarray([weight]), self.params.alpha)[0])
        evidence.matrix += confidence * np.outer(vector, vector)
        evidence.target += (1.0 + confidence) * vector
        self.items[item] = np.linalg.solve(evidence.matrix, evidence.target)
        self._directions[:, item] = _unit(self.items[item : item + 1])[0]


def _unit(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0), dtype=np.float32)


def _gram(vectors: Vectors, params: FactorParams) -> Vectors:
    return vectors.T @ vectors + np.float32(params.regularisation) * np.eye(params.count, dtype=np.float32)


def _confidence(weights: NDArray[np.floating], alpha: float) -> Floats:
    return np.minimum(alpha * weights.astype(np.float64), MOST_CONFIDENCE)


def _inverse(gram: Vectors) -> Vectors:
    return np.asarray(np.linalg.inv(gram.astype(np.float64)), dtype=np.float32)


def _half_step(taken: _Taken, fixed: Vectors, gram: Vectors, inverse: Vectors, alpha: float) -> Vectors:
    """Solve each row's vector x with ``fixed`` held: (G + Y'DY) x = Y'(1 + d), d = alpha x weight.

    Rows of similar length are solved together, so that numpy works on blocks (axes: rows, entries,
    factors); a row without entries gets the vector 0.
    """
    factors = fixed.shape[1]
    lengths = np.diff(taken.pointers)
    solved = np.zeros((len(lengths), factors), dtype=np.float32)
    order = np.argsort(lengths, kind="stable")
    sorted_lengths = lengths[order]
    start = int(np.searchsorted(sorted_lengths, 1))
    while start < len(order):
        longest = sorted_lengths[start] + sorted_lengths[start] // 4
        stop = int(np.searchsorted(sorted_lengths, longest, side="right"))
        stop = min(stop, start + max(1, CELLS_AT_ONCE // (int(longest) * factors)))
        rows = order[start:stop]
        entry = np.arange(lengths[rows[-1]])
        real = entry < lengths[rows][:, None]
        place = np.where(real, taken.pointers[rows][:, None] + entry, 0)
        extra = np.where(real, _confidence(taken.weights[place], alpha), 0).astype(np.float32)
        solve = _solve_short if len(entry) < factors else _solve_long
        solved[rows] = solve(fixed[taken.columns[place]], extra, real + extra, gram, inverse)
        start = stop
    return solved


def _solve_long(y: Vectors, extra: Vectors, wish: Vectors, gram: Vectors, _inverse: Vectors) -> Vectors:
    """Solve the normal equations as they stand: a factors x factors system for each row."""
    transposed = y.transpose(0, 2, 1)
    matrix = gram + (transposed * extra[:, None, :]) @ y
    return np.asarray(np.linalg.solve(matrix, transposed @ wish[:, :, None])[:, :, 0], dtype=np.float32)


def _solve_short(y: Vectors, extra: Vectors, wish: Vectors, _gram: Vectors, inverse: Vectors) -> Vectors:
    """Solve the same through an entries x entries system, cheaper for rows shorter than the factors.

    Push-through identity: (G + Y'DY)^-1 Y' = G^-1 Y' (I + D Y G^-1 Y')^-1.
    """
    rows, entries, factors = y.shape
    z = (y.reshape(-1, factors) @ inverse).reshape(rows, entries, factors)
    matrix = extra[:, :, None] * (z @ y.transpose(0, 2, 1))
    matrix[:, np.arange(entries), np.arange(entries)] += 1
    solved = np.linalg.solve(matrix, wish[:, :, None])
    return np.asarray((z.transpose(0, 2, 1) @ solved)[:, :, 0], dtype=np.float32)
