from __future__ import annotations

import numpy as np

from hansa.engines import routing as vrp

from .scenes import a_grid_problem, a_stop, a_street, a_van, routes_of


def test_the_largest_saving_is_joined_first() -> None:
    # Savings on a street: twice the nearer of two on one side. 30-20: 40, 30-10 and 20-10: 20; room for two.
    plan = vrp.baseline(a_street(a_stop(10), a_stop(20), a_stop(30)))

    assert routes_of(plan) == {frozenset({"20", "30"}), frozenset({"10"})}
    assert plan.cost == 60 + 20


def test_chains_are_joined_at_any_end_where_roads_have_no_direction() -> None:
    plan = vrp.baseline(a_street(a_stop(30), a_stop(10), a_stop(20), van=a_van(3)))

    assert plan.cost == 60
    assert vrp.check(a_street(a_stop(30), a_stop(10), a_stop(20), van=a_van(3)), plan) == []


def test_windows_keep_stops_apart_that_lie_together() -> None:
    street = a_street(a_stop(20, closes=20), a_stop(21, closes=21), a_stop(-20, closes=20))

    plan = vrp.baseline(street)

    assert [route.stops for route in plan.routes if len(route.stops) == 2] == [("20", "21")]
    assert vrp.check(street, plan) == []


def test_with_too_few_vans_stops_are_put_where_they_cost_least() -> None:
    # Joined: 30 with 29, and -30 alone; the dissolved 5 lies on the way.
    street = a_street(a_stop(30), a_stop(29), a_stop(-30), a_stop(-5), a_stop(5), van=a_van(3, count=2))

    plan = vrp.baseline(street)

    assert routes_of(plan) == {frozenset({"30", "29", "5"}), frozenset({"-30", "-5"})}
    assert (plan.cost, plan.unserved) == (120, ())


def test_savings_beat_a_van_for_each_stop() -> None:
    problem = a_grid_problem(np.random.default_rng(1), 50, capacity=12)
    alone = sum(2 * leg for leg in distances_from_home(problem))

    plan = vrp.baseline(problem)

    assert plan.cost < 0.6 * alone
    assert vrp.check(problem, plan) == []


def distances_from_home(problem: vrp.Problem) -> list[float]:
    home = problem.depots[0].at
    assert isinstance(home, vrp.XY)
    return [
        float(np.hypot(stop.at.x - home.x, stop.at.y - home.y))
        for stop in problem.stops
        if isinstance(stop.at, vrp.XY)
    ]
