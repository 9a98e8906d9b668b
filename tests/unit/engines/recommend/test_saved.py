"""Models as arrays and JSON, and back."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from hansa.engines import recommend
from hansa.engines.recommend import Model, Params, Problem, from_arrays, to_arrays
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.recommend.worlds import PERSONAL, checkerboard, every_personal, world


def through_a_file(model: Model) -> Model:
    """Write as a caller would: arrays into an npz that may hold no pickles, the rest as JSON text."""
    arrays, meta = to_arrays(model)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as saved:
        return from_arrays(dict(saved), json.loads(json.dumps(meta)))


@every_personal
def test_a_saved_model_answers_as_before_and_goes_on_learning_alike(params: Params) -> None:
    problem, asked = checkerboard()
    model = recommend.fit(problem, params, seed=1)
    model.observe("kettle", user="tea-lover-0", at=1000.0)
    model.observe("nut-3", user="eve", weight=2.0, at=1001.0)

    copy = through_a_file(model)

    histories = [[*history, "kettle"] for history, _ in asked.values()]
    assert copy.rank(histories, 5) == model.rank(histories, 5)
    assert copy.recommend_for_user("eve", 3) == model.recommend_for_user("eve", 3)
    assert copy.provenance == model.provenance
    assert copy.diagnostics == model.diagnostics
    for one in (model, copy):
        one.observe("kettle", user="nut-lover-1", at=1002.0)
        one.observe("kettle", user="eve", at=1003.0)
    assert copy.rank(histories, 5) == model.rank(histories, 5)


@pytest.mark.parametrize(
    "ids",
    [[3, 2**40, -1], ["a", "茶", "c d"], [UUID(int=1), UUID(int=2), UUID(int=3)]],
    ids=["int", "str", "uuid"],
)
def test_ids_come_back_as_what_they_were(ids: list[Any]) -> None:
    model = recommend.fit(world({"u": ids}), PERSONAL["blend"], seed=1)

    assert through_a_file(model).items == tuple(ids)


def test_a_model_of_nothing_can_be_saved() -> None:
    model = recommend.fit(Problem(users=[], items=[], event_user=[], event_item=[]), seed=1)

    copy = through_a_file(model)
    copy.observe("tea", user="alia")

    assert copy.recommend([], 1).items == ("tea",)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([(1, 2)], r"item \(1, 2\) cannot be saved"),
        (["a", 1], "item 1 cannot be saved: ids of an axis are all"),
        ([2**70], "an id of the item axis does not fit 64 bits"),
        (["a\0"], "ends in a NUL character"),
    ],
)
def test_ids_that_would_not_come_back_are_refused(ids: list[Any], message: str) -> None:
    model = recommend.fit(world({"u": ids}), PERSONAL["blend"], seed=1)

    with pytest.raises(InvalidInput, match=message):
        to_arrays(model)


def test_another_format_or_a_missing_part_is_refused_by_name() -> None:
    arrays, meta = to_arrays(recommend.fit(world({"u": ["a", "b"]}), PERSONAL["blend"], seed=1))

    with pytest.raises(InvalidInput, match="this one 'other/9'"):
        from_arrays(arrays, {**meta, "format": "other/9"})
    with pytest.raises(InvalidInput, match="the saved recommender lacks 'item_gram'"):
        from_arrays({name: array for name, array in arrays.items() if name != "item_gram"}, meta)
