from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hansa.engines import routing as vrp
from hansa.kernel.errors import InvalidInput

from .scenes import HOME, VAN, a_grid_problem, a_stop, a_street, a_van, routes_of

BRIEF = vrp.Params(time_limit_s=None, iterations=50)


def reasons(result: vrp.Result) -> dict[str, vrp.Reason]:
    return {left.stop: left.reason for left in result.unserved}


def test_stops_on_the_same_side_share_a_van() -> None:
    street = a_street(a_stop(10), a_stop(-20), a_stop(20), a_stop(-10))

    result = vrp.solve(street, BRIEF, seed=1)

    assert routes_of(result) == {frozenset({"10", "20"}), frozenset({"-10", "-20"})}
    assert (result.cost, result.distance, result.unserved) == (80, 80, ())
    assert vrp.check(street, result.plan) == []


def test_a_route_tells_vehicle_load_and_times() -> None:
    # Away at 85 for the window at 95, so that nobody waits: 95 to 100, on to 20 at 110, home at 135.
    street = a_street(a_stop(10, 3, opens=95, closes=99, service=5), a_stop(20, 4, service=5), van=a_van(9))

    (route,) = vrp.solve(street, BRIEF, seed=1).routes

    assert route == vrp.Route(
        VAN, HOME, HOME, (vrp.StopId("10"), vrp.StopId("20")), (7,), 40, 40, vrp.Schedule(85, (95, 110), 135)
    )


def test_windows_decide_the_order() -> None:
    street = a_street(a_stop(10, opens=60), a_stop(20, closes=25), van=a_van(count=1))

    (route,) = vrp.solve(street, BRIEF, seed=1).routes

    assert route.stops == ("20", "10")


def test_a_stop_too_big_for_any_vehicle_is_left_with_the_numbers() -> None:
    result = vrp.solve(a_street(a_stop(10, demand=3), a_stop(20)), BRIEF, seed=1)

    assert result.unserved == (
        vrp.Unserved(vrp.StopId("10"), vrp.Reason.TOO_BIG, "load 3, the largest vehicle carries 2"),
    )
    assert routes_of(result) == {frozenset({"20"})}


def test_loads_that_fit_one_by_one_but_in_no_vehicle_together_are_too_big() -> None:
    stop = dataclasses.replace(a_stop(10), demand=(5, 5))
    flat, tall = (
        vrp.Vehicle(vrp.VehicleId(name), HOME, room) for name, room in (("f", (9, 1)), ("t", (1, 9)))
    )
    problem = dataclasses.replace(
        a_street(van=dataclasses.replace(a_van(), capacity=(0, 0)), loads=("kg", "l")),
        stops=(stop,),
        vehicles=(flat, tall),
    )

    (left,) = vrp.solve(problem, BRIEF, seed=1).unserved

    assert (left.reason, left.detail) == (
        vrp.Reason.TOO_BIG,
        "no single vehicle carries all of its loads together",
    )


def test_a_window_that_closes_before_anyone_can_be_there_is_told() -> None:
    result = vrp.solve(a_street(a_stop(10, closes=9), a_stop(20)), BRIEF, seed=1)

    assert result.unserved == (
        vrp.Unserved(
            vrp.StopId("10"), vrp.Reason.TOO_LATE, "the earliest arrival is 10, the window closes at 9"
        ),
    )


def test_a_stop_from_which_nobody_is_back_in_time_is_told() -> None:
    street = a_street(a_stop(10, service=6), a_stop(5), van=a_van(shift=vrp.Window(0, 25)))

    result = vrp.solve(street, BRIEF, seed=1)

    assert result.unserved == (
        vrp.Unserved(vrp.StopId("10"), vrp.Reason.TOO_LATE, "the vehicle would be back at 26, after 25"),
    )


@pytest.mark.parametrize("vehicles", [(), (a_van(count=0),), (a_van(shift=vrp.Window(7, 8)),)])
def test_without_any_vehicle_on_duty_all_stops_are_left(vehicles: tuple[vrp.Vehicle, ...]) -> None:
    closed = vrp.Depot(HOME, vrp.XY(0, 0), vrp.Window(0, 6))
    street = dataclasses.replace(a_street(a_stop(1), a_stop(2)), vehicles=vehicles, depots=(closed,))

    result = vrp.solve(street, BRIEF, seed=1)

    assert reasons(result) == {"1": vrp.Reason.NO_VEHICLE, "2": vrp.Reason.NO_VEHICLE}
    assert (result.routes, result.cost) == ((), 0)
    assert vrp.check(street, result.plan) == []


def test_no_stops_need_no_routes() -> None:
    result = vrp.solve(a_street(), BRIEF, seed=1)

    assert (result.routes, result.unserved, result.cost) == ((), (), 0)


def test_a_short_fleet_serves_as_many_stops_as_it_can() -> None:
    # One van for two: the far pair is cheaper to leave, but any two of them must be served.
    street = a_street(a_stop(10), a_stop(900), a_stop(-900), van=a_van(count=1))

    result = vrp.solve(street, BRIEF, seed=1)

    assert len(result.unserved) == 1
    assert set(reasons(result).values()) == {vrp.Reason.FLEET_EXHAUSTED}
    assert result.unserved[0].detail == "every vehicle is full or out of time; 1 such stops are left over"
    assert result.cost == 1800
    assert vrp.check(street, result.plan) == []


def test_a_dear_vehicle_is_used_rather_than_a_stop_left() -> None:
    street = a_street(a_stop(10, 2), a_stop(20, 2), van=a_van(count=2, fixed_cost=10**6))

    result = vrp.solve(street, BRIEF, seed=1)

    assert (result.unserved, result.cost) == ((), 2 * 10**6 + 60)


def test_a_full_fleet_is_packed_without_leaving_a_stop() -> None:
    # 3 + 3 and 2 + 2 + 2 fill two vans of 6; savings alone joins neighbours 3 and 2 and strands one.
    street = a_street(
        a_stop(10, 3), a_stop(11, 2), a_stop(20, 3), a_stop(21, 2), a_stop(30, 2), van=a_van(6, count=2)
    )

    result = vrp.solve(street, vrp.Params(time_limit_s=None, iterations=300), seed=1)

    assert len(result.baseline.unserved) == 1
    assert result.unserved == ()
    assert routes_of(result) == {frozenset({"10", "20"}), frozenset({"11", "21", "30"})}


def test_a_place_cut_off_from_the_roads_is_told() -> None:
    ways = np.array([[0, 10, -1], [10, 0, -1], [-1, -1, 0]])
    street = dataclasses.replace(
        a_street(a_stop(10), a_stop(20)), travel=vrp.Matrix(("home", "10", "20"), ways)
    )

    result = vrp.solve(street, BRIEF, seed=1)

    assert reasons(result) == {"20": vrp.Reason.NO_WAY}
    assert routes_of(result) == {frozenset({"10"})}


def test_islands_are_served_each_from_its_own_depot() -> None:
    north, south = vrp.DepotId("north"), vrp.DepotId("south")
    ways = np.full((6, 6), -1)
    ways[:3, :3] = ways[3:, 3:] = 10
    np.fill_diagonal(ways, 0)
    problem = vrp.Problem(
        depots=(vrp.Depot(north), vrp.Depot(south)),
        stops=tuple(vrp.Stop(vrp.StopId(name), demand=(1,)) for name in ("n1", "n2", "s1", "s2")),
        vehicles=(vrp.Vehicle(vrp.VehicleId("n"), north, (9,)), vrp.Vehicle(vrp.VehicleId("s"), south, (9,))),
        travel=vrp.Matrix(("north", "n1", "n2", "south", "s1", "s2"), ways),
    )

    result = vrp.solve(problem, BRIEF, seed=1)

    assert {route.vehicle: set(route.stops) for route in result.routes} == {
        "n": {"n1", "n2"},
        "s": {"s1", "s2"},
    }
    assert result.cost == 60
    assert vrp.check(problem, result.plan) == []


def test_a_stop_only_quick_by_a_detour_is_not_given_up() -> None:
    # Straight to "b" takes 50, by "a" 20; it closes at 30.
    times = np.array([[0, 10, 50], [10, 0, 10], [10, 10, 0]])
    problem = vrp.Problem(
        depots=(vrp.Depot(HOME),),
        stops=(vrp.Stop(vrp.StopId("a")), vrp.Stop(vrp.StopId("b"), window=vrp.Window(0, 30))),
        vehicles=(a_van(),),
        travel=vrp.Matrix(("home", "a", "b"), times),
    )

    result = vrp.solve(problem, BRIEF, seed=1)

    assert [route.stops for route in result.routes] == [("a", "b")]


def test_a_route_may_end_at_another_depot() -> None:
    end = vrp.DepotId("end")
    van = dataclasses.replace(a_van(9, count=1), end=end)
    street = a_street(a_stop(10), a_stop(20), van=a_van())
    street = dataclasses.replace(
        street, depots=(*street.depots, vrp.Depot(end, vrp.XY(30, 0))), vehicles=(van,)
    )

    result = vrp.solve(street, BRIEF, seed=1)

    assert (result.routes[0].stops, result.routes[0].ends_at, result.cost) == (("10", "20"), "end", 30)
    assert vrp.check(street, result.plan) == []


def test_paid_hours_keep_a_van_from_waiting() -> None:
    # By way alone one van would do (40); waiting from 15 to 100 at 3 an hour costs more than a second way.
    stops = (a_stop(10, closes=15), a_stop(20, opens=100))
    street = a_street(*stops, van=a_van(per_distance=1, per_duration=3))

    result = vrp.solve(street, BRIEF, seed=1)

    assert routes_of(result) == {frozenset({"10"}), frozenset({"20"})}
    assert result.cost == 4 * 20 + 4 * 40
    assert vrp.check(street, result.plan) == []


def test_equal_vehicles_keep_their_own_names() -> None:
    street = a_street(a_stop(10, 2), a_stop(20, 2), a_stop(30, 2))
    vans = tuple(dataclasses.replace(a_van(count=1), id=vrp.VehicleId(name)) for name in "xyz")
    street = dataclasses.replace(street, vehicles=vans)

    result = vrp.solve(street, BRIEF, seed=1)

    assert sorted(route.vehicle for route in result.routes) == ["x", "y", "z"]
    assert vrp.check(street, result.plan) == []


def test_small_and_large_vehicles_are_given_what_fits_them() -> None:
    small = vrp.Vehicle(vrp.VehicleId("bike"), HOME, (1,), count=1, fixed_cost=1)
    large = vrp.Vehicle(vrp.VehicleId("lorry"), HOME, (9,), count=1, fixed_cost=50)
    street = dataclasses.replace(a_street(a_stop(10), a_stop(-20, 8), a_stop(-30)), vehicles=(large, small))

    result = vrp.solve(street, BRIEF, seed=1)

    assert {route.vehicle: set(route.stops) for route in result.routes} == {
        "bike": {"10"}, "lorry": {"-20", "-30"}
    }  # fmt: skip
    assert result.cost == 1 + 20 + 50 + 60


@pytest.mark.parametrize("windows", [False, True])
def test_the_search_is_never_worse_than_savings_and_its_plans_hold(windows: bool) -> None:
    for case in range(6):
        problem = a_grid_problem(np.random.default_rng(case), 25, windows=windows)

        result = vrp.solve(problem, BRIEF, seed=case)

        assert result.plan.rank <= result.baseline.rank
        assert vrp.check(problem, result.plan) == vrp.check(problem, result.baseline) == []
        assert result.baseline == vrp.baseline(problem)


def test_the_same_seed_and_iterations_give_the_same_plan() -> None:
    problem = a_grid_problem(np.random.default_rng(7), 30)

    once, again = (vrp.solve(problem, BRIEF, seed=3) for _ in range(2))

    assert once.plan == again.plan
    assert once.provenance.problem_sha256 == again.provenance.problem_sha256
    assert once.provenance.iterations == 50


def test_the_best_of_several_seeds_is_kept() -> None:
    problem = a_grid_problem(np.random.default_rng(8), 60, capacity=20)
    hasty = vrp.Params(time_limit_s=None, iterations=10)
    costs = {seed: vrp.solve(problem, hasty, seed=seed).cost for seed in range(5)}

    best = vrp.best_of(problem, hasty, seeds=range(5))

    assert len(set(costs.values())) > 1
    assert best.cost == min(costs.values())
    assert costs[best.provenance.seed] == best.cost


def test_the_caller_can_stop_the_search() -> None:
    asked: list[int] = []

    def enough(best_cost: int) -> bool:
        asked.append(best_cost)
        return len(asked) > 3

    result = vrp.solve(a_grid_problem(np.random.default_rng(9), 20), BRIEF, seed=1, stop=enough)

    assert result.provenance.iterations == 3


def test_the_time_limit_holds() -> None:
    problem = a_grid_problem(np.random.default_rng(10), 60)

    result = vrp.solve(problem, vrp.Params(time_limit_s=0.3, cpu_time=True), seed=1)

    assert 0.3 <= result.provenance.cpu_s < 0.6
    assert result.provenance.iterations > 0


def test_the_fingerprint_changes_with_the_matrix() -> None:
    ways = np.array([[0, 1], [1, 0]])
    street = a_street(a_stop(10))
    prints = {
        vrp.solve(dataclasses.replace(street, travel=vrp.Matrix(("home", "10"), ways * k)), BRIEF, seed=1)
        .provenance.problem_sha256
        for k in (1, 2)
    }  # fmt: skip

    assert len(prints) == 2


def test_too_many_stops_are_refused_with_a_way_out() -> None:
    street = a_street(*(a_stop(x) for x in range(vrp.MOST_STOPS + 1)))

    with pytest.raises(InvalidInput, match="3001 stops, at most 3000 in one problem: divide them by area"):
        vrp.solve(street, BRIEF, seed=1)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_outside_32_bits_is_refused(seed: int) -> None:
    with pytest.raises(InvalidInput, match="Seed"):
        vrp.solve(a_street(), BRIEF, seed=seed)


def test_the_best_of_no_seeds_is_refused() -> None:
    with pytest.raises(InvalidInput, match="No seeds"):
        vrp.best_of(a_street(), BRIEF, seeds=[])


@pytest.mark.parametrize("case", range(3))
def test_a_dispatchers_day_in_town_holds_before_the_checker(case: int) -> None:
    # Forty orders around Lübeck, two loads, promised hours; a van by day, a late van, two bikes; wages by the second.
    rng = np.random.default_rng(case)
    hour = 3600
    problem = vrp.Problem(
        depots=(vrp.Depot(HOME, vrp.LatLon(53.8655, 10.6866), vrp.Window(6 * hour, 22 * hour)),),
        stops=tuple(
            vrp.Stop(
                vrp.StopId(f"order {n}"),
                vrp.LatLon(53.8655 + rng.normal(0, 0.03), 10.6866 + rng.normal(0, 0.05)),
                demand=(int(rng.integers(500, 30_000)), int(rng.integers(1, 6))),
                window=vrp.Window(start * hour, (start + 3) * hour),
                service=180,
            )
            for n, start in enumerate(rng.integers(8, 18, size=40).tolist())
        ),
        vehicles=(
            vrp.Vehicle(VAN, HOME, (400_000, 60), shift=vrp.Window(8 * hour, 16 * hour), fixed_cost=9_000, per_duration=2),
            vrp.Vehicle(vrp.VehicleId("late van"), HOME, (400_000, 60), shift=vrp.Window(13 * hour, 21 * hour)),
            vrp.Vehicle(vrp.VehicleId("bike"), HOME, (40_000, 9), count=2, shift=vrp.Window(9 * hour, 15 * hour)),
        ),
        travel=vrp.GreatCircle(),
        loads=("weight_g", "parcels"),
    )  # fmt: skip

    result = vrp.solve(problem, vrp.Params(time_limit_s=None, iterations=150), seed=case)

    assert vrp.check(problem, result.plan) == vrp.check(problem, result.baseline) == []
    assert result.plan.rank < result.baseline.rank
    assert len(result.unserved) < 10
