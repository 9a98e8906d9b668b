"""Preference classes: camps found, named by what sets them apart, and the same again tomorrow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hansa.engines.discovery.classes import Params, Problem, by_category, classify, silhouette
from hansa.kernel.errors import InvalidInput

CAMPS = {"en": ["tea", "bolt", "sock"], "zh": ["茶", "螺栓", "袜子"]}
THREE = Params(fewest=2, most=6, step=1)


def camps(each: int = 30, seed: int = 0) -> Problem:
    """Goods around three directions; every title has the camp's word and the word 'good'."""
    random = np.random.default_rng(seed)
    camp = np.repeat(np.arange(3), each)
    vectors = np.eye(8)[camp] + 0.15 * random.normal(size=(3 * each, 8))
    return Problem(
        items=[f"item {place}" for place in range(3 * each)],
        vectors=vectors,
        words={language: [[words[one], "good"] for one in camp] for language, words in CAMPS.items()},
    )


def test_as_many_classes_are_found_as_there_are_camps() -> None:
    result = classify(camps(), THREE)

    assert len(result.classes) == 3
    assert max(result.silhouettes, key=lambda count: result.silhouettes[count]) == 3
    assert [len(set(result.of_item[start : start + 30])) for start in (0, 30, 60)] == [1, 1, 1]
    assert [each.size for each in result.classes] == [30, 30, 30]


def test_names_are_the_words_that_set_a_class_apart_in_each_language() -> None:
    result = classify(camps(), THREE)

    of_camp = {int(result.of_item[30 * place]): place for place in range(3)}
    for each in result.classes:
        camp = of_camp[each.number]
        assert each.names == {"en": (CAMPS["en"][camp],), "zh": (CAMPS["zh"][camp],)}


def test_classes_keep_their_numbers_though_the_vectors_turn() -> None:
    before = classify(camps(), THREE, seed=1)
    yesterday = dict(zip(before.items, before.of_item.tolist(), strict=True))
    turned = np.asarray(camps(seed=5).vectors)[:, ::-1]

    after = classify(replace(camps(), vectors=turned, yesterday=yesterday), THREE, seed=9)

    assert after.of_item.tolist() == before.of_item.tolist()
    assert after.moved == 0.0
    assert not any(each.is_new for each in after.classes)


def test_a_class_unlike_all_of_yesterday_gets_a_number_never_used() -> None:
    yesterday = {f"item {place}": 7 if place < 30 else 4 for place in range(60)}

    result = classify(replace(camps(), yesterday=yesterday), THREE)

    assert {int(result.of_item[0]), int(result.of_item[30]), int(result.of_item[60])} == {7, 4, 8}
    assert [each.number for each in result.classes if each.is_new] == [8]


def test_goods_of_which_nothing_is_known_get_no_class() -> None:
    vectors = np.array(camps().vectors)
    vectors[3] = 0.0

    result = classify(replace(camps(), vectors=vectors), THREE)

    assert result.of_item[3] == -1
    assert result.nearness[3] == 0.0
    assert result.notes == ("1 items have no vector yet, so no class",)


def test_too_few_goods_are_one_class_and_none_is_none() -> None:
    few = classify(Problem(["a"], [[1.0, 0.0]], {"en": [["tea"]]}), THREE)
    none = classify(Problem([], np.zeros((0, 2)), {"en": []}), THREE)

    assert few.of_item.tolist() == [0]
    assert few.notes == ("1 items are too few to be parted into 2 classes",)
    assert none.classes == ()


def test_the_silhouette_is_that_worked_out_by_hand() -> None:
    # Two pairs at right angles: own distance 0, other 1; one class alone says nothing.
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])

    assert silhouette(vectors, np.array([0, 0, 1, 1])) == pytest.approx(1.0)
    assert silhouette(vectors, np.array([0, 1, 0, 1])) == pytest.approx(0.0)
    assert silhouette(vectors, np.array([0, 0, 0, 0])) == 0.0


def test_classes_part_goods_better_than_foreign_categories_do() -> None:
    problem = camps()
    result = classify(problem, THREE)

    assert result.silhouettes[3] > 0.5
    assert by_category(problem, [place % 3 for place in range(90)]) < 0.1


def test_wrong_input_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="item 'b' has a vector that is not finite"):
        Problem(["a", "b"], [[1.0], [np.nan]], {})
    with pytest.raises(InvalidInput, match="1 titles in 'en' for 2 items"):
        Problem(["a", "b"], [[1.0], [1.0]], {"en": [[]]})
    with pytest.raises(InvalidInput, match="an item comes twice"):
        Problem(["a", "a"], [[1.0], [1.0]], {})
    with pytest.raises(InvalidInput, match="most must lie between 4 and 1000"):
        Params(fewest=4, most=3)
