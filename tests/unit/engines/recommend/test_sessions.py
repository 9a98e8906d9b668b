"""Nearest sessions, counted by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from hansa.engines import recommend
from hansa.engines.recommend import FactorParams, Params, SessionParams
from tests.unit.engines.recommend.worlds import only, world

PLAIN = Params(
    factors=FactorParams(count=0),
    sessions=SessionParams(neighbours=10, newest=10, history_decay=0.5, rarity_power=0.0),
    blend=only(sessions=1.0, popularity=0.0),
)
SESSIONS = {"1": ["a", "b"], "2": ["a", "c"], "3": ["d", "e"], "4": ["b", "c", "f"]}


def scores(params: Params, history: list[str]) -> dict[object, float]:
    answer = recommend.fit(world(SESSIONS), params, seed=0).recommend(history, 10, exclude_seen=False)
    return dict(zip(answer.items, answer.scores, strict=True))


def with_sessions(**knobs: Any) -> Params:
    return replace(PLAIN, sessions=replace(PLAIN.sessions, **knobs))


def test_sessions_vote_by_faded_rarity_weighted_overlap_over_root_of_size() -> None:
    # a is one step back (1/2), b the newest (1); each is held by 2 of 4 sessions: idf log 3.
    # session 1: 3/2 log 3 / sqrt 2, session 2: 1/2 log 3 / sqrt 2, session 4: log 3 / sqrt 3
    first, second, fourth = 1.5 / math.sqrt(2), 0.5 / math.sqrt(2), 1 / math.sqrt(3)
    best = first + fourth  # b stands in 1 and 4

    assert scores(PLAIN, ["a", "b"]) == pytest.approx(
        {
            "b": 1.0,
            "a": (first + second) / best,
            "c": (second + fourth) / best,
            "f": fourth / best,
            "d": 0.0,
            "e": 0.0,
        }
    )


def test_rare_items_gain_by_their_rarity() -> None:
    # both stand in session 4 only, and c in session 2 as well: idf log 5 against log 3
    found = scores(with_sessions(rarity_power=1.0), ["b"])

    assert found["f"] / found["c"] == pytest.approx(math.log(5) / math.log(3))


def test_only_the_nearest_sessions_vote() -> None:
    # after a, b the nearest session is 1
    assert scores(with_sessions(neighbours=1), ["a", "b"]) == pytest.approx(
        {"a": 1.0, "b": 1.0, "c": 0.0, "d": 0.0, "e": 0.0, "f": 0.0}
    )


def test_only_the_newest_sessions_are_looked_at() -> None:
    # a stands in sessions 1 and 2; 2 is the newer one
    assert scores(with_sessions(newest=1), ["a"]) == pytest.approx(
        {"a": 1.0, "c": 1.0, "b": 0.0, "d": 0.0, "e": 0.0, "f": 0.0}
    )
