from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from hansa.engines import routing as vrp
from hansa.kernel.errors import InvalidInput

from .scenes import VAN, a_grid_problem, a_stop, a_street, a_van


def brute_force_route(problem: vrp.Problem) -> int | None:
    """The least cost of all orders that the checker lets pass."""
    orders = itertools.permutations([stop.id for stop in problem.stops])
    drafts = (vrp.Draft(((VAN, order),)) for order in orders)
    return min(
        (vrp.cost_of(problem, draft) for draft in drafts if not vrp.check(problem, draft)), default=None
    )


def brute_force_fleet(problem: vrp.Problem) -> int:
    """The least cost of all ways to divide the stops among vans, each driven in its best order."""
    capacity = problem.vehicles[0].capacity[0]
    best = {0: 0}
    cost_of_subset = {}
    for subset in range(1, 1 << len(problem.stops)):
        stops = tuple(stop for bit, stop in enumerate(problem.stops) if subset >> bit & 1)
        fits = sum(stop.demand[0] for stop in stops) <= capacity
        cost_of_subset[subset] = (
            (brute_force_route(dataclasses.replace(problem, stops=stops)) or 0) if fits else math.inf
        )
        parts = [part for part in range(1, subset + 1) if part & subset == part]
        best[subset] = min(cost_of_subset[part] + best[subset ^ part] for part in parts)
    return int(best[subset])


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("case", range(8))
def test_the_exact_route_costs_what_brute_force_finds(case: int, windows: bool) -> None:
    problem = a_grid_problem(np.random.default_rng(case), 6, capacity=99, windows=windows)

    plan = vrp.best_single_route(problem)

    assert (None if plan is None else plan.cost) == brute_force_route(problem)
    assert plan is None or vrp.check(problem, plan) == []


def test_some_of_the_windows_tried_allow_a_route_and_some_do_not() -> None:
    found = [
        vrp.best_single_route(a_grid_problem(np.random.default_rng(case), 6, capacity=99, windows=True))
        for case in range(8)
    ]

    assert {plan is None for plan in found} == {True, False}


@pytest.mark.parametrize("case", range(5))
def test_the_search_finds_the_optimum_of_tiny_problems(case: int) -> None:
    problem = a_grid_problem(np.random.default_rng(case), 6)

    result = vrp.solve(problem, vrp.Params(time_limit_s=None, iterations=200), seed=case)

    assert result.cost == brute_force_fleet(problem)


def test_the_search_agrees_with_the_exact_route_of_twelve_stops() -> None:
    problem = a_grid_problem(np.random.default_rng(3), 12, capacity=99)

    exact = vrp.best_single_route(problem)
    found = vrp.solve(problem, vrp.Params(time_limit_s=None, iterations=500), seed=1)

    assert exact is not None
    assert found.cost == exact.cost


def test_a_load_that_does_not_fit_has_no_route() -> None:
    assert vrp.best_single_route(a_street(a_stop(1), a_stop(2), a_stop(3))) is None


def test_no_stops_need_no_route() -> None:
    assert vrp.best_single_route(a_street()) == vrp.Plan((), (), 0)


def test_what_is_too_much_for_exactness_is_refused() -> None:
    with pytest.raises(InvalidInput, match="13 stops: exact up to 12"):
        vrp.best_single_route(a_street(*(a_stop(x) for x in range(13))))
    with pytest.raises(InvalidInput, match="not paid by duration"):
        vrp.best_single_route(a_street(a_stop(1), van=a_van(per_duration=1)))
