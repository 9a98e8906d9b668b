"""What every recommender promises, the naive baseline included."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from hansa.engines import recommend
from hansa.engines.recommend import NoteCode, Params, PopularityModel, Problem, Recommender, Source
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.recommend.worlds import checkerboard, every_personal, every_recommender, world

Fit = Callable[[Problem], Recommender]

SHOP = {
    "alia": ["tea", "cup", "spoon"],
    "bo": ["tea", "cup", "sugar"],
    "cy": ["tea", "cup"],
    "di": ["nut", "bolt"],
}


@every_personal
def test_each_camp_is_offered_the_item_it_lacks(params: Params) -> None:
    problem, asked = checkerboard()
    model = recommend.fit(problem, params, seed=1)

    answers = {user: model.recommend(history, 1).items for user, (history, _) in asked.items()}

    assert answers == {user: (withheld,) for user, (_, withheld) in asked.items()}


@every_personal
def test_a_camp_is_offered_its_own_items_before_the_other_camps(params: Params) -> None:
    problem, _ = checkerboard()
    model = recommend.fit(problem, params, seed=1)

    answer = model.recommend(["nut-0", "nut-1", "nut-2"], 3)

    assert set(answer.items) == {"nut-3", "nut-4", "nut-5"}


@every_personal
def test_the_stored_history_gives_the_same_answer_as_the_history_itself(params: Params) -> None:
    problem, asked = checkerboard()
    model = recommend.fit(problem, params, seed=1)

    of_user = model.recommend_for_user("tea-lover-2", 4)
    of_history = model.recommend(asked["tea-lover-2"][0], 4)

    assert (of_user.items, of_user.scores) == (of_history.items, of_history.scores)


@every_recommender
def test_an_answer_is_ranked_finite_and_without_repetition(fitted: Fit) -> None:
    answer = fitted(world(SHOP)).recommend(["tea"], 10)

    assert set(answer.items) == {"cup", "spoon", "sugar", "nut", "bolt"}
    assert len(answer.items) == len(answer.scores) == len(answer.reasons) == 5
    assert list(answer.scores) == sorted(answer.scores, reverse=True)
    assert all(map(math.isfinite, answer.scores))


@every_recommender
def test_seen_items_come_back_only_when_asked_for(fitted: Fit) -> None:
    recommender = fitted(world(SHOP))

    without = recommender.recommend(["tea", "cup"], 10)
    with_them = recommender.recommend(["tea", "cup"], 10, exclude_seen=False)

    assert not {"tea", "cup"} & set(without.items)
    assert {"tea", "cup"} <= set(with_them.items)


@every_recommender
def test_only_what_is_allowed_and_not_excluded_is_shown(fitted: Fit) -> None:
    recommender = fitted(world(SHOP))
    mask = np.asarray([item in ("sugar", "nut", "bolt") for item in world(SHOP).items])

    by_ids = recommender.recommend(
        ["tea"], 10, allowed={"sugar", "nut", "bolt", "unheard of"}, exclude=["nut"]
    )
    by_mask = recommender.recommend(["tea"], 10, allowed=mask, exclude=["nut"])

    assert set(by_ids.items) == {"sugar", "bolt"}
    assert by_mask.items == by_ids.items
    assert [note.code for note in by_ids.notes] == [NoteCode.FEWER_THAN_ASKED]


@every_recommender
def test_no_item_allowed_is_an_answer_with_the_reason(fitted: Fit) -> None:
    answer = fitted(world(SHOP)).recommend(["tea"], 3, allowed=[])

    assert answer.items == ()
    assert NoteCode.NOTHING_ALLOWED in [note.code for note in answer.notes]


@every_recommender
def test_an_empty_catalogue_is_an_answer_with_the_reason(fitted: Fit) -> None:
    nothing = Problem(users=[], items=[], event_user=[], event_item=[])

    answer = fitted(nothing).recommend(["tea"], 3)

    assert answer.items == ()
    assert [note.code for note in answer.notes] == [NoteCode.UNKNOWN_ITEM, NoteCode.EMPTY_CATALOGUE]


@every_recommender
def test_a_stranger_is_offered_what_is_popular(fitted: Fit) -> None:
    answer = fitted(world(SHOP)).recommend(["a kite", "a drum"], 2)

    assert answer.items == ("tea", "cup")
    assert [reason.source for reason in answer.reasons] == [Source.POPULAR, Source.POPULAR]
    assert answer.notes[0].code is NoteCode.UNKNOWN_ITEM
    assert answer.notes[0].message == "2 items of the history never seen before: 'a kite', 'a drum'"


@every_recommender
def test_many_histories_at_once_rank_as_one_by_one(fitted: Fit) -> None:
    recommender = fitted(world(SHOP))
    histories = [["tea"], [], ["tea", "cup"], ["unheard of"], ["nut", "tea", "nut"]]

    ranked = recommender.rank(histories, 3)

    for history, answer in zip(histories, ranked, strict=True):
        single = recommender.recommend(history, 3)
        assert tuple(item for item, _ in answer) == single.items
        assert [score for _, score in answer] == pytest.approx(single.scores, abs=1e-6)


@every_recommender
def test_the_same_seed_gives_the_same_numbers(fitted: Fit) -> None:
    once, again = (fitted(world(SHOP)).recommend(["tea", "nut"], 5) for _ in range(2))

    assert (once.items, once.scores, once.reasons) == (again.items, again.scores, again.reasons)
    assert once.provenance == again.provenance


@every_recommender
@pytest.mark.parametrize("k", [0, -1, 2.5, True, None])
def test_a_k_that_is_no_count_is_refused(fitted: Fit, k: int) -> None:
    with pytest.raises(InvalidInput, match="k must be a whole number of at least 1"):
        fitted(world(SHOP)).recommend(["tea"], k)


@every_recommender
def test_a_mask_of_another_catalogue_is_refused(fitted: Fit) -> None:
    with pytest.raises(InvalidInput, match=r"shape \(2,\), but there are 6 items"):
        fitted(world(SHOP)).recommend(["tea"], 1, allowed=np.ones(2, dtype=np.bool_))


@every_recommender
@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf, 2e6])
def test_a_weight_that_cannot_be_is_refused_by_name(fitted: Fit, weight: float) -> None:
    with pytest.raises(InvalidInput, match="item 'cup' of the history has weight"):
        fitted(world(SHOP)).recommend(["tea", "cup"], 1, weights=[1.0, weight])


def test_the_baseline_counts_takers() -> None:
    model = PopularityModel(world(SHOP), Params())

    answer = model.recommend([], 3)

    assert list(zip(answer.items, answer.scores, strict=True)) == [("tea", 3.0), ("cup", 3.0), ("spoon", 1.0)]


def test_a_personal_recommender_beats_the_baseline_where_camps_differ() -> None:
    problem, asked = checkerboard()
    histories = [history for history, _ in asked.values()]
    targets = [withheld for _, withheld in asked.values()]

    def ndcg(recommender: Recommender) -> float:
        ranked = [[item for item, _ in answer] for answer in recommender.rank(histories, 10)]
        return recommend.evaluate(ranked, [(target,) for target in targets])["NDCG@10"]

    assert ndcg(recommend.fit(problem, seed=1)) == 1.0
    assert ndcg(PopularityModel(problem, Params())) < 0.9
