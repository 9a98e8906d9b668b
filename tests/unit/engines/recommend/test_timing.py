"""What times say of a history, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.recommend._history import History
from hansa.engines.recommend._problem import Problem
from hansa.engines.recommend._timing import NAMES, pace_of, timing

# Three baskets on days 0, 10 and 30: milk (0) in all of them, bread (1) in the first, tea (2) twice in the last.
ITEMS = [0, 1, 0, 0, 2, 2]
TIMES = [0.0, 0.0, 10.0, 30.0, 30.0, 30.0]


def told(candidate: int, *, now: float = 40.0, pace: float = 10.0) -> dict[str, float]:
    history = History(np.asarray(ITEMS), np.ones(len(ITEMS)), np.asarray(TIMES), now)
    return dict(zip(NAMES, timing(history, np.asarray([candidate]), pace)[0].tolist(), strict=True))


def test_what_came_in_every_basket_has_an_interval_and_may_be_due() -> None:
    milk = told(0)

    assert milk["baskets with it"] == 3
    assert milk["share of baskets with it"] == 1
    assert milk["baskets since it"] == 0
    assert milk["baskets with it, faded by baskets"] == pytest.approx(0.64 + 0.8 + 1)
    assert milk["baskets with it, halved in 1 paces"] == pytest.approx(2**-4 + 2**-3 + 2**-1)
    assert milk["time since it"] == 1
    assert milk["interval of it"] == 1.5
    assert milk["how due it is"] == pytest.approx(1 / 1.5)


def test_what_came_once_has_no_interval() -> None:
    bread = told(1)

    assert bread["baskets with it"] == 1
    assert bread["baskets since it"] == 2
    assert bread["time since it"] == 4
    assert np.isnan(bread["interval of it"])
    assert np.isnan(bread["how due it is"])


def test_a_thing_counts_once_in_a_basket_but_its_amount_twice() -> None:
    tea = told(2)

    assert tea["baskets with it"] == 1
    assert tea["amount of it"] == 2


def test_what_was_never_taken_is_told_by_its_asker_alone() -> None:
    other = told(9)

    assert other["baskets with it"] == 0
    assert np.isnan(other["time since it"])
    assert (other["baskets"], other["time since the last basket"]) == (3, 1)
    assert other["interval of baskets"] == 1.5


def test_a_present_before_the_past_and_one_without_end_are_served() -> None:
    assert told(0, now=-5.0)["time since it"] == 0
    assert told(0, now=float("inf"))["time since it"] == 0
    assert told(0, now=1e300)["time since it"] == 1e6


def test_without_times_nothing_is_told() -> None:
    history = History(np.asarray([0, 1]), np.ones(2))

    assert np.isnan(timing(history, np.asarray([0, 1]), 1.0)).all()


def test_steps_are_baskets_where_times_are_known_and_events_where_not() -> None:
    timed = History(np.asarray(ITEMS), np.ones(len(ITEMS)), np.asarray(TIMES), 40.0)

    assert timed.steps_back.tolist() == [2, 2, 1, 0, 0, 0]
    assert History(np.asarray(ITEMS), np.ones(len(ITEMS))).steps_back.tolist() == [5, 4, 3, 2, 1, 0]
    assert [each.tolist() for each in timed.faded(0.5)] == [[0, 1, 2], [1.75, 0.25, 2.0]]


def test_the_pace_is_the_typical_time_between_two_baskets_of_one_user() -> None:
    problem = Problem(["a", "b"], ["x"], [0, 0, 0, 0, 1, 1], [0] * 6, None, [0, 0, 4, 10, 100, 105])

    assert pace_of(problem.events) == 5  # of 4, 6 and 5
    assert pace_of(Problem(["a"], ["x"], [0], [0]).events) == 1
