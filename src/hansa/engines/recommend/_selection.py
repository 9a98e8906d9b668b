"""Choosing knobs and learning the order by what was held out of the fit; nothing else is ever looked at.

Knobs of asking are tried one after the other, each at a few values, and the best kept (coordinate descent on a
sample); then the ranker learns from most of what was held out, and is kept if it does better on the rest.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hansa.engines.recommend._catalogue import Asked
from hansa.engines.recommend._evaluation import ndcg_at
from hansa.engines.recommend._model import Model
from hansa.engines.recommend._params import Objective, Params
from hansa.engines.recommend._problem import Id
from hansa.kernel.errors import Unavailable

TRIED_ON = 1_000  # histories that each value of a knob is tried on
LESSONS = 20_000  # histories that the ranker learns from, and is examined on, at most
EXAM = 5  # every fifth of them examines what was learnt from the others
DEPTH = 20  # ranks that count in the choice

# Knob by knob, the most telling first; a value equal to the present one costs nothing.
_VALUES: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("covisitation", "history_decay", (0.3, 0.6, 0.8, 0.9, 0.97)),
    ("blend", "cosine", (0.0, 0.3, 0.6, 1.2)),
    ("blend", "covisitation", (0.0, 0.3, 1.0)),
    ("blend", "sessions", (0.0, 0.3, 1.0, 3.0)),
    ("blend", "repeat", (0.0, 0.5, 1.0, 2.0)),
    ("blend", "repeat_decay", (0.8, 0.9, 0.97, 0.99)),
    ("sessions", "history_decay", (0.8, 0.93, 0.98)),
    ("sessions", "rarity_power", (0.0, 0.5, 1.0)),
    ("covisitation", "popularity_power", (0.0, 0.2, 0.4)),
    ("factors", "history_decay", (0.7, 0.9, 0.98)),
)
STEPS_OF_CHOICE = len(_VALUES) + len(Objective)  # how often ``choose`` tells of its progress


@dataclass(frozen=True)
class HeldOut:
    """Histories (oldest first) and what was taken after each, none of it in the fit (axis of both: histories)."""

    histories: Sequence[Sequence[Id] | Asked]
    taken: Sequence[Collection[Id]]

    def sample(self, most: int, seed: int) -> HeldOut:
        """At most so many of them, by chance."""
        if len(self.taken) <= most:
            return self
        chosen = np.sort(np.random.default_rng(seed).choice(len(self.taken), most, replace=False)).tolist()
        return self._only(chosen)

    def parted(self, every: int) -> tuple[HeldOut, HeldOut]:
        """Those to learn from, and every n-th for an exam."""
        exam = range(0, len(self.taken), every)
        rest = [place for place in range(len(self.taken)) if place % every]
        return self._only(rest), self._only(exam)

    def _only(self, places: Sequence[int]) -> HeldOut:
        return HeldOut([self.histories[each] for each in places], [self.taken[each] for each in places])


def choose(
    model: Model,
    held_out: HeldOut,
    *,
    exclude_seen: bool,
    progress: Callable[[], object],
    earlier: Sequence[tuple[Model, HeldOut]] = (),
) -> Model:
    """Give the model with the knobs and the order of candidates that suit what was held out.

    ``earlier``: models that were fitted on less of the past, and what was taken after that; they add lessons.
    The same models and held-out items give the same choice; where XGBoost does not load, a warning says so and the
    order stays the blend's. ``progress`` is called after each step.
    """
    seed = model.state.seed
    tuned = _tuned(model, held_out.sample(TRIED_ON, seed), exclude_seen, progress)
    for_lessons, exam = held_out.sample(LESSONS, seed).parted(EXAM)
    lessons = tuned.lessons(for_lessons.histories, for_lessons.taken, exclude_seen=exclude_seen)
    for past, after in earlier:
        asked = past.asked_with(tuned.params)
        some = after.sample(LESSONS, seed)
        lessons += asked.lessons(some.histories, some.taken, exclude_seen=exclude_seen)
    tried = [tuned]
    for objective in Objective:
        try:
            tried.append(tuned.with_order_learnt(lessons, replace(tuned.params.ranker, objective=objective)))
        except Unavailable as missing:
            warnings.warn(f"the order stays a weighted sum: {missing.message}", RuntimeWarning, stacklevel=2)
        progress()
    return max(tried, key=lambda each: _merit(each, exam, exclude_seen))


def _tuned(model: Model, tried_on: HeldOut, exclude_seen: bool, progress: Callable[[], object]) -> Model:
    best, merit = model, _merit(model, tried_on, exclude_seen)
    for part, knob, values in _VALUES:
        for value in values:
            params = _with(best.params, part, knob, value)
            if params == best.params or params.needing_a_fit_beside(best.params):
                continue
            tried = best.asked_with(params)
            found = _merit(tried, tried_on, exclude_seen)
            if found > merit:
                best, merit = tried, found
        progress()
    return best


def _with(params: Params, part: str, knob: str, value: float) -> Params:
    changed: dict[str, Any] = {part: replace(getattr(params, part), **{knob: value})}
    return replace(params, **changed)


def _merit(model: Model, tried_on: HeldOut, exclude_seen: bool) -> float:
    ranked = model.rank(tried_on.histories, DEPTH, exclude_seen=exclude_seen)
    gains = [
        ndcg_at(DEPTH, [item for item, _ in answer], taken)
        for answer, taken in zip(ranked, tried_on.taken, strict=True)
    ]
    return float(np.mean(gains)) if gains else 0.0
