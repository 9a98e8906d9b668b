"""Small problems with answers that can be worked out by hand: a depot at 0 on a street, stops along it."""

from __future__ import annotations

import numpy as np

from hansa.engines import routing as vrp

HOME = vrp.DepotId("home")
VAN = vrp.VehicleId("van")


def a_stop(
    x: int, demand: int = 1, *, opens: int = 0, closes: int = vrp.FOREVER, service: int = 0
) -> vrp.Stop:
    """A stop at x on the street, named after its place."""
    return vrp.Stop(vrp.StopId(str(x)), vrp.XY(x, 0), (demand,), vrp.Window(opens, closes), service)


def a_van(capacity: int = 2, *, count: int = 9, shift: vrp.Window = vrp.ALWAYS, **more: int) -> vrp.Vehicle:
    return vrp.Vehicle(VAN, HOME, (capacity,), count=count, shift=shift, **more)


def a_street(*stops: vrp.Stop, van: vrp.Vehicle | None = None, **more: object) -> vrp.Problem:
    vehicles = (van or a_van(),)
    return vrp.Problem((vrp.Depot(HOME, vrp.XY(0, 0)),), stops, vehicles, vrp.Plane(), **more)


def a_grid_problem(
    rng: np.random.Generator, stops: int, *, capacity: int = 5, windows: bool = False
) -> vrp.Problem:
    """Random places on a 100 by 100 grid, demands 1 to 3."""
    points = rng.integers(0, 100, size=(stops + 1, 2)).tolist()
    opens = rng.integers(0, 200, size=stops).tolist() if windows else [0] * stops
    width = 120 if windows else vrp.FOREVER - 200
    return vrp.Problem(
        depots=(vrp.Depot(HOME, vrp.XY(*points[0])),),
        stops=tuple(
            vrp.Stop(
                vrp.StopId(str(n)),
                vrp.XY(*at),
                (int(rng.integers(1, 4)),),
                vrp.Window(begin, begin + width),
                5,
            )
            for n, (at, begin) in enumerate(zip(points[1:], opens, strict=True))
        ),
        vehicles=(vrp.Vehicle(VAN, HOME, (capacity,), count=stops),),
        travel=vrp.Plane(),
    )


def routes_of(result: vrp.Result | vrp.Plan) -> set[frozenset[str]]:
    """Which stops share a vehicle."""
    return {frozenset(route.stops) for route in result.routes}
