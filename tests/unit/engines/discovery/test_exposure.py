"""The exposure contract: exact chances by hand, promises kept in a simulated day, impossible ones told."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.discovery.exposure import Allocator, Params, Problem, gini
from hansa.kernel.errors import InvalidInput


def a_problem(**change: object) -> Problem:
    """Two new goods of one merchant, and no floor for anybody."""
    given: dict[str, object] = {
        "goods": ["tea", "cup"],
        "merchant": [0, 0],
        "shown": [0.0, 0.0],
        "requests_left": [200.0, 200.0],
        "merchants": ["m"],
        "merchant_shown": [0.0],
        "merchant_share": [0.0],
    }
    return Problem(**(given | change))  # type: ignore[arg-type]  # one field at a time


RANKING = [f"good {place}" for place in range(10)]


def test_chances_follow_what_is_owed_and_what_suits_with_a_floor_under_each() -> None:
    # Owed .3 and .1; the cup suits twice as well, squared: 3 · 1/4 to 1 · 1, so 3/7 and 4/7 of the 0.98 left.
    allocator = Allocator(a_problem(), Params(least_propensity=0.01, relevance_power=2))

    chances = allocator.propensities([0.3, 0.1], [0.5, 1.0])

    assert chances == {"tea": pytest.approx(0.01 + 0.98 * 3 / 7), "cup": pytest.approx(0.01 + 0.98 * 4 / 7)}


def test_the_least_suitable_good_keeps_its_floor() -> None:
    chances = Allocator(a_problem()).propensities([0.5, 0.5], [0.0, 1.0])

    assert chances["tea"] == pytest.approx(0.01)
    assert chances["cup"] == pytest.approx(0.99)


def test_a_place_seldom_opened_is_drawn_among_fewer_so_that_the_floor_holds() -> None:
    # Opened one time in twenty, five goods may each have a chance of a hundredth: no more are considered.
    many = a_problem(goods=RANKING, merchant=[0] * 10, shown=[0.0] * 10, requests_left=[1.0] * 10)

    chances = Allocator(many).propensities([0.01] * 10, open_=0.05)

    assert list(chances) == RANKING[:5]
    assert all(chance == pytest.approx(0.01) for chance in chances.values())


def test_nothing_is_shown_that_was_hardly_possible() -> None:
    allocator = Allocator(a_problem(requests_left=[1_000.0, 1_000.0]), seed=5)

    assert min(min(allocator.place(RANKING).propensities) for _ in range(1_000)) >= 0.01


def test_only_reserved_places_are_given_away_and_the_rest_keeps_its_order() -> None:
    urgent = a_problem(requests_left=[1.0, 1.0])

    placed = Allocator(urgent, Params(reserved=(10, 5))).place(RANKING)

    assert set(placed.for_promise) == {10, 5}
    assert {placed.items[9], placed.items[4]} == {"tea", "cup"}
    kept = [place for place in range(10) if place not in (4, 9)]
    assert [placed.items[place] for place in kept] == [RANKING[place] for place in kept]
    assert placed.propensities[9] == pytest.approx(0.5)
    assert all(placed.propensities[place] == 1.0 for place in kept)


def test_a_place_is_opened_only_as_often_as_promises_need() -> None:
    # 2 · 100 owed over 2,000 requests: a tenth, and a little more for safety.
    allocator = Allocator(a_problem(requests_left=[2_000.0, 2_000.0]), seed=5)

    first = [allocator.place(RANKING) for _ in range(1_000)]
    opened = sum(bool(placed.for_promise) for placed in first)

    assert 80 <= opened <= 150


def test_promises_are_kept_by_the_end_of_their_time() -> None:
    allocator = Allocator(a_problem(requests_left=[1_000.0, 1_000.0]), seed=5)

    for _ in range(1_000):
        allocator.place(RANKING)
    result = allocator.result()

    assert result.goods_met == 1.0
    assert result.behind == {}
    assert 200 <= result.given_away <= 205
    assert result.notes == ()


def test_a_good_that_is_seen_anyway_needs_no_place() -> None:
    allocator = Allocator(a_problem(goods=["good 3", "cup"], shown=[0.0, 100.0], requests_left=[1.0, 1.0]))

    placed = allocator.place(RANKING)

    assert placed.items == tuple(RANKING)
    assert allocator.result().behind == {"good 3": 99.0}


def test_a_promise_that_does_not_fit_is_told_with_the_ways_out() -> None:
    result = Allocator(a_problem(requests_left=[150.0, 150.0])).result()

    assert result.goods_met == 0.0
    assert result.notes == (
        "200 impressions are owed and reserved places will hold 150: "
        "promise less, reserve more places or give more time",
    )


def test_a_merchant_gets_its_floor_and_no_more_than_it_needs() -> None:
    # Two merchants; the ranking shows the first one only. A hundredth of 10,000 impressions are 100.
    problem = a_problem(
        goods=["tea", *RANKING],
        merchant=[1] + [0] * 10,
        shown=[0.0] * 11,
        requests_left=[0.0] * 11,
        merchants=["big", "small"],
        merchant_shown=[0.0, 0.0],
        merchant_share=[0.0, 0.01],
    )
    allocator = Allocator(problem, seed=1)

    for _ in range(1_000):
        allocator.place(RANKING)
    result = allocator.result()

    assert result.merchants_met == 1.0
    assert 99 <= result.given_away <= 110


def test_inequality_is_the_textbook_figure() -> None:
    assert gini([1, 1, 1, 1]) == 0.0
    assert gini([0, 0, 0, 1]) == 0.75
    assert gini([1, 2, 3]) == pytest.approx(2 / 9)
    assert gini([]) == 0.0


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        ({"goods": ["tea", "tea"]}, "a good comes twice: 'tea'"),
        ({"merchant": [0, 1]}, "good 'cup': merchant is 1"),
        ({"shown": [0.0, -1.0]}, "good 'cup': shown is -1"),
        ({"merchant_share": [1.5]}, "merchant 'm': merchant_share is 1.5"),
    ],
)
def test_wrong_input_is_refused_by_name(change: dict[str, object], culprit: str) -> None:
    with pytest.raises(InvalidInput, match=culprit):
        a_problem(**change)


def test_terms_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(InvalidInput, match="consider at most 100"):
        Params(considered=101)
    with pytest.raises(InvalidInput, match="reserved places must lie between 1 and 10"):
        Params(reserved=(11,))
    with pytest.raises(InvalidInput, match="relevance must be 0 or more"):
        Allocator(a_problem()).propensities([0.5, 0.5], np.array([-1.0, 1.0]))
