"""Two rankings in one list, and which of them people prefer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hansa.engines.experiments import (
    Interleaved,
    Rounds,
    clicks_preference,
    credit,
    preference,
    team_draft,
)
from hansa.kernel.errors import InvalidInput

RANKINGS = some.lists(some.integers(0, 30), max_size=20)


@settings(max_examples=200, deadline=None)
@given(RANKINGS, RANKINGS, some.integers(1, 25), some.integers(0, 2**32))
def test_a_drawn_list_is_full_fair_and_without_repeats(
    first: list[int], second: list[int], k: int, seed: int
) -> None:
    shown = team_draft(first, second, k, seed=seed)

    assert len(set(shown.items)) == len(shown.items) == min(k, len(set(first) | set(second)))
    for item, team in zip(shown.items, shown.teams, strict=True):
        assert item in (first, second)[team]
    if set(first) == set(second):
        assert abs(shown.teams.count(0) - shown.teams.count(1)) <= 1


def test_two_rankings_alike_are_shown_as_they_are() -> None:
    assert team_draft("abcd", "abcd", 3, seed=1).items == ("a", "b", "c")


def test_each_ranking_opens_as_often_as_the_other() -> None:
    openings = [team_draft("ab", "xy", 2, seed=seed).items[0] for seed in range(2_000)]

    assert 920 <= openings.count("a") <= 1_080


def test_the_same_seed_draws_the_same_list() -> None:
    assert team_draft("abcdef", "fedcba", 4, seed=7) == team_draft("abcdef", "fedcba", 4, seed=7)


def test_clicks_are_credited_to_the_ranking_that_put_the_item_there() -> None:
    shown = Interleaved(("a", "x", "b"), (0, 1, 0))

    assert credit(shown, ["a", "b", "b", "gone"]) == (2, 0)
    assert credit(shown, ["x"]) == (0, 1)


def test_a_person_counts_once_however_much_they_click() -> None:
    # Of ten people two prefer the first, one of them with 100 clicks: by people 8 of 10, by clicks 8 of 109.
    units = [*"abcdefgh", "i", "j", "k"]
    first, second = [0] * 8 + [100, 1, 1], [1] * 8 + [0, 0, 1]

    by_people = preference(Rounds(tuple(units), np.array(first), np.array(second)))
    by_clicks = clicks_preference(Rounds(tuple(units), np.array(first), np.array(second)))

    assert (by_people.prefers_second, by_people.prefers_first, by_people.ties) == (8, 2, 1)
    assert by_people.share == 0.8
    # Eight or more of ten heads: (45 + 10 + 1) / 1024, doubled.
    assert by_people.p_value == pytest.approx(112 / 1024)
    assert by_people.interval == pytest.approx((0.4439, 0.9748), abs=1e-4)
    assert by_clicks.share == pytest.approx(9 / 111)
    assert by_clicks.p_value < 1e-10


def test_rounds_of_one_person_are_added_up() -> None:
    found = preference(Rounds(("a", "a", "b"), np.array([1, 0, 0]), np.array([0, 2, 1])))

    assert (found.prefers_second, found.prefers_first, found.ties) == (2, 0, 0)


def test_the_sequence_is_wider_than_the_single_look_and_closes_with_its_p_value() -> None:
    even = preference(Rounds(tuple(map(str, range(100))), np.array([0, 1] * 50), np.array([1, 0] * 50)))
    clear = preference(Rounds(tuple(map(str, range(100))), np.zeros(100), np.ones(100)))

    assert even.sequence is not None
    assert even.interval is not None
    assert even.sequence.low < even.interval.low < 0.5 < even.interval.high < even.sequence.high
    assert even.sequence_p_value == 1.0
    assert clear.sequence is not None
    assert clear.sequence.low > 0.5
    assert clear.sequence.high == 1.0
    assert clear.sequence_p_value < 1e-6


def test_nobody_with_a_preference_comes_back_as_a_reason() -> None:
    for empty in (Rounds((), np.zeros(0), np.zeros(0)), Rounds(("a",), np.ones(1), np.ones(1))):
        found = preference(empty)

        assert found.share is None
        assert found.refusals == ("nobody preferred either ranking",)


def test_peeking_after_each_person_is_rarely_wrong_and_counting_clicks_often() -> None:
    generator, by_people, by_clicks = np.random.default_rng(8), 0, 0
    for _ in range(100):
        busy = generator.geometric(0.05, 100)  # about twenty clicks each, all on one side
        side = generator.random(100) < 0.5
        rounds = Rounds(tuple(map(str, range(100))), busy * ~side, busy * side)
        by_people += preference(rounds).sequence_p_value < 0.05
        by_clicks += clicks_preference(rounds).p_value < 0.05

    assert by_people <= 5
    assert by_clicks >= 30


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a list of 0"):
        team_draft("ab", "cd", 0, seed=1)
    with pytest.raises(InvalidInput, match="round 2: second is -1"):
        Rounds(("a", "b"), np.zeros(2), np.array([0, -1]))
    with pytest.raises(InvalidInput, match=r"first has shape \(1,\)"):
        Rounds(("a", "b"), np.zeros(1), np.zeros(2))
    with pytest.raises(InvalidInput, match="alpha is 0"):
        preference(Rounds((), np.zeros(0), np.zeros(0)), alpha=0)
