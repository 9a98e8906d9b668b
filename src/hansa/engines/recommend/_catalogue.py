"""The items axis as every recommender sees it: ids in and out, what may be shown, and the top k."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hansa.engines.recommend._axis import Axis
from hansa.engines.recommend._history import History
from hansa.engines.recommend._problem import LARGEST_WEIGHT, Floats, Id, Indices
from hansa.engines.recommend._result import Note, NoteCode
from hansa.kernel.errors import InvalidInput

Mask = NDArray[np.bool_]  # axis: items


@dataclass(frozen=True)
class Asked:
    """A history (ids, oldest first) that is asked about; weights, 1 each when left out; times, if known, and the present.

    Items of one time are a basket.
    """

    items: Sequence[Id]
    weights: Sequence[float] | None = None
    times: Sequence[float] | None = None
    at: float = np.inf


def as_asked(history: Sequence[Id] | Asked) -> Asked:
    """A history with nothing but its items, as one that is asked about."""
    return history if isinstance(history, Asked) else Asked(history)


class Catalogue(Axis):
    """The items, as histories and filters name them."""

    def history(self, asked: Asked) -> tuple[History, list[Id]]:
        """Split a history into what is known and the ids that were never seen.

        Refuses weights that are not above 0 and at most 1e6, times that are not finite, or not one for each item.
        """
        items, weights = asked.items, asked.weights
        given = np.ones(len(items)) if weights is None else np.asarray(weights, dtype=np.float64)
        if given.shape != (len(items),):
            raise InvalidInput(f"the history has {len(items)} items but {given.size} weights")
        wrong = np.flatnonzero(~((given > 0) & (given <= LARGEST_WEIGHT)))
        if len(wrong):
            raise InvalidInput(
                f"item {items[wrong[0]]!r} of the history has weight {given[wrong[0]]:g}; "
                f"a weight lies above 0 and at most {LARGEST_WEIGHT:g}"
            )
        times = _times(asked)
        places = [self.find(item) for item in items]
        known = [position for position, place in enumerate(places) if place is not None]
        unknown = [item for item, place in zip(items, places, strict=True) if place is None]
        indices = np.asarray([places[position] for position in known], dtype=np.int64)
        return History(indices, given[known], None if times is None else times[known], asked.at), unknown

    def mask(self, *, allowed: Mask | Collection[Id] | None, exclude: Collection[Id], seen: Indices) -> Mask:
        """Mark the items that may be shown.

        ``allowed`` is a mask over the items axis or the ids themselves; unknown ids are ignored.
        """
        if allowed is None:
            mask = np.ones(len(self.ids), dtype=np.bool_)
        elif isinstance(allowed, np.ndarray) and allowed.dtype == np.bool_:
            mask = self._checked(allowed).copy()
        else:
            mask = np.zeros(len(self.ids), dtype=np.bool_)
            mask[self.known(allowed)] = True
        mask[self.known(exclude)] = False
        mask[seen] = False
        return mask

    def _checked(self, mask: Mask) -> Mask:
        if mask.shape != (len(self.ids),):
            raise InvalidInput(
                f"the mask of allowed items has shape {mask.shape}, but there are {len(self.ids)} items"
            )
        return mask


def _times(asked: Asked) -> Floats | None:
    if np.isnan(asked.at):
        raise InvalidInput("the present of a history is no moment: NaN")
    if asked.times is None:
        return None
    times = np.asarray(asked.times, dtype=np.float64)
    if times.shape != (len(asked.items),):
        raise InvalidInput(f"the history has {len(asked.items)} items but {times.size} times")
    wrong = np.flatnonzero(~np.isfinite(times))
    if len(wrong):
        raise InvalidInput(
            f"item {asked.items[wrong[0]]!r} of the history has time {times[wrong[0]]}, which is not finite"
        )
    return times


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of some items (axis of both: those items, in the order of the items axis); all others have 0."""

    places: Indices
    values: Floats

    @classmethod
    def of_all(cls, scores: Floats) -> Scored:
        """What of the scores of all items (axis: items) is above 0."""
        places = np.flatnonzero(scores > 0)
        return cls(places, scores[places])

    @property
    def highest(self) -> float:
        """The best score; 0 where there is none."""
        return float(self.values.max(initial=0.0))

    def at(self, items: Indices) -> Floats:
        """The scores of these items (axis: items given)."""
        if not len(self.places):
            return np.zeros(len(items))
        found = np.minimum(np.searchsorted(self.places, items), len(self.places) - 1)
        return np.where(self.places[found] == items, self.values[found], 0.0)

    def open(self, mask: Mask) -> Scored:
        """Those that may be shown."""
        kept = mask[self.places]
        return self if kept.all() else Scored(self.places[kept], self.values[kept])

    def top(self, most: int) -> Scored:
        """The ``most`` highest, in the order of the axis."""
        if len(self.places) <= most:
            return self
        kept = np.sort(np.argpartition(-self.values, most - 1)[:most])
        return Scored(self.places[kept], self.values[kept])


def sums(place: NDArray[np.integer], values: Floats, places: int) -> Floats:
    """Sum values by the place that each belongs to (axis: places)."""
    return np.bincount(place, weights=values, minlength=places).astype(np.float64)


def best(scores: Floats, mask: Mask, k: int) -> Indices:
    """Return the ``k`` allowed items of the highest scores, best first; equals in the order of the axis."""
    shown = min(k, int(np.count_nonzero(mask)))
    if not shown:
        return np.zeros(0, dtype=np.int64)
    open_scores = np.where(mask, scores, -np.inf)
    bar = np.partition(open_scores, len(scores) - shown)[len(scores) - shown]
    top = np.flatnonzero(open_scores >= bar)
    return top[np.argsort(-open_scores[top], kind="stable")][:shown]


def checked_k(k: int) -> int:
    """Return k, refusing what is not a whole number above 0."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise InvalidInput(f"k must be a whole number of at least 1, not {k!r}")
    return int(k)


def shortage(catalogue: Catalogue, mask: Mask, k: int) -> list[Note]:
    """Say why there are fewer items than asked for, if so."""
    open_items = int(mask.sum())
    if not len(catalogue):
        return [Note(NoteCode.EMPTY_CATALOGUE, "there are no items at all")]
    if not open_items:
        return [Note(NoteCode.NOTHING_ALLOWED, f"none of the {len(catalogue)} items may be shown")]
    if open_items < k:
        return [Note(NoteCode.FEWER_THAN_ASKED, f"{k} items asked, {open_items} may be shown")]
    return []


def strangers(unknown: Sequence[Id]) -> list[Note]:
    """Say which items of a history were never seen, if any."""
    if not unknown:
        return []
    names = ", ".join(repr(item) for item in list(unknown)[:3]) + (", …" if len(unknown) > 3 else "")
    count = f"{len(unknown)} item{'s' if len(unknown) > 1 else ''} of the history"
    return [Note(NoteCode.UNKNOWN_ITEM, f"{count} never seen before: {names}")]
