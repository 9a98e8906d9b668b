"""The naive baseline that every recommender must beat: what most have taken, the same for all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np

from hansa import __version__
from hansa.engines.recommend._catalogue import (
    Asked,
    Catalogue,
    Mask,
    as_asked,
    best,
    checked_k,
    shortage,
    strangers,
)
from hansa.engines.recommend._params import Params
from hansa.engines.recommend._problem import Events, Floats, Id, Indices, Problem
from hansa.engines.recommend._result import Provenance, Reason, Result, Source


class Recommender(Protocol):
    """What every recommender can do; ``recommend`` explains, ``rank`` only ranks, for many at once."""

    def recommend(
        self,
        history: Sequence[Id],
        k: int,
        *,
        weights: Sequence[float] | None = None,
        exclude: Collection[Id] = (),
        allowed: Mask | Collection[Id] | None = None,
        exclude_seen: bool = True,
    ) -> Result:
        """Recommend ``k`` items after a history (oldest first)."""
        ...

    def rank(
        self, histories: Sequence[Sequence[Id] | Asked], k: int, *, exclude_seen: bool = True
    ) -> list[list[tuple[Id, float]]]:
        """Give each history's best ``k`` items with their scores."""
        ...


def ages(time: Floats, half_life: float | None, as_of: float) -> Floats:
    """Weigh moments by age: 1 at ``as_of``, a half one half-life before.

    More than 1 after ``as_of``, so that a later event needs no new fit: only ratios matter.
    """
    if half_life is None:
        return np.ones(len(time))
    return np.exp2(np.clip((time - as_of) / half_life, -60.0, 60.0))


def popularity(events: Events, age: Floats, items: int) -> Floats:
    """Sum the aged weights of each item's events (axis: items)."""
    return np.bincount(events.item, weights=events.weight * age, minlength=items).astype(np.float64)


class PopularityModel:
    """Recommend what is popular, whoever asks."""

    def __init__(self, problem: Problem, params: Params) -> None:
        events = problem.events
        as_of = float(events.time.max()) if len(events.time) else 0.0
        self._catalogue = Catalogue(problem.items)
        self._counts = popularity(events, ages(events.time, params.half_life, as_of), len(problem.items))
        self._provenance = Provenance(
            engine="recommend.popularity",
            version=__version__,
            params=params.as_dict(),
            seed=0,
            input_hash=problem.fingerprint(),
            events_since_fit=0,
        )

    def recommend(
        self,
        history: Sequence[Id],
        k: int,
        *,
        weights: Sequence[float] | None = None,
        exclude: Collection[Id] = (),
        allowed: Mask | Collection[Id] | None = None,
        exclude_seen: bool = True,
    ) -> Result:
        """Recommend the ``k`` most popular items that may be shown.

        Refuses a k below 1, wrong weights and a mask of the wrong length.
        """
        k = checked_k(k)
        known, unknown = self._catalogue.history(Asked(history, weights))
        seen = known.items if exclude_seen else known.items[:0]
        mask = self._catalogue.mask(allowed=allowed, exclude=exclude, seen=seen)
        top = best(self._counts, mask, k)
        return Result(
            items=tuple(self._catalogue.ids[place] for place in top),
            scores=tuple(self._counts[top].tolist()),
            reasons=tuple(
                Reason(Source.POPULAR, None, {Source.POPULAR: float(self._counts[place])}) for place in top
            ),
            notes=tuple(strangers(unknown) + shortage(self._catalogue, mask, k)),
            diagnostics={"history": len(history), "known": len(known.items), "open_items": int(mask.sum())},
            provenance=self._provenance,
        )

    def rank(
        self, histories: Sequence[Sequence[Id] | Asked], k: int, *, exclude_seen: bool = True
    ) -> list[list[tuple[Id, float]]]:
        """Give each history the most popular items, without what it holds already."""
        k = checked_k(k)
        asked = [as_asked(history) for history in histories]
        longest = max((len(each.items) for each in asked), default=0)
        order = best(self._counts, np.ones(len(self._catalogue), dtype=np.bool_), k + longest)
        return [self._without(order, each.items if exclude_seen else (), k) for each in asked]

    def _without(self, order: Indices, seen: Collection[Id], k: int) -> list[tuple[Id, float]]:
        unseen = order[~np.isin(order, self._catalogue.known(seen))][:k]
        return [(self._catalogue.ids[place], float(self._counts[place])) for place in unseen]
