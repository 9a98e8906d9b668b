"""The learnt order of candidates, and the knobs chosen, by what was held out."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from hansa.engines import recommend
from hansa.engines.recommend import (
    STEPS_OF_CHOICE,
    FactorParams,
    HeldOut,
    Model,
    Params,
    RankerParams,
    Source,
)
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.recommend.worlds import world

PARAMS = replace(Params(), factors=FactorParams(count=0), ranker=RankerParams(trees=20, fewest_lessons=50))
CHAINS = 120


def chains() -> Model:
    """In each of many shops of their own people took before, middle, after: who stands at middle goes on to after."""
    histories = {f"u{n}": [f"before-{n}", f"middle-{n}", f"after-{n}"] for n in range(CHAINS)}
    return recommend.fit(world(histories), PARAMS, seed=3)


def going_back(model: Model, lessons: range) -> Model:
    """What the model makes of lessons in which people at the middle went back."""
    told = model.lessons([[f"middle-{n}"] for n in lessons], [(f"before-{n}",) for n in lessons])
    return model.with_order_learnt(told)


def test_a_rule_that_lessons_show_holds_for_items_that_were_in_no_lesson() -> None:
    model = chains()

    learned = going_back(model, range(100))

    assert model.recommend(["middle-110"], 2).items == ("after-110", "before-110")
    assert learned.recommend(["middle-110"], 2).items == ("before-110", "after-110")
    assert learned.provenance.engine == "recommend.ranked"


def test_too_few_lessons_leave_the_order_to_the_blend() -> None:
    learned = going_back(chains(), range(49))

    assert learned.ranker is None
    assert learned.recommend(["middle-110"], 1).items == ("after-110",)
    assert learned.provenance.engine == "recommend.blend"


def test_lessons_whose_wanted_item_is_no_candidate_teach_nothing() -> None:
    assert chains().lessons([["middle-1"]] * 60, [("after-7",)] * 60) == []
    assert chains().lessons([["middle-1"]] * 60, [("never heard of",)] * 60) == []


def test_many_answers_at_once_are_those_of_one_at_a_time() -> None:
    learned = going_back(chains(), range(100))
    histories = [[f"middle-{n}"] for n in range(100, CHAINS)] + [[], ["unheard"]]

    together = learned.rank(histories, 5)

    alone = [learned.recommend(history, 5) for history in histories]
    assert [[item for item, _ in answer] for answer in together] == [list(each.items) for each in alone]


def test_the_reason_is_still_that_of_the_sources() -> None:
    answer = going_back(chains(), range(100)).recommend(["middle-110"], 1)

    assert answer.reasons[0].source is Source.CO_VISITED
    assert answer.reasons[0].because_of == "middle-110"


def test_the_same_lessons_and_seed_give_the_same_ranker() -> None:
    one, other = going_back(chains(), range(100)).ranker, going_back(chains(), range(100)).ranker

    assert one is not None
    assert other is not None
    assert one.trees == other.trees


def test_a_ranker_is_saved_with_its_model() -> None:
    learned = going_back(chains(), range(100))

    back = recommend.from_arrays(*recommend.to_arrays(learned))

    assert back.recommend(["middle-110"], 3) == learned.recommend(["middle-110"], 3)


def test_a_ranker_of_other_signals_is_refused() -> None:
    arrays, meta = recommend.to_arrays(chains())

    with pytest.raises(InvalidInput, match="this is no saved ranker"):
        recommend.from_arrays(arrays, meta | {"ranker": "no trees"})


def returning() -> tuple[Model, HeldOut]:
    """People who, after five things each of their own, take the first of them again."""
    own = {f"u{n}": [f"{n}-{step}" for step in range(5)] for n in range(200)}
    model = recommend.fit(world(own), replace(PARAMS, blend=Params.for_choosing().blend), seed=3)
    return model, HeldOut(list(own.values()), [items[:1] for items in own.values()])


def test_knobs_and_order_are_chosen_by_what_was_held_out() -> None:
    model, held_out = returning()
    steps: list[None] = []

    chosen = recommend.choose(model, held_out, exclude_seen=False, progress=lambda: steps.append(None))

    assert chosen.recommend(held_out.histories[7], 1, exclude_seen=False).items == ("7-0",)
    assert len(steps) == STEPS_OF_CHOICE


def test_without_xgboost_the_order_stays_the_sum_and_a_warning_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, held_out = returning()
    monkeypatch.setitem(sys.modules, "xgboost", None)  # as where it cannot be imported

    with pytest.warns(RuntimeWarning, match="on macOS: brew install libomp"):
        chosen = recommend.choose(model, held_out, exclude_seen=False, progress=lambda: None)

    assert chosen.ranker is None
    assert chosen.recommend(["0-1"], 1).items


def test_a_choice_from_nothing_is_the_model_itself() -> None:
    model, _ = returning()

    chosen = recommend.choose(model, HeldOut([], []), exclude_seen=False, progress=lambda: None)

    assert chosen.params == model.params
    assert chosen.ranker is None


def test_knobs_that_need_another_fit_are_refused_by_name() -> None:
    model = chains()
    wider = replace(PARAMS, covisitation=replace(PARAMS.covisitation, window=3))

    with pytest.raises(InvalidInput, match=r"covisitation\.window cannot change without another fit"):
        model.asked_with(wider)


def test_knobs_of_asking_change_the_answer_and_leave_the_model_as_it_was() -> None:
    model = recommend.fit(world({"u": ["a", "b"], "v": ["c", "d"]}), PARAMS, seed=3)
    only_the_last = replace(PARAMS, covisitation=replace(PARAMS.covisitation, history_decay=0.0))

    other = model.asked_with(only_the_last)

    assert [score > 0.1 for score in model.recommend(["a", "c"], 2).scores] == [True, True]
    assert [score > 0.1 for score in other.recommend(["a", "c"], 2).scores] == [True, False]
