"""Orders checked against closed forms and against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from hansa.engines.inventory import Params, Problem, expected_costs, order_to_cover, plan

EVEN = (np.arange(20_000) + 0.5) / 20_000


def a_problem(*paths: list[float], on_hand: float = 0, on_order: list[float] | None = None) -> Problem:
    """One item; each argument is one equally likely future."""
    return Problem(
        ("tea",), np.array([paths], dtype=float), np.array([on_hand]), np.array([on_order or [0.0]])
    )


def test_normal_demand_gives_the_textbook_newsvendor() -> None:
    # Snyder & Shen, example 4.3: h = 0.18, p = 0.70, N(50, 8²) -> S = 56.604, cost 1.9976
    demand = 50 + 8 * ndtri(EVEN)
    params = Params(holding_cost=0.18, shortage_cost=0.70)

    result = plan(a_problem(*[[one] for one in demand]), params, seed=1)

    assert result.target[0] == pytest.approx(56.604, abs=0.01)
    assert result.order[0] == 57
    assert result.safety_demand[0] == pytest.approx(6.604, abs=0.01)
    cost = expected_costs(a_problem(*[[one] for one in demand]), params, 56.604, seed=1)
    assert cost[0] == pytest.approx(1.9976, abs=0.001)


def test_uniform_demand_gives_the_fractile_and_its_cost() -> None:
    # 1 to 10 equally likely, shortage 4, holding 1: ratio 0.8, so 8 units.
    # Left over: 7+6+…+0 = 28 at 1; lost: 1 + 2 = 3 at 4; over ten futures (28 + 12) / 10.
    result = plan(
        a_problem(*[[float(day)] for day in range(1, 11)]), Params(holding_cost=1, shortage_cost=4), seed=1
    )

    assert result.order[0] == 8
    assert result.cost_after[0] == pytest.approx(4.0)
    assert result.cost_before[0] == pytest.approx(22.0)  # 5.5 lost on average at 4
    assert result.stockout_before[0] == 1.0
    assert result.stockout_after[0] == pytest.approx(0.2)


def test_stock_is_carried_to_the_arrival_and_lost_demand_is_not_owed() -> None:
    # 10 on hand, 4 arrive in period 1. Period 0 asks 12 and gets 10: 2 are lost, not owed.
    # Period 1 asks 3 of 4: 1 is left. The order arrives in period 2, which asks 6: 5 are missing.
    result = plan(
        a_problem([12, 3, 6], on_hand=10, on_order=[0, 4]), Params(lead_time=2, service_level=0.9), seed=1
    )

    assert result.order[0] == 5
    assert result.stockout_before[0] == 1.0
    assert result.stockout_after[0] == 0.0


def test_a_delivery_after_the_demand_does_not_serve_it() -> None:
    # Two periods to cover: 5 asked first, 5 arrive only afterwards. The 5 are missing all the same.
    result = plan(a_problem([5, 3], on_order=[0, 5]), Params(review=2, service_level=0.5), seed=1)

    assert result.order[0] == 5


def test_a_longer_review_makes_leftovers_dearer_and_the_ratio_smaller() -> None:
    futures = [[float(day), 0.0, 0.0, 0.0] for day in range(1, 11)]

    weekly, monthly = (
        plan(a_problem(*futures), Params(review=review, holding_cost=1, shortage_cost=4), seed=1)
        for review in (1, 4)
    )

    assert (weekly.target[0], monthly.target[0]) == (8, 5)  # 4/5 and 4/8 of ten futures


@pytest.mark.parametrize(
    ("terms", "order"),
    [
        ({}, 7),
        ({"pack_size": 6}, 12),
        ({"minimum_order": 20}, 20),
        ({"pack_size": 6, "minimum_order": 20}, 24),
        ({"pack_size": 7}, 7),
    ],
)
def test_a_service_level_rounds_up_to_packs_and_the_minimum(terms: dict[str, int], order: int) -> None:
    result = plan(a_problem([7.0]), Params(service_level=0.9, **terms), seed=1)

    assert result.order[0] == order


@pytest.mark.parametrize(
    ("terms", "order", "why"),
    [
        ({"pack_size": 6}, 6, "1 lost costs 1, 5 left over cost 2.5"),
        ({"pack_size": 4}, 8, "1 left over costs 0.5, 3 lost cost 3"),
        ({"minimum_order": 20}, 20, "13 left over cost 6.5, 7 lost cost 7"),
        ({"minimum_order": 30}, 0, "23 left over cost 11.5, 7 lost cost 7"),
    ],
)
def test_costs_decide_between_rounding_up_and_down(terms: dict[str, int], order: int, why: str) -> None:
    result = plan(a_problem([7.0]), Params(holding_cost=0.5, shortage_cost=1, **terms), seed=1)

    assert result.order[0] == order, why


def test_enough_stock_means_no_order_and_says_so() -> None:
    result = plan(a_problem([3.0], [5.0], on_hand=9), Params(), seed=1)

    assert result.order[0] == 0
    assert result.reasons[0] == "no order: the 9 on hand and on order cover 100% of futures"


def test_the_reason_names_position_reserve_rounding_and_chances() -> None:
    result = plan(
        a_problem(*[[float(day)] for day in range(1, 11)], on_hand=2),
        Params(holding_cost=1, shortage_cost=4, pack_size=4),
        seed=1,
    )

    assert result.reasons[0] == (
        "2 on hand and on order against a target of 8.0; reserve 2.5 for uncertain demand; "
        "6.0 rounded to 8 for packs of 4; chance of selling out 80% without, 0% with the order"
    )


def test_uncertain_delivery_adds_its_own_safety() -> None:
    # Steady demand of 10: nothing for demand. Delivery after 0 or 2 periods, equally likely (mean 1).
    steady = [[10.0] * 3] * 2_000
    params = Params(lead_time_chances=[0.5, 0.0, 0.5], service_level=0.9)

    result = plan(a_problem(*steady, on_hand=10), params, seed=1)

    assert result.safety_demand[0] == 0
    # At worst this order is here at once and the next comes after 3 periods: 30 asked, 10 on hand.
    assert result.target[0] == 30
    assert result.safety_lead_time[0] == 10
    assert "10.0 for uncertain delivery" in result.reasons[0]


def test_lead_times_are_drawn_the_same_for_any_split_of_items() -> None:
    random = np.random.default_rng(4)
    demand, stock = random.poisson(5, (6, 200, 5)).astype(float), np.full(6, 8.0)
    names = tuple("abcdef")
    params = Params(lead_time_chances=[0.2, 0.3, 0.5])

    whole = plan(Problem(names, demand, stock, np.zeros((6, 1))), params, seed=9)
    parts = [
        plan(Problem(names[cut], demand[cut], stock[cut], np.zeros((6, 1))[cut]), params, seed=9)
        for cut in (slice(0, 1), slice(1, 6))
    ]

    np.testing.assert_array_equal(whole.cost_after, np.concatenate([part.cost_after for part in parts]))
    np.testing.assert_array_equal(whole.order, np.concatenate([part.order for part in parts]))


def test_terms_can_differ_by_item() -> None:
    problem = Problem(("a", "b"), np.full((2, 1, 4), 3.0), np.zeros(2), np.zeros((2, 1)))

    result = plan(problem, Params(lead_time=[0, 3], pack_size=[1, 2], service_level=[0.5, 0.9]), seed=1)

    assert result.order.tolist() == [3, 4]


def test_the_order_costs_no_more_than_any_other_multiple_of_the_pack() -> None:
    random = np.random.default_rng(5)
    problem = Problem(
        ("a",), random.poisson(4, (1, 400, 4)).astype(float), np.array([5.0]), np.array([[2.0, 0]])
    )
    params = Params(lead_time=2, holding_cost=0.2, shortage_cost=1, pack_size=3)

    order = plan(problem, params, seed=1).order[0]

    costs = {other: expected_costs(problem, params, other, seed=1)[0] for other in range(0, 40, 3)}
    assert costs[int(order)] == min(costs.values())


def test_the_naive_rule_fills_up_to_a_cover_of_mean_demand() -> None:
    problem = Problem(("a", "b"), np.ones((2, 1, 3)), np.array([3.0, 90.0]), np.array([[2.0, 2.0], [0, 0]]))

    orders = order_to_cover(problem, Params(pack_size=5), mean_per_period=[4.0, 4.0], cover_periods=4)

    assert orders.tolist() == [10, 0]  # 16 - 7 = 9 -> two packs; plenty


def test_the_plan_costs_less_than_the_naive_rule() -> None:
    random = np.random.default_rng(6)
    mean = random.gamma(1.0, 5.0, 40)
    futures = random.negative_binomial(2, (2 / (2 + mean))[:, None, None], (40, 300, 3)).astype(float)
    problem = Problem(tuple(map(str, range(40))), futures, np.round(mean), np.zeros((40, 1)))
    params = Params(lead_time=2)

    ours = plan(problem, params, seed=1).cost_after.sum()
    naive = order_to_cover(problem, params, mean_per_period=mean, cover_periods=4)

    assert ours < 0.95 * expected_costs(problem, params, naive, seed=1).sum()
