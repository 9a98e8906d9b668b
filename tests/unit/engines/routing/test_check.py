"""One planted fault for each kind of violation; the plan without it is clean."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hansa.engines import routing as vrp
from hansa.engines.routing import Wrong

from .scenes import HOME, VAN, a_stop, a_street, a_van

# Street: 10 and 20 by one van (40 far, back at 50 after two services of 5), -10 by another (20, back at 25).
SHIFT = vrp.Window(0, 60)
STREET = a_street(
    a_stop(10, service=5, closes=30),
    a_stop(20, service=5),
    a_stop(-10, service=5),
    van=a_van(count=2, shift=SHIFT),
)


def a_route(*stops: int, **said: object) -> vrp.Route:
    """A true route of the street, but for what is said otherwise."""
    now, here, arrivals = 0, 0, []
    for x in stops:
        now += abs(x - here)
        arrivals.append(now)
        now, here = now + 5, x
    length = sum(abs(a - b) for a, b in zip((0, *stops), (*stops, 0), strict=True))
    names = tuple(vrp.StopId(str(x)) for x in stops)
    schedule = vrp.Schedule(0, tuple(arrivals), now + abs(here))
    route = vrp.Route(VAN, HOME, HOME, names, (len(stops),), length, length, schedule)
    return dataclasses.replace(route, **said)


def a_plan(*routes: vrp.Route, unserved: tuple[str, ...] = (), cost: int | None = None) -> vrp.Plan:
    left = tuple(vrp.Unserved(vrp.StopId(stop), vrp.Reason.TOO_BIG, "") for stop in unserved)
    return vrp.Plan(routes, left, sum(route.cost for route in routes) if cost is None else cost)


def kinds(problem: vrp.Problem, plan: vrp.Plan | vrp.Draft) -> list[Wrong]:
    return [violation.kind for violation in vrp.check(problem, plan)]


def test_a_true_plan_is_clean() -> None:
    assert vrp.check(STREET, a_plan(a_route(10, 20), a_route(-10))) == []


def test_a_stop_left_out_in_silence_is_found() -> None:
    (violation,) = vrp.check(STREET, a_plan(a_route(10, 20)))

    assert violation == vrp.Violation(Wrong.NOT_VISITED, None, "stop '-10' is not visited")


def test_a_stop_said_to_be_unserved_is_not_missing() -> None:
    assert kinds(STREET, a_plan(a_route(10, 20), unserved=("-10",))) == []


def test_a_stop_served_and_said_to_be_unserved_is_found() -> None:
    assert kinds(STREET, a_plan(a_route(10, 20), a_route(-10), unserved=("20",))) == [Wrong.SAID_UNSERVED]


def test_a_stop_in_two_routes_is_found() -> None:
    assert kinds(STREET, a_plan(a_route(10, 20), a_route(20), unserved=("-10",))) == [Wrong.VISITED_TWICE]


def test_a_stop_twice_in_one_route_is_found() -> None:
    street = dataclasses.replace(STREET, vehicles=(a_van(3, count=2, shift=SHIFT),))

    assert kinds(street, a_plan(a_route(10, 20, 20), a_route(-10))) == [Wrong.VISITED_TWICE]


def test_a_stop_from_nowhere_is_found() -> None:
    plan = vrp.Draft(
        ((VAN, (vrp.StopId("10"), vrp.StopId("20"), vrp.StopId("home"))), (VAN, (vrp.StopId("-10"),)))
    )

    assert kinds(STREET, plan) == [Wrong.UNKNOWN_STOP]


def test_an_unserved_stop_from_nowhere_is_found() -> None:
    assert kinds(STREET, a_plan(a_route(10, 20), a_route(-10), unserved=("99",))) == [Wrong.UNKNOWN_STOP]


def test_an_empty_route_is_found() -> None:
    street = dataclasses.replace(STREET, vehicles=(a_van(count=3, shift=SHIFT),))

    assert kinds(street, a_plan(a_route(10, 20), a_route(-10), a_route())) == [Wrong.EMPTY_ROUTE]


def test_a_vehicle_from_nowhere_is_found() -> None:
    plan = a_plan(a_route(10, 20), a_route(-10, vehicle=vrp.VehicleId("tank")), cost=40)

    assert kinds(STREET, plan) == [Wrong.UNKNOWN_VEHICLE]


def test_more_routes_than_vehicles_are_found() -> None:
    (violation,) = vrp.check(STREET, a_plan(a_route(10), a_route(20), a_route(-10)))

    assert violation == vrp.Violation(Wrong.TOO_MANY_VEHICLES, None, "3 routes of vehicle 'van', there are 2")


@pytest.mark.parametrize("end", ["starts_at", "ends_at"])
def test_a_route_that_starts_or_ends_elsewhere_is_found(end: str) -> None:
    plan = a_plan(a_route(10, 20, **{end: vrp.DepotId("elsewhere")}), a_route(-10))

    assert kinds(STREET, plan) == [Wrong.WRONG_DEPOT]


def test_an_overloaded_vehicle_is_found() -> None:
    street = a_street(a_stop(10), a_stop(20, demand=2), van=a_van())

    (violation,) = vrp.check(street, vrp.Draft(((VAN, (vrp.StopId("10"), vrp.StopId("20"))),), cost=40))

    assert violation == vrp.Violation(Wrong.OVERLOADED, 1, "load 3, vehicle 'van' carries 2")


def test_a_second_load_over_its_capacity_is_found() -> None:
    stops = (dataclasses.replace(a_stop(10), demand=(1, 7)),)
    van = dataclasses.replace(a_van(), capacity=(9, 6))
    street = a_street(*stops, van=van, loads=("kg", "boxes"))

    (violation,) = vrp.check(street, vrp.Draft(((VAN, (vrp.StopId("10"),)),)))

    assert violation.message == "boxes 7, vehicle 'van' carries 6"


def test_an_arrival_after_the_window_is_found() -> None:
    (violation,) = vrp.check(
        STREET, a_plan(a_route(20, 10), a_route(-10))
    )  # 20, five minutes, 10 more: at 35

    assert violation == vrp.Violation(Wrong.TOO_LATE, 1, "reaches stop '10' at 35, its window closes at 30")


def test_waiting_for_a_window_delays_the_next_stop() -> None:
    street = a_street(a_stop(10, opens=40), a_stop(20, closes=49))
    draft = vrp.Draft(((VAN, (vrp.StopId("10"), vrp.StopId("20"))),))

    (violation,) = vrp.check(street, draft)

    assert violation.message == "reaches stop '20' at 50, its window closes at 49"


def test_a_start_before_the_shift_is_found() -> None:
    street = dataclasses.replace(STREET, vehicles=(a_van(count=2, shift=vrp.Window(1, 60)),))

    assert kinds(street, a_plan(a_route(10, 20), a_route(-10))) == [Wrong.OUTSIDE_SHIFT] * 2


def test_a_return_after_the_shift_is_found() -> None:
    street = dataclasses.replace(STREET, vehicles=(a_van(count=2, shift=vrp.Window(0, 49)),))

    (violation,) = vrp.check(street, a_plan(a_route(10, 20), a_route(-10)))

    assert violation == vrp.Violation(Wrong.OUTSIDE_SHIFT, 1, "is back at 50, allowed until 49")


def test_a_return_after_the_depot_has_closed_is_found() -> None:
    street = dataclasses.replace(STREET, depots=(vrp.Depot(HOME, vrp.XY(0, 0), vrp.Window(0, 49)),))

    (violation,) = vrp.check(street, a_plan(a_route(10, 20), a_route(-10)))

    assert violation == vrp.Violation(Wrong.OUTSIDE_SHIFT, 1, "is back at 50, allowed until 49")


def test_an_arrival_sooner_than_the_road_allows_is_found() -> None:
    hurried = dataclasses.replace(a_route(-10).schedule, arrivals=(9,))

    (violation,) = vrp.check(STREET, a_plan(a_route(10, 20), a_route(-10, schedule=hurried)))

    assert violation.kind is Wrong.WRONG_SCHEDULE
    assert violation.message == "says to reach stop '-10' at 9, before 10 it cannot"


def test_a_return_sooner_than_the_road_allows_is_found() -> None:
    hurried = dataclasses.replace(a_route(-10).schedule, end=24)

    assert kinds(STREET, a_plan(a_route(10, 20), a_route(-10, schedule=hurried))) == [Wrong.WRONG_SCHEDULE]


def test_a_schedule_that_skips_a_stop_is_found() -> None:
    short = dataclasses.replace(a_route(10, 20).schedule, arrivals=(10,))

    assert kinds(STREET, a_plan(a_route(10, 20, schedule=short), a_route(-10))) == [Wrong.WRONG_SCHEDULE]


def test_dawdling_is_allowed() -> None:
    slow = dataclasses.replace(a_route(-10).schedule, arrivals=(12,), end=30)

    assert kinds(STREET, a_plan(a_route(10, 20), a_route(-10, schedule=slow))) == []


def test_a_leg_without_a_way_is_found() -> None:
    ways = np.array([[0, -1], [10, 0]])
    street = dataclasses.replace(a_street(a_stop(10)), travel=vrp.Matrix(("home", "10"), ways))

    (violation,) = vrp.check(street, vrp.Draft(((VAN, (vrp.StopId("10"),)),)))

    assert violation == vrp.Violation(Wrong.NO_WAY, 1, "no way leads from 'home' to '10'")


@pytest.mark.parametrize(
    ("said", "kind"),
    [({"load": (1,)}, Wrong.WRONG_LOAD), ({"distance": 39}, Wrong.WRONG_DISTANCE)],
)
def test_a_wrong_figure_of_a_route_is_found(said: dict[str, object], kind: Wrong) -> None:
    assert kinds(STREET, a_plan(a_route(10, 20, **said), a_route(-10))) == [kind]


def test_a_wrong_cost_of_a_route_and_so_of_the_plan_is_found() -> None:
    assert kinds(STREET, a_plan(a_route(10, 20, cost=39), a_route(-10))) == [Wrong.WRONG_COST] * 2


def test_a_wrong_sum_of_costs_is_found() -> None:
    (violation,) = vrp.check(STREET, a_plan(a_route(10, 20), a_route(-10), cost=59))

    assert violation == vrp.Violation(Wrong.WRONG_COST, None, "says it costs 59, the routes cost 60")


def test_a_rounded_cost_of_a_file_may_be_off_by_its_slack_only() -> None:
    routes = ((VAN, (vrp.StopId("10"), vrp.StopId("20"))), (VAN, (vrp.StopId("-10"),)))

    assert kinds(STREET, vrp.Draft(routes, cost=62, cost_slack=2)) == []
    assert kinds(STREET, vrp.Draft(routes, cost=63, cost_slack=2)) == [Wrong.WRONG_COST]


def test_the_cost_counts_the_vehicle_its_way_and_its_shortest_working_time() -> None:
    # Leave at 90 for the window at 100, five minutes there, back at 115: 7 + 2 x 20 + 3 x 25.
    van = a_van(fixed_cost=7, per_distance=2, per_duration=3)
    street = a_street(a_stop(10, opens=100, service=5), van=van)
    draft = vrp.Draft(((VAN, (vrp.StopId("10"),)),), cost=122)

    assert vrp.check(street, draft) == []
    assert vrp.cost_of(street, draft) == 122


def test_working_time_cannot_be_cut_where_an_early_stop_forces_an_early_start() -> None:
    # 10 closes at 10, 20 opens at 100: away at 0, back at 120 in any case.
    street = a_street(a_stop(10, closes=10), a_stop(20, opens=100), van=a_van(per_distance=0, per_duration=1))

    assert vrp.cost_of(street, vrp.Draft(((VAN, (vrp.StopId("10"), vrp.StopId("20"))),))) == 120
