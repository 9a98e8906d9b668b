from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hansa.engines import routing as vrp

from .scenes import HOME, a_stop, a_street, a_van

ONE_ITERATION = vrp.Params(iterations=1)
DIAGONAL = dataclasses.replace(a_stop(1), at=vrp.XY(1, 1))  # the square root of 2 from home: 1.41421356


@pytest.mark.parametrize(
    ("rounding", "distance", "text"),
    [(vrp.Rounding.NINT, 2, "2"), (vrp.Rounding.DIMACS, 28, "2.8"), (vrp.Rounding.EXACT, 2828, "2.828")],
)
def test_each_rounding_has_its_own_distance_there_and_back(
    rounding: vrp.Rounding, distance: int, text: str
) -> None:
    problem = dataclasses.replace(a_street(DIAGONAL), travel=vrp.Plane(rounding))

    result = vrp.solve(problem, ONE_ITERATION, seed=1)

    assert result.distance == distance
    assert vrp.cost_text(problem, result.cost) == text
    assert vrp.check(problem, result.plan) == []


def test_exact_times_are_rounded_up_so_that_a_plan_holds_in_real_numbers() -> None:
    shift = vrp.Window(0, 2828)  # 2.828 is less than 2 x 1.41421356
    late = dataclasses.replace(
        a_street(DIAGONAL, van=a_van(shift=shift)), travel=vrp.Plane(vrp.Rounding.EXACT)
    )

    result = vrp.solve(late, ONE_ITERATION, seed=1)

    assert [left.reason for left in result.unserved] == [vrp.Reason.TOO_LATE]


def test_the_globe_is_measured_in_metres_and_seconds() -> None:
    # One degree of a meridian: 6,371,008.8 m x pi / 180 = 111,195.08 m; at 36 km/h 10 m/s.
    depot, stop = vrp.Depot(vrp.DepotId("Kiel"), vrp.LatLon(54, 10)), vrp.StopId("north")
    problem = vrp.Problem(
        depots=(depot,),
        stops=(vrp.Stop(stop, vrp.LatLon(55, 10)),),
        vehicles=(vrp.Vehicle(vrp.VehicleId("van"), depot.id),),
        travel=vrp.GreatCircle(detour=1.0, speed_kmh=36),
    )

    (route,) = vrp.solve(problem, ONE_ITERATION, seed=1).routes

    assert route.distance == 2 * 111_195
    assert route.schedule == vrp.Schedule(start=0, arrivals=(11_120,), end=22_240)


def test_a_matrix_is_read_by_name_and_by_direction() -> None:
    # The van drives home, a, b, home: 1 + 2 + 3; the other way round costs 30.
    names = ("b", "somewhere else", "home", "a")
    far = 10
    distances = np.array([[0, 9, 3, far], [9, 0, 9, 9], [far, 9, 0, 1], [2, 9, far, 0]])
    problem = vrp.Problem(
        depots=(vrp.Depot(HOME),),
        stops=(vrp.Stop(vrp.StopId("a")), vrp.Stop(vrp.StopId("b"))),
        vehicles=(a_van(count=1),),
        travel=vrp.Matrix(names, distances, distances * 60),
    )

    result = vrp.solve(problem, vrp.Params(iterations=20), seed=1)

    assert [route.stops for route in result.routes] == [("a", "b")]
    assert result.cost == 6
    assert result.routes[0].schedule == vrp.Schedule(0, (60, 180), 360)
