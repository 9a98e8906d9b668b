"""Vehicle routing: which vehicle visits which stops, in which order and when.

A dispatcher's day, with a travel-time matrix from the roads engine (seconds and metres)::

    from hansa.engines import routing as vrp

    north = vrp.DepotId("north")
    problem = vrp.Problem(
        depots=(vrp.Depot(north, window=vrp.Window(6 * 3600, 22 * 3600)),),
        stops=tuple(
            vrp.Stop(
                vrp.StopId(order.id),
                demand=(order.weight_g, order.parcels),
                window=vrp.Window(order.from_s, order.until_s),
                service=180,
            )
            for order in orders
        ),
        vehicles=(
            vrp.Vehicle(
                vrp.VehicleId("van-1"),
                north,
                capacity=(800_000, 90),
                shift=vrp.Window(8 * 3600, 16 * 3600),
                fixed_cost=9_000,
                per_distance=1,
                per_duration=2,
            ),
            vrp.Vehicle(vrp.VehicleId("bike"), north, capacity=(60_000, 12), count=3),
        ),
        loads=("weight_g", "parcels"),
        travel=vrp.Matrix(places=matrix_ids, distances=metres, durations=seconds),
    )
    result = vrp.solve(problem, vrp.Params(time_limit_s=5), seed=1)
    assert vrp.check(problem, result.plan) == []       # before a plan is published
    for route in result.routes:
        print(route.vehicle, route.schedule.start, list(zip(route.stops, route.schedule.arrivals)))
    for left in result.unserved:
        print(left.stop, left.reason, left.detail)     # too_big "weight_g 900000, the largest vehicle …"

Without a road network use ``travel=vrp.GreatCircle()`` and give every depot and stop its
``at=vrp.LatLon(lat, lon)``. All windows, shifts and services are in the unit of the travel
durations. `solve` first serves as many stops as it can, then minimises cost; `baseline` is the plan
of a simple planner; `check` shares no code with either.
"""

from hansa.engines.routing._check import Violation, Wrong, check, cost_of
from hansa.engines.routing._exact import MOST_EXACT_STOPS, best_single_route
from hansa.engines.routing._plan import Draft, Plan, Provenance, Reason, Result, Route, Schedule, Unserved
from hansa.engines.routing._problem import (
    ALWAYS,
    FOREVER,
    Depot,
    DepotId,
    Problem,
    Stop,
    StopId,
    Vehicle,
    VehicleId,
    Window,
)
from hansa.engines.routing._pyvrp import StopRule
from hansa.engines.routing._read import read_instance
from hansa.engines.routing._sol import cost_text, read_sol, write_sol
from hansa.engines.routing._solomon import read_solomon
from hansa.engines.routing._solve import MOST_STOPS, Params, baseline, best_of, solve
from hansa.engines.routing._travel import NO_WAY, XY, GreatCircle, LatLon, Matrix, Plane, Rounding
from hansa.engines.routing._vrplib import read_vrplib

__all__ = [
    "ALWAYS",
    "FOREVER",
    "MOST_EXACT_STOPS",
    "MOST_STOPS",
    "NO_WAY",
    "XY",
    "Depot",
    "DepotId",
    "Draft",
    "GreatCircle",
    "LatLon",
    "Matrix",
    "Params",
    "Plan",
    "Plane",
    "Problem",
    "Provenance",
    "Reason",
    "Result",
    "Rounding",
    "Route",
    "Schedule",
    "Stop",
    "StopId",
    "StopRule",
    "Unserved",
    "Vehicle",
    "VehicleId",
    "Violation",
    "Window",
    "Wrong",
    "baseline",
    "best_of",
    "best_single_route",
    "check",
    "cost_of",
    "cost_text",
    "read_instance",
    "read_sol",
    "read_solomon",
    "read_vrplib",
    "solve",
    "write_sol",
]
