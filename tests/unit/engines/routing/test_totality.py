"""Whatever the instance, an answer comes back: a clean plan in which each stop is served or has a reason."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.engines import routing as vrp

TIMES = st.sampled_from([0, 1, 5, 20, 60, 100, 10**6, vrp.FOREVER])
FEW = st.integers(0, 3)


@st.composite
def windows(draw: st.DrawFn) -> vrp.Window:
    return vrp.Window(*sorted((draw(TIMES), draw(TIMES))))


@st.composite
def problems(draw: st.DrawFn) -> vrp.Problem:
    loads = ("kg", "boxes")[: draw(st.integers(0, 2))]
    amounts = st.tuples(*(st.sampled_from([0, 1, 2, 5, 10**9]) for _ in loads))
    places = st.builds(vrp.XY, st.integers(-30, 30), st.integers(-30, 30))
    depots = tuple(
        vrp.Depot(vrp.DepotId(f"depot {n}"), draw(places), draw(windows()))
        for n in range(draw(st.integers(1, 2)))
    )
    ids = st.sampled_from([depot.id for depot in depots])
    stops = tuple(
        vrp.Stop(
            vrp.StopId(f"stop {n}"),
            draw(places),
            draw(amounts),
            draw(windows()),
            draw(st.sampled_from([0, 3, 90])),
        )
        for n in range(draw(st.integers(0, 6)))
    )
    vehicles = tuple(
        vrp.Vehicle(
            vrp.VehicleId(f"vehicle {n}"), draw(ids), draw(amounts), draw(ids), draw(FEW), draw(windows()),
            draw(st.sampled_from([0, 7, 10**6])), draw(FEW), draw(FEW),
        )
        for n in range(draw(FEW))
    )  # fmt: skip
    return vrp.Problem(depots, stops, vehicles, draw(travels(depots, stops)), loads)


@st.composite
def travels(
    draw: st.DrawFn, depots: tuple[vrp.Depot, ...], stops: tuple[vrp.Stop, ...]
) -> vrp.Plane | vrp.Matrix:
    """A plane, or a matrix in which some places are cut off in one or both directions."""
    if draw(st.booleans()):
        return vrp.Plane(draw(st.sampled_from(vrp.Rounding)))
    names = tuple(place.id for place in (*depots, *stops))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    distances, durations = rng.integers(0, 50, size=(2, len(names), len(names)))
    for place in draw(st.lists(st.integers(len(depots), len(names)), max_size=2)):
        if place < len(names):
            blocked = (np.s_[place, :], np.s_[:, place])[draw(st.integers(0, 1))]
            distances[blocked] = durations[blocked] = vrp.NO_WAY
    np.fill_diagonal(distances, 0)
    np.fill_diagonal(durations, 0)
    return vrp.Matrix(names, distances, durations)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_every_instance_gets_a_clean_plan_with_reasons(problem: vrp.Problem) -> None:
    result = vrp.solve(problem, vrp.Params(time_limit_s=None, iterations=15), seed=1)

    assert vrp.check(problem, result.plan) == []
    assert vrp.check(problem, result.baseline) == []
    assert result.plan.rank <= result.baseline.rank
    served = [stop for route in result.routes for stop in route.stops]
    assert sorted([*served, *(left.stop for left in result.unserved)]) == sorted(
        stop.id for stop in problem.stops
    )
    assert all(left.reason and left.detail for left in result.unserved)
