"""Small worlds whose right answer anybody can see, and the recommenders that live in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from hansa.engines import recommend
from hansa.engines.recommend import BlendParams, FactorParams, Params, PopularityModel, Problem, Recommender

SMALL_FACTORS = FactorParams(count=2, iterations=10, regularisation=0.1, alpha=10.0)


def only(**sources: float) -> BlendParams:
    """Let nothing count but the sources named (and popularity, as the last resort)."""
    silent = {"covisitation": 0.0, "cosine": 0.0, "sessions": 0.0, "repeat": 0.0}
    return BlendParams(**{**silent, **sources})


PERSONAL: dict[str, Params] = {
    "blend": Params(factors=SMALL_FACTORS),
    "co-visitation": Params(factors=FactorParams(count=0), blend=only(covisitation=1.0)),
    "cosine": Params(factors=SMALL_FACTORS, blend=only(cosine=1.0)),
    "sessions": Params(factors=FactorParams(count=0), blend=only(sessions=1.0)),
    "for sessions": Params.for_sessions(),
}


def _fit(params: Params) -> Callable[[Problem], Recommender]:
    return lambda problem: recommend.fit(problem, params, seed=1)


EVERY: dict[str, Callable[[Problem], Recommender]] = {
    "popular": lambda problem: PopularityModel(problem, Params()),
    **{name: _fit(params) for name, params in PERSONAL.items()},
}

every_recommender = pytest.mark.parametrize("fitted", EVERY.values(), ids=EVERY.keys())
every_personal = pytest.mark.parametrize("params", PERSONAL.values(), ids=PERSONAL.keys())


def world(histories: Mapping[str, Sequence[str]]) -> Problem:
    return Problem.from_histories(histories)


def checkerboard() -> tuple[Problem, dict[str, tuple[list[str], str]]]:
    """Two camps of six items; each user takes all of a camp but one, which is what to recommend.

    Returns the problem and, by user, the history and the withheld item.
    """
    asked: dict[str, tuple[list[str], str]] = {}
    for camp in ("tea", "nut"):
        items = [f"{camp}-{number}" for number in range(6)]
        for number, withheld in enumerate(items):
            start = items[number:] + items[:number]
            asked[f"{camp}-lover-{number}"] = (start[1:], withheld)
    return world({user: history for user, (history, _) in asked.items()}), asked
