"""Between tables and the routing, roads and warehouse engines: parcels become stops, tours become rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from hansa.engines import roads, routing, warehouse
from hansa.kernel.errors import BrokenInvariant

SERVICE_SECONDS = 240
FIXED_METRES = 4_000  # sending another vehicle out is worth driving so much farther
# Shelves are numbered from 1; aisle 0, slot 0 is by the depot, for goods that nobody has put away yet.
AISLES = 17
SLOTS_PER_AISLE = 61
LONGEST_DAY = 24 * 3600 - 1


@dataclass(frozen=True)
class Parcel:
    """One door to visit."""

    shipment_id: int
    latitude: float
    longitude: float
    weight_g: int
    promised_from: datetime
    promised_until: datetime


@dataclass(frozen=True)
class Van:
    """One vehicle that may drive that day."""

    vehicle_id: int
    capacity_g: int
    shift_start: time
    shift_end: time
    cost_per_km: int


@dataclass(frozen=True)
class Tour:
    """One vehicle's day: parcels in order with their arrivals, and the line it drives."""

    vehicle_id: int
    shipment_ids: list[int]
    arrivals: list[datetime]
    starts_at: datetime
    duration_s: int
    distance_m: int
    load_g: int
    geometry: list[list[float]]


@dataclass(frozen=True)
class Tours:
    """A day's tours, their cost beside that of the savings heuristic alone (minor units), and parcels left out."""

    tours: list[Tour]
    distance_m: int
    cost: int
    baseline_cost: int
    unserved: list[dict[str, str]]
    provenance: dict[str, object]


@dataclass(frozen=True)
class Picked:
    """The walk through the warehouse: picks in order, the path walked, and what simpler rules would walk."""

    picks: list[tuple[str, int, int, int]]  # sku, aisle, slot, units
    path: list[tuple[float, float]]
    walking_m: float
    baseline_m: float
    width_m: float
    length_m: float


def plan_tours(
    *,
    day: date,
    centre: tuple[float, float],
    parcels: Sequence[Parcel],
    vans: Sequence[Van],
    network: roads.RoadNetwork | None,
    seed: int,
    time_limit_s: float,
) -> Tours:
    """Plan who visits which door when; the plan has passed the independent checker.

    With a road network times and lines follow the streets, else the great circle with a detour factor.
    """
    problem, matrix = _problem(day, centre, parcels, vans, network)
    result = routing.solve(problem, routing.Params(time_limit_s=time_limit_s, cpu_time=True), seed=seed)
    violations = routing.check(problem, result.plan)
    if violations:
        raise BrokenInvariant(f"the planner broke its own rules: {violations[0].message}")
    places = {routing.StopId(str(parcel.shipment_id)): parcel for parcel in parcels}
    return Tours(
        tours=[_tour(day, centre, route, places, network) for route in result.routes],
        distance_m=result.plan.distance,
        cost=_minor(result.plan.cost),
        baseline_cost=_minor(_rule_of_thumb(problem, result.plan, matrix)),
        unserved=[
            {"shipment": str(left.stop), "reason": left.reason.value, "detail": left.detail}
            for left in result.unserved
        ],
        provenance={"seed": seed, "time_limit_s": time_limit_s, "travel": matrix.provenance.method},
    )


def pick(items: Sequence[tuple[str, int, int, int]]) -> Picked:
    """Walk the shortest tour past the places (sku, aisle, slot, units) of a wave."""
    layout = warehouse.Layout(aisles=AISLES, slots_per_aisle=SLOTS_PER_AISLE)
    picks = tuple(
        warehouse.Pick(sku=sku, aisle=aisle, slot=slot, units=units) for sku, aisle, slot, units in items
    )
    tour = warehouse.solve(warehouse.Problem(layout, picks))
    return Picked(
        picks=[(each.sku, each.aisle, each.slot, each.units) for each in tour.picks],
        path=[(float(x), float(y)) for x, y in tour.path],
        walking_m=tour.walking_m,
        baseline_m=min(tour.baseline_m.values()) if tour.baseline_m else tour.walking_m,
        width_m=layout.width_m,
        length_m=layout.aisle_length_m,
    )


def _problem(
    day: date,
    centre: tuple[float, float],
    parcels: Sequence[Parcel],
    vans: Sequence[Van],
    network: roads.RoadNetwork | None,
) -> tuple[routing.Problem, roads.MatrixResult]:
    depot = routing.DepotId("centre")
    points = [roads.Point("centre", *centre)]
    points += [roads.Point(str(parcel.shipment_id), parcel.latitude, parcel.longitude) for parcel in parcels]
    matrix = roads.great_circle_matrix(points) if network is None else roads.travel_matrix(network, points)
    metres = matrix.seconds if matrix.metres is None else matrix.metres
    problem = routing.Problem(
        depots=(routing.Depot(depot),),
        stops=tuple(
            routing.Stop(
                routing.StopId(str(parcel.shipment_id)),
                demand=(parcel.weight_g,),
                window=_window(day, parcel),
                service=SERVICE_SECONDS,
            )
            for parcel in parcels
        ),
        vehicles=tuple(
            routing.Vehicle(
                routing.VehicleId(str(van.vehicle_id)),
                depot,
                capacity=(van.capacity_g,),
                shift=routing.Window(_seconds(van.shift_start), _seconds(van.shift_end)),
                fixed_cost=FIXED_METRES * van.cost_per_km,
                per_distance=van.cost_per_km,
            )
            for van in vans
        ),
        travel=routing.Matrix(
            places=tuple(matrix.point_ids), distances=_whole(metres), durations=_whole(matrix.seconds)
        ),
        loads=("weight_g",),
    )
    return problem, matrix


def _rule_of_thumb(problem: routing.Problem, plan: routing.Plan, matrix: roads.MatrixResult) -> int:
    """What the savings heuristic alone would cost to the same doors, as the engine counts.

    A door that it leaves out counts as a trip of its own by the cheapest vehicle, since somebody would have to go there.
    """
    served = {stop for route in plan.routes for stop in route.stops}
    same = replace(problem, stops=tuple(stop for stop in problem.stops if stop.id in served))
    simple = routing.baseline(same)
    metres = _whole(matrix.seconds if matrix.metres is None else matrix.metres)
    place = {name: index for index, name in enumerate(matrix.point_ids)}
    trips = sum(
        int(metres[0, place[str(left.stop)]] + metres[place[str(left.stop)], 0]) for left in simple.unserved
    )
    return simple.cost + trips * min(vehicle.per_distance for vehicle in problem.vehicles)


def _minor(cost: int) -> int:
    """Metres times minor units a kilometre, in minor units."""
    return round(cost / 1000)


def _window(day: date, parcel: Parcel) -> routing.Window:
    """The promised hours on the promised day; a parcel that is already late may come at any hour."""
    if parcel.promised_from.astimezone(UTC).date() != day:
        return routing.Window(0, LONGEST_DAY)
    return routing.Window(
        _seconds(parcel.promised_from.astimezone(UTC).time()),
        _seconds(parcel.promised_until.astimezone(UTC).time()),
    )


def _tour(
    day: date,
    centre: tuple[float, float],
    route: routing.Route,
    places: dict[routing.StopId, Parcel],
    network: roads.RoadNetwork | None,
) -> Tour:
    midnight = datetime.combine(day, time(0), tzinfo=UTC)
    stops = [places[stop] for stop in route.stops]
    doors = [centre, *((stop.latitude, stop.longitude) for stop in stops), centre]
    return Tour(
        vehicle_id=int(route.vehicle),
        shipment_ids=[stop.shipment_id for stop in stops],
        arrivals=[midnight + timedelta(seconds=arrival) for arrival in route.schedule.arrivals],
        starts_at=midnight + timedelta(seconds=route.schedule.start),
        duration_s=route.schedule.end - route.schedule.start,
        distance_m=route.distance,
        load_g=route.load[0],
        geometry=_line(doors, network),
    )


def _line(doors: list[tuple[float, float]], network: roads.RoadNetwork | None) -> list[list[float]]:
    if network is None:
        return [[longitude, latitude] for latitude, longitude in doors]
    points = [
        roads.Point(str(place), latitude, longitude) for place, (latitude, longitude) in enumerate(doors)
    ]
    line: list[list[float]] = []
    for leg in roads.path_through(network, points):
        line += [[round(longitude, 6), round(latitude, 6)] for latitude, longitude in leg.geometry]
    return line


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    known = np.isfinite(values)
    whole = np.where(known, np.ceil(np.where(known, values, 0.0)), routing.NO_WAY).astype(np.int64)
    np.fill_diagonal(whole, 0)  # also for a door that no road reaches
    return whole


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second
