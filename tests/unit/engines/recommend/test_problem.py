"""What the engine refuses to take in, naming the culprit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hansa.engines.recommend import (
    BlendParams,
    CovisitationParams,
    FactorParams,
    Params,
    Problem,
    SessionParams,
)
from hansa.kernel.errors import InvalidInput

GOOD: dict[str, Any] = {
    "users": ["alia", "bo"],
    "items": ["tea", "cup"],
    "event_user": [0, 1],
    "event_item": [0, 1],
    "event_weight": [1.0, 2.0],
    "event_time": [5.0, 6.0],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"users": ["alia", "alia"]}, "user 'alia' appears twice"),
        ({"items": ["tea", ["cup"]]}, r"item 1 cannot be an id: \['cup'\]"),
        ({"event_user": [0, 2]}, "event 1 names user number 2, but there are 2 users"),
        ({"event_item": [-1, 0]}, "event 0 names item number -1, but there are 2 items"),
        ({"event_item": [0.5, 1.0]}, "event_item must be one row of whole numbers"),
        ({"event_item": [[0, 1]]}, "event_item must be one row of whole numbers"),
        ({"event_item": [0, 1, 1]}, "2 events have a user but 3 have an item"),
        ({"event_weight": [1.0, 0.0]}, "event 1 of item 'cup' has weight 0"),
        ({"event_weight": [1.0, 2e6]}, "event 1 of item 'cup' has weight 2e[+]06"),
        ({"event_weight": [1.0, math.nan]}, "event 1 has weight nan"),
        ({"event_weight": [1.0]}, "event_weight must hold one number for each of the 2 events"),
        ({"event_time": [math.inf, 1.0]}, "event 0 has time inf"),
        ({"event_time": ["noon", "one"]}, "event_time must be numbers"),
    ],
)
def test_what_cannot_be_is_refused_naming_the_culprit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Problem(**{**GOOD, **change})


def test_events_stand_by_user_and_time_and_equal_times_keep_their_order() -> None:
    problem = Problem(
        users=["alia", "bo"],
        items=["a", "b", "c"],
        event_user=[1, 0, 0, 0],
        event_item=[0, 2, 1, 0],
        event_time=[1.0, 7.0, 3.0, 7.0],
    )

    assert problem.events.user.tolist() == [0, 0, 0, 1]
    assert problem.events.item.tolist() == [1, 2, 0, 0]


def test_a_problem_keeps_its_own_copy_that_cannot_be_written() -> None:
    mine = np.asarray([0, 1])
    problem = Problem(**{**GOOD, "event_item": mine})

    mine[0] = 1

    assert problem.events.item.tolist() == [0, 1]
    with pytest.raises(ValueError, match="read-only"):
        problem.events.item[0] = 1


def test_the_fingerprint_tells_inputs_apart() -> None:
    same = Problem(**GOOD).fingerprint() == Problem(**GOOD).fingerprint()
    others = {
        Problem(**{**GOOD, **change}).fingerprint()
        for change in (
            {},
            {"event_weight": [1.0, 3.0]},
            {"items": ["tea", "pot"]},
            {"event_time": [5.0, 7.0]},
            {"users": ["alia", "cy"]},
        )
    }

    assert same
    assert len(others) == 5


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: CovisitationParams(window=0), "covisitation.window must lie between 1 and 100, not 0"),
        (lambda: CovisitationParams(window=2.5), "covisitation.window must be a whole number"),  # type: ignore[arg-type]
        (lambda: FactorParams(count=-1), "factors.count must lie between 0 and 512"),
        (lambda: FactorParams(regularisation=0), "factors.regularisation must lie between 0.001"),
        (lambda: FactorParams(alpha=math.nan), "factors.alpha must be a finite number"),
        (lambda: SessionParams(neighbours=True), "sessions.neighbours must be a finite number, not True"),
        (lambda: BlendParams(cosine=-0.1), "blend.cosine must lie between 0 and 100, not -0.1"),
        (lambda: Params(half_life=0.0), "params.half_life must lie between"),
        (lambda: Params.from_dict({"blend": {}}), "not the parameters of a recommender: 'covisitation'"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(made: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        made()


def test_parameters_survive_being_written_down() -> None:
    params = Params(half_life=30.0, blend=BlendParams(cosine=0.25))

    assert Params.from_dict(params.as_dict()) == params
