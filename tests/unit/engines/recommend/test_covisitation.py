"""Pairs counted by hand. Users took a b c and a c; pairs at distance d weigh 1/d forward."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hansa.engines import recommend
from hansa.engines.recommend import CovisitationParams, FactorParams, Params, Problem, Source
from tests.unit.engines.recommend.worlds import only, world

PLAIN = Params(
    covisitation=CovisitationParams(
        window=2, forward=1.0, backward=0.5, popularity_power=0.0, history_decay=0.5
    ),
    factors=FactorParams(count=0),
    blend=only(covisitation=1.0, popularity=0.0),
)
TWO_USERS = {"u": ["a", "b", "c"], "v": ["a", "c"]}


def with_pairs(**knobs: Any) -> Params:
    return replace(PLAIN, covisitation=replace(PLAIN.covisitation, **knobs))


def scores(
    params: Params, history: list[str], histories: dict[str, list[str]] | None = None
) -> dict[object, float]:
    model = recommend.fit(world(histories or TWO_USERS), params, seed=0)
    answer = model.recommend(history, 10, exclude_seen=False)
    return dict(zip(answer.items, answer.scores, strict=True))


def test_pairs_weigh_less_with_distance_and_add_up() -> None:
    # a>b 1; a>c 1/2 of u and 1 of v. The best score is scaled to 1.
    assert scores(PLAIN, ["a"]) == pytest.approx({"a": 0.0, "b": 1 / 1.5, "c": 1.0})


def test_pairs_against_the_direction_of_time_weigh_less() -> None:
    # from b: c ahead weighs 1, a behind 0.5
    assert scores(PLAIN, ["b"]) == pytest.approx({"a": 0.5, "b": 0.0, "c": 1.0})


def test_items_further_back_in_the_history_weigh_less() -> None:
    # a, one step back: half of (b 1, c 1.5); b, the newest: (a 0.5, c 1)
    assert scores(PLAIN, ["a", "b"]) == pytest.approx({"a": 0.5 / 1.75, "b": 0.5 / 1.75, "c": 1.0})


def test_pairs_outside_the_window_do_not_count() -> None:
    assert scores(with_pairs(window=1), ["a"], {"u": ["a", "b", "c"]}) == pytest.approx(
        {"a": 0.0, "b": 1.0, "c": 0.0}
    )


def test_a_popular_neighbour_is_damped_by_its_popularity() -> None:
    # a>b 1 and a>c 1; b was taken once, c four times: 1 / 4^0.5 = 0.5
    histories = {"u": ["a", "b"], "v": ["a", "c"], "w": ["c"], "x": ["c"], "y": ["c"]}

    assert scores(with_pairs(popularity_power=0.5), ["a"], histories) == pytest.approx(
        {"a": 0.0, "b": 1.0, "c": 0.5}
    )


def test_only_the_strongest_neighbours_are_kept() -> None:
    assert scores(with_pairs(neighbours=1), ["a"]) == pytest.approx({"a": 0.0, "b": 0.0, "c": 1.0})


def test_an_item_taken_twice_is_not_its_own_neighbour() -> None:
    assert scores(PLAIN, ["a"], {"u": ["a", "a", "b"]}) == pytest.approx({"a": 0.0, "b": 1.0})


def test_the_weight_of_a_pair_is_the_geometric_mean_of_its_events() -> None:
    # a 4 and b 9: sqrt(36) = 6; a 4 and c 1 in the other history: 2
    problem = Problem(
        users=["u", "v"],
        items=["a", "b", "c"],
        event_user=[0, 0, 1, 1],
        event_item=[0, 1, 0, 2],
        event_weight=[4.0, 9.0, 4.0, 1.0],
    )

    answer = recommend.fit(problem, PLAIN, seed=0).recommend(["a"], 2)

    assert answer.items == ("b", "c")
    assert answer.scores == pytest.approx((1.0, 2 / 6))


def test_an_old_pair_counts_half_after_each_half_life() -> None:
    # both pairs of a weigh 1, but a>b ended at time 10 and a>c at time 30: two half-lives apart
    problem = Problem(
        users=["u", "v"],
        items=["a", "b", "c"],
        event_user=[0, 0, 1, 1],
        event_item=[0, 1, 0, 2],
        event_time=[9.0, 10.0, 29.0, 30.0],
    )

    answer = recommend.fit(problem, replace(PLAIN, half_life=10.0), seed=0).recommend(["a"], 2)

    assert answer.items == ("c", "b")
    assert answer.scores == pytest.approx((1.0, 0.25))


def test_events_are_put_in_order_by_time() -> None:
    shuffled = Problem(
        users=["u"],
        items=["a", "b", "c"],
        event_user=[0, 0, 0],
        event_item=[2, 0, 1],
        event_time=[3.0, 1.0, 2.0],
    )

    answer = recommend.fit(shuffled, PLAIN, seed=0).recommend(["a"], 2)

    assert answer.items == ("b", "c")


def test_what_happened_after_the_as_of_moment_is_not_learnt() -> None:
    problem = Problem(
        users=["u", "v"],
        items=["a", "b", "c"],
        event_user=[0, 0, 1, 1],
        event_item=[0, 1, 0, 2],
        event_time=[1.0, 2.0, 5.0, 6.0],
    )

    answer = recommend.fit(problem, PLAIN, seed=0, as_of=2.0).recommend(["a"], 2)

    assert answer.scores == (1.0, 0.0)
    assert answer.items == ("b", "c")


def test_the_reason_names_the_item_that_led_there() -> None:
    model = recommend.fit(world({"u": ["tea", "cup"], "v": ["nut", "bolt"]}), PLAIN, seed=0)

    answer = model.recommend(["nut", "tea"], 2)

    assert answer.items == ("cup", "bolt")
    assert [(reason.source, reason.because_of) for reason in answer.reasons] == [
        (Source.CO_VISITED, "tea"),
        (Source.CO_VISITED, "nut"),
    ]
    assert answer.sources == ("co-visited with tea", "co-visited with nut")
    assert answer.reasons[0].parts == {Source.CO_VISITED: 1.0}
