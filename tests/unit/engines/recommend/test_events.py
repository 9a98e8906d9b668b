"""Events after the fit: the next answer knows them, and counts them as a new fit would."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace

import pytest

from hansa.engines import recommend
from hansa.engines.recommend import FactorParams, Model, NoteCode, Params, Source
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.recommend.worlds import PERSONAL, checkerboard, every_personal, only, world

COUNTED = {name: params for name, params in PERSONAL.items() if params.factors.count == 0}
CAMPS = {"alia": ["tea", "cup"], "bo": ["tea", "cup"], "cy": ["nut", "bolt"], "di": ["nut", "bolt"]}


def answers(model: Model) -> dict[str, dict[Hashable, float]]:
    """Scores of the best items after each of a few histories."""
    histories: tuple[list[str], ...] = (["tea"], ["nut"], ["cup", "nut"], ["bolt", "tea"], [])
    ranked = model.rank(histories, 4, exclude_seen=False)
    return {" ".join(history): dict(answer) for history, answer in zip(histories, ranked, strict=True)}


@pytest.mark.parametrize("params", COUNTED.values(), ids=COUNTED.keys())
@pytest.mark.parametrize("half_life", [None, 3.0])
def test_observing_events_one_by_one_equals_a_new_fit(params: Params, half_life: float | None) -> None:
    knobs = replace(params, half_life=half_life)
    whole = {"alia": ["tea", "cup", "tea"], "bo": ["tea", "spoon"], "cy": ["nut", "tea", "bolt"]}
    refitted = recommend.fit(world(whole), knobs, seed=1)
    told = recommend.fit(world({"alia": ["tea", "cup"]}), knobs, seed=1)

    told.observe("tea", user="alia", at=2.0)
    later = [("bo", "tea"), ("bo", "spoon"), ("cy", "nut"), ("cy", "tea"), ("cy", "bolt")]
    for at, (user, item) in enumerate(later, start=3):
        told.observe(item, user=user, at=float(at))

    for history, expected in answers(refitted).items():
        assert answers(told)[history] == pytest.approx(expected, rel=1e-5)


@every_personal
def test_the_next_answer_follows_an_event_of_the_user(params: Params) -> None:
    problem, _ = checkerboard()
    model = recommend.fit(problem, params, seed=1)
    before = model.recommend_for_user("tea-lover-0", 3, exclude=["tea-0"])

    for item in ("nut-0", "nut-1", "nut-2"):
        model.observe(item, user="tea-lover-0")

    after = model.recommend_for_user("tea-lover-0", 3, exclude=["tea-0"])
    assert set(after.items) == {"nut-3", "nut-4", "nut-5"}
    assert after.scores != before.scores
    assert (before.provenance.events_since_fit, after.provenance.events_since_fit) == (0, 3)


def test_an_event_of_a_session_without_user_pairs_it_with_what_came_before() -> None:
    model = recommend.fit(world(CAMPS), PERSONAL["co-visitation"], seed=1)

    for _ in range(5):
        model.observe("bolt", after=["tea"])

    assert model.recommend(["tea"], 1).items == ("bolt",)
    assert model.users == ("alia", "bo", "cy", "di")


@every_personal
def test_a_new_user_is_known_from_the_first_event(params: Params) -> None:
    model = recommend.fit(world(CAMPS), params, seed=1)
    stranger = model.recommend_for_user("eve", 1)

    model.observe("nut", user="eve")

    assert [note.code for note in stranger.notes] == [NoteCode.UNKNOWN_USER, NoteCode.FELL_BACK_TO_POPULAR]
    answer = model.recommend_for_user("eve", 1)
    assert answer.items == ("bolt",)
    assert answer.notes == ()


@every_personal
def test_a_new_item_is_recommended_from_its_first_event(params: Params) -> None:
    model = recommend.fit(world(CAMPS), params, seed=1)

    model.observe("kettle", user="alia")

    assert model.recommend_for_user("bo", 1).items == ("kettle",)
    assert model.items[-1] == "kettle"


def test_the_vector_of_a_new_item_follows_those_who_take_it() -> None:
    problem, _ = checkerboard()
    model = recommend.fit(problem, PERSONAL["cosine"], seed=1)

    model.observe("kettle", user="tea-lover-0")
    model.observe("kettle", user="tea-lover-1")

    assert model.cosine(["tea-2", "tea-3"], "kettle") > 0.9
    assert abs(model.cosine(["nut-2", "nut-3"], "kettle")) < 0.2
    assert model.recommend(["tea-0", "tea-1", "tea-2"], 4).items[0] in {"tea-3", "tea-4", "tea-5", "kettle"}


def test_an_item_of_the_catalogue_that_nobody_had_taken_learns_its_vector_too() -> None:
    problem, _ = checkerboard()
    with_unsold = recommend.Problem(
        users=problem.users,
        items=[*problem.items, "unsold"],
        event_user=problem.event_user,
        event_item=problem.event_item,
    )
    model = recommend.fit(with_unsold, PERSONAL["cosine"], seed=1)
    before = model.cosine(["tea-0"], "unsold")

    model.observe("unsold", user="tea-lover-0")

    assert before == 0.0
    assert model.cosine(["tea-0"], "unsold") > 0.9


def test_a_full_row_gives_up_its_weakest_neighbour() -> None:
    # tea keeps two neighbours: cup (3 pairs) and spoon (1 pair); two events with kettle push spoon out
    params = Params(factors=FactorParams(count=0), blend=only(covisitation=1.0, popularity=0.0))
    params = replace(params, covisitation=replace(params.covisitation, neighbours=2, popularity_power=0.0))
    histories = {"a": ["tea", "cup"], "b": ["tea", "cup"], "c": ["tea", "cup"], "d": ["tea", "spoon"]}
    model = recommend.fit(world(histories), params, seed=1)

    model.observe("kettle", after=["tea"])
    model.observe("kettle", after=["tea"])

    answer = model.recommend(["tea"], 3)
    assert dict(zip(answer.items, answer.scores, strict=True)) == pytest.approx(
        {"cup": 1.0, "kettle": 2 / 3, "spoon": 0.0}
    )


def test_as_of_asks_with_the_history_of_that_moment() -> None:
    model = recommend.fit(world(CAMPS), PERSONAL["blend"], seed=1)
    model.observe("nut", user="eve", at=100.0)
    model.observe("tea", user="eve", at=200.0)

    then = model.recommend_for_user("eve", 1, as_of=150.0)
    now = model.recommend_for_user("eve", 1)
    before = model.recommend_for_user("eve", 1, as_of=99.0)

    assert (then.items, now.items) == (("bolt",), ("cup",))
    assert before.notes[0].code is NoteCode.NO_HISTORY


def test_where_people_buy_again_the_habit_comes_first() -> None:
    model = recommend.fit(
        world({**CAMPS, "eve": ["milk", "tea", "milk", "milk"]}), Params.for_sessions(), seed=1
    )

    answer = model.recommend_for_user("eve", 2, exclude_seen=False)

    assert answer.items[0] == "milk"
    assert (answer.reasons[0].source, answer.reasons[0].because_of) == (Source.REPEAT, "milk")
    assert str(answer.reasons[0]) == "seen before"


@every_personal
def test_similar_items_are_those_of_the_same_camp(params: Params) -> None:
    problem, _ = checkerboard()
    model = recommend.fit(problem, params, seed=1)

    similar = model.similar("tea-3", 5)
    stranger = model.similar("never seen", 2)

    assert set(similar.items) == {f"tea-{number}" for number in (0, 1, 2, 4, 5)}
    assert [note.code for note in stranger.notes] == [NoteCode.UNKNOWN_ITEM, NoteCode.FELL_BACK_TO_POPULAR]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"item": "tea", "user": "eve", "weight": 0.0}, "the event of item 'tea' has weight 0.0"),
        ({"item": "tea", "user": "eve", "weight": math.nan}, "the event of item 'tea' has weight nan"),
        ({"item": "kettle", "user": "eve", "at": math.inf}, "the event of item 'kettle' has time inf"),
        ({"item": ["kettle"], "user": "eve"}, r"\['kettle'\] cannot be an id"),
        ({"item": "kettle", "user": ["eve"]}, r"\['eve'\] cannot be an id"),
        ({"item": "kettle", "user": "eve", "after": ["tea"]}, "either a user's history or"),
    ],
)
def test_an_impossible_event_is_refused_and_changes_nothing(event: dict[str, object], message: str) -> None:
    model = recommend.fit(world(CAMPS), PERSONAL["blend"], seed=1)
    before = answers(model)

    with pytest.raises(InvalidInput, match=message):
        model.observe(**event)  # type: ignore[arg-type]

    assert answers(model) == before
    assert (model.users, model.items) == (("alia", "bo", "cy", "di"), ("tea", "cup", "nut", "bolt"))
    assert model.provenance.events_since_fit == 0
