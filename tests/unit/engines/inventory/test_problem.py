"""What a stock problem and its terms accept and refuse; totality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.engines.inventory import Params, Problem, expected_costs, order_to_cover, plan
from hansa.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("items", "demand", "on_hand", "on_order", "message"),
    [
        (("a", "a"), np.ones((2, 1, 1)), [1, 1], [[0], [0]], "item 'a' comes twice"),
        (("a",), np.ones((1, 1)), [1], [[0]], "demand has shape (1, 1)"),
        (("a",), np.ones((1, 0, 1)), [1], [[0]], "none empty"),
        (("a",), -np.ones((1, 1, 1)), [1], [[0]], "item 'a': demand of -1 is not from 0"),
        (("a",), np.full((1, 1, 1), np.nan), [1], [[0]], "item 'a': demand of nan"),
        (("a", "b"), np.ones((2, 1, 1)), [1, -5], [[0], [0]], "item 'b': stock on hand of -5"),
        (("a",), np.ones((1, 1, 1)), [1, 2], [[0]], "1 items but stock on hand of shape (2,)"),
        (("a",), np.ones((1, 1, 1)), [1], [[np.inf]], "item 'a': stock on order of inf"),
        (("a",), np.ones((1, 1, 1)), [1], [0], "stock on order has shape (1,)"),
    ],
)
def test_a_problem_that_cannot_be_right_is_refused_by_name(
    items: tuple[str, ...], demand: object, on_hand: object, on_order: object, message: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Problem(items, demand, on_hand, on_order)  # type: ignore[arg-type]

    assert message in refusal.value.message


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"holding_cost": 0}, "item 'a': holding_cost is 0"),
        ({"shortage_cost": -1}, "item 'a': shortage_cost is -1"),
        ({"shortage_cost": [1, float("nan")]}, "item 'b': shortage_cost is nan"),
        ({"lead_time": -1}, "item 'a': lead_time is -1"),
        ({"lead_time": [0, 1.5]}, "item 'b': lead_time is 1.5; it must be whole"),
        ({"lead_time": [0, 1, 2]}, "lead_time has shape (3,)"),
        ({"review": 0}, "item 'a': review is 0"),
        ({"pack_size": 0}, "item 'a': pack_size is 0"),
        ({"service_level": 1.0}, "item 'a': service_level is 1"),
        ({"lead_time_chances": [0.5, 0.6]}, "are not chances that add up to 1"),
        ({"lead_time_chances": [[1.0]]}, "lead_time_chances has shape (1, 1)"),
        ({"lead_time": 3}, "demand is given for 3 periods; latest delivery plus review need 4"),
    ],
)
def test_terms_out_of_range_are_refused_by_name(terms: dict[str, object], message: str) -> None:
    problem = Problem(("a", "b"), np.ones((2, 1, 3)), np.zeros(2), np.zeros((2, 1)))

    with pytest.raises(InvalidInput) as refusal:
        plan(problem, Params(**terms), seed=1)  # type: ignore[arg-type]

    assert message in refusal.value.message


def test_no_items_give_an_empty_answer() -> None:
    result = plan(Problem((), np.ones((0, 1, 1)), np.zeros(0), np.zeros((0, 1))), Params(), seed=1)

    assert result.order.shape == (0,)
    assert result.reasons == ()


amounts = st.floats(0, 1e9) | st.integers(0, 20).map(float)


@settings(max_examples=60, deadline=None)
@given(
    demand=st.lists(st.lists(amounts, min_size=4, max_size=4), min_size=1, max_size=6),
    on_hand=amounts,
    coming=st.lists(amounts, max_size=6),
    lead=st.integers(0, 2),
    review=st.integers(1, 2),
    pack=st.integers(1, 12),
    minimum=st.integers(0, 50),
    by_service=st.booleans(),
)
def test_whatever_the_stock_the_order_is_whole_and_never_worse_than_none(
    demand: list[list[float]],
    on_hand: float,
    coming: list[float],
    lead: int,
    review: int,
    pack: int,
    minimum: int,
    by_service: bool,
) -> None:
    problem = Problem(("a",), np.array([demand]), np.array([on_hand]), np.array([coming]).reshape(1, -1))
    params = Params(
        lead_time=lead,
        review=review,
        pack_size=pack,
        minimum_order=minimum,
        service_level=0.9 if by_service else None,
    )

    result = plan(problem, params, seed=1)

    order = int(result.order[0])
    assert order % pack == 0
    assert order == 0 or order >= minimum
    for figure in (result.target, result.safety_demand, result.safety_lead_time, result.cost_after):
        assert np.isfinite(figure).all()
    assert 0 <= result.stockout_after[0] <= result.stockout_before[0] <= 1
    if by_service:
        assert result.stockout_after[0] <= 0.1 + 1e-9
    naive = order_to_cover(problem, params, mean_per_period=1.0, cover_periods=4)
    assert np.isfinite(expected_costs(problem, params, naive, seed=1)).all()
