"""Alternating least squares against its own equations, and the cosine that scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hansa.engines import recommend
from hansa.engines.recommend import FactorParams, Model, Params, Problem, Source
from hansa.kernel.errors import Refused
from tests.unit.engines.recommend.worlds import PERSONAL, SMALL_FACTORS, checkerboard, only, world


def a_random_world(users: int, items: int, events: int) -> Problem:
    random = np.random.default_rng(5)
    return Problem(
        users=range(users),
        items=range(items),
        event_user=random.integers(0, users, events),
        event_item=random.integers(0, items, events),
        event_weight=random.uniform(0.5, 2.0, events),
    )


def test_the_score_is_the_cosine_of_the_users_and_the_items_vector() -> None:
    problem, asked = checkerboard()
    model = recommend.fit(problem, PERSONAL["cosine"], seed=1)
    history = asked["nut-lover-0"][0]

    answer = model.recommend(history, 3)

    u = model.user_vector(history)
    for item, reason in zip(answer.items, answer.reasons, strict=True):
        v = model.item_vector(item)
        cosine = float(u @ v) / (np.linalg.norm(u) * np.linalg.norm(v))
        assert reason.parts[Source.COSINE] == pytest.approx(cosine, abs=1e-6)
        assert model.cosine(history, item) == pytest.approx(cosine, abs=1e-12)


def test_folding_in_one_item_of_one_factor_is_the_fraction_done_by_hand() -> None:
    # x = (1 + alpha w) y / (sum of all y^2 + lambda + alpha w y^2), with alpha 2, w 3, lambda 0.5
    params = Params(factors=FactorParams(count=1, iterations=2, regularisation=0.5, alpha=2.0))
    model = recommend.fit(world({"u": ["a", "b"], "v": ["a", "c"], "w": ["b"]}), params, seed=3)
    y = {item: float(model.item_vector(item)[0]) for item in "abc"}

    x = float(model.user_vector(["a"], weights=[3.0])[0])

    by_hand = 7 * y["a"] / (sum(value**2 for value in y.values()) + 0.5 + 6 * y["a"] ** 2)
    assert x == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("length", [1, 3, 7, 8, 20])
def test_histories_shorter_and_longer_than_the_vectors_solve_the_same_equations(length: int) -> None:
    params = Params(
        factors=FactorParams(count=8, iterations=3, regularisation=2.0, alpha=4.0, history_decay=0.9)
    )
    model = recommend.fit(a_random_world(60, 30, 900), params, seed=2)
    history = list(range(length))

    x = model.user_vector(history)

    every = np.stack([model.item_vector(item) for item in range(30)])
    extra = 4.0 * 0.9 ** np.arange(length - 1, -1, -1)
    taken = every[:length]
    left = every.T @ every + 2.0 * np.eye(8) + taken.T @ (extra[:, None] * taken)
    assert left @ x == pytest.approx(taken.T @ (1 + extra), rel=1e-3, abs=1e-4)


def test_more_iterations_fit_the_observed_better() -> None:
    problem = a_random_world(50, 20, 200)
    taken = np.zeros((50, 20))
    events = problem.events
    np.add.at(taken, (events.user, events.item), events.weight)

    def loss(iterations: int) -> float:
        knobs = FactorParams(count=4, iterations=iterations, regularisation=1.0, alpha=3.0, history_decay=1.0)
        model = recommend.fit(problem, Params(factors=knobs), seed=4)
        y = np.stack([model.item_vector(item) for item in range(20)])
        x = np.stack([_vector_of(model, problem, user) for user in range(50)])
        errors = (1 + 3.0 * taken) * ((taken > 0) - x @ y.T) ** 2
        return float(errors.sum() + (x**2).sum() + (y**2).sum())

    first, second, tenth = loss(1), loss(2), loss(10)

    assert tenth < second < first


def _vector_of(model: Model, problem: Problem, user: int) -> np.ndarray:
    events = problem.events
    mine = events.user == user
    return model.user_vector(events.item[mine].tolist(), weights=events.weight[mine].tolist())


def test_the_next_event_moves_the_answer_towards_what_was_just_seen() -> None:
    problem, _ = checkerboard()
    model = recommend.fit(problem, PERSONAL["cosine"], seed=1)

    before = model.cosine(["tea-0", "tea-1"], "nut-5")
    after = model.cosine(["tea-0", "tea-1", "nut-0"], "nut-5")
    later = model.cosine(["tea-0", "tea-1", "nut-0", "nut-1"], "nut-5")

    assert before < after < later


def test_the_whole_history_counts_not_only_its_end() -> None:
    problem, _ = checkerboard()
    model = recommend.fit(problem, PERSONAL["cosine"], seed=1)
    end = ["nut-0"]

    alone = model.cosine(end, "tea-5")
    with_the_past = model.cosine(["tea-0", "tea-1", "tea-2", *end], "tea-5")

    assert with_the_past > alone + 0.1


def test_the_reason_of_a_cosine_is_the_item_of_the_same_camp() -> None:
    problem, _ = checkerboard()
    model = recommend.fit(problem, PERSONAL["cosine"], seed=1)

    answer = model.recommend(["tea-0", "nut-0", "nut-1"], 1, allowed=["tea-5"])

    assert answer.reasons[0].because_of == "tea-0"
    assert answer.sources == ("cosine with tea-0",)


def test_what_is_not_known_has_the_vector_zero_and_the_cosine_zero() -> None:
    model = recommend.fit(world({"u": ["a", "b"]}), Params(factors=SMALL_FACTORS), seed=1)

    assert not model.user_vector(["never seen"]).any()
    assert not model.item_vector("never seen").any()
    assert model.cosine(["a"], "never seen") == 0.0
    assert model.cosine([], "a") == 0.0


def test_another_seed_gives_other_vectors_but_the_same_camps() -> None:
    problem, asked = checkerboard()
    one, other = (recommend.fit(problem, PERSONAL["cosine"], seed=seed) for seed in (1, 2))

    assert not np.allclose(one.item_vector("tea-0"), other.item_vector("tea-0"))
    for history, withheld in asked.values():
        assert one.recommend(history, 1).items == other.recommend(history, 1).items == (withheld,)


def test_a_model_without_factors_has_no_vectors_to_show() -> None:
    params = replace(Params(), factors=FactorParams(count=0), blend=only(covisitation=1.0))
    model = recommend.fit(world({"u": ["a", "b"]}), params, seed=1)

    with pytest.raises(Refused, match=r"fit it with Params\.factors\.count above 0"):
        model.user_vector(["a"])
