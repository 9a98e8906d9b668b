"""Trying new goods: beliefs worked out by hand, gates, and the price of learning in a simulated world."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.discovery.exploration import (
    Params,
    Problem,
    World,
    choose,
    epsilon_greedy,
    regret,
    remembered,
    thompson,
)
from hansa.kernel.errors import InvalidInput


def a_problem(**change: object) -> Problem:
    given: dict[str, object] = {
        "goods": ["tea", "cup"],
        "shown": [100.0, 0.0],
        "clicked": [10.0, 0.0],
        "expected_rate": [0.05, 0.02],
        "usual_rate": [0.03, 0.03],
    }
    return Problem(**(given | change))  # type: ignore[arg-type]  # one field at a time


def test_the_hit_model_speaks_first_and_clicks_have_the_last_word() -> None:
    # Tea: (100 · 0.05 + 10) / (100 + 100); the cup, never shown: what the model says.
    answer = choose(a_problem(), Params(prior_strength=100), seed=1)

    assert answer.belief == pytest.approx([0.075, 0.02])


def test_the_chance_to_beat_the_usual_is_that_of_the_beta_distribution() -> None:
    # One imagined click and one imagined miss: Beta(1, 1), so the chance to lie above .03 is .97.
    one = a_problem(shown=[0.0, 0.0], clicked=[0.0, 0.0], expected_rate=[0.5, 0.5])

    answer = choose(one, Params(prior_strength=2), seed=1)

    assert answer.chance_to_beat == pytest.approx([0.97, 0.97])


def test_a_good_is_given_up_only_after_its_trial() -> None:
    params = Params(prior_strength=1, trial=100)

    early = choose(a_problem(shown=[99.0, 0.0], clicked=[0.0, 0.0]), params, seed=1)
    late = choose(a_problem(shown=[500.0, 0.0], clicked=[0.0, 0.0]), params, seed=1)

    assert early.given_up.tolist() == [False, False]
    assert late.given_up.tolist() == [True, False]
    assert late.chosen == ("cup",)


def test_goods_that_do_not_suit_are_not_tried_and_a_short_answer_says_why() -> None:
    answer = choose(a_problem(relevance=[-0.2, 0.4]), Params(places=2), seed=1)

    assert answer.chosen == ("cup",)
    assert answer.not_relevant.tolist() == [True, False]
    assert answer.notes == ("2 asked, 1 open: 0 given up, 1 not relevant",)


def test_the_same_seed_makes_the_same_choice() -> None:
    chosen = [choose(a_problem(shown=[0.0, 0.0], clicked=[0.0, 0.0]), seed=seed).chosen for seed in range(30)]

    assert chosen == [
        choose(a_problem(shown=[0.0, 0.0], clicked=[0.0, 0.0]), seed=seed).chosen for seed in range(30)
    ]
    assert {("tea",), ("cup",)} == set(chosen)


def test_what_was_seen_is_worth_half_after_the_half_life() -> None:
    assert remembered([8.0, 2.0], 14, half_life=7).tolist() == [2.0, 0.5]
    with pytest.raises(InvalidInput, match="half_life must be above 0"):
        remembered([1.0], 1, half_life=0)


def test_learning_costs_at_most_three_fifths_of_what_epsilon_greedy_pays() -> None:
    world, params = World(goods=60, rounds=60, asked=200), Params()
    ours = sum(regret(thompson, world, params, seed=seed) for seed in range(3))
    naive = sum(regret(epsilon_greedy, world, params, seed=seed) for seed in range(3))

    assert ours <= 0.6 * naive


def test_a_model_that_knows_something_spares_clicks() -> None:
    world, params = World(goods=60, rounds=40, asked=100, said=0.9), Params()
    told = sum(regret(thompson, world, params, seed=seed) for seed in range(4))
    untold = sum(regret(thompson, world, params, seed=seed, with_model=False) for seed in range(4))

    assert told < 0.8 * untold


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        ({"clicked": [101.0, 0.0]}, "good 'tea' was clicked more often than shown"),
        ({"shown": [100.0, np.nan]}, "good 'cup': shown is nan"),
        ({"expected_rate": [0.05, 1.0]}, "good 'cup': expected_rate is 1"),
        ({"usual_rate": [0.03]}, "give one number for each of 2 goods"),
    ],
)
def test_wrong_input_is_refused_by_name(change: dict[str, object], culprit: str) -> None:
    with pytest.raises(InvalidInput, match=culprit):
        a_problem(**change)
