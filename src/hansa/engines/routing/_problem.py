"""Owns what is asked: depots, stops, vehicles and travel, checked once at the door with the culprit named.

Times are integers in the unit of the travel durations, loads integers in any unit, the same throughout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType

from hansa.engines.routing._travel import (
    LONGEST_LEG,
    NO_WAY,
    XY,
    GreatCircle,
    LatLon,
    Matrix,
    Place,
    Plane,
    Travel,
    legs_between,
)
from hansa.kernel.errors import InvalidInput

DepotId = NewType("DepotId", str)
StopId = NewType("StopId", str)
VehicleId = NewType("VehicleId", str)

FOREVER = 10**11
"""The end of time: late enough for seconds since 1970, small enough for the solver's 64-bit penalties."""

LARGEST_LOAD = 10**9
LARGEST_PLANE = 10**6  # coordinates; three decimals of it still fit one leg


@dataclass(frozen=True, slots=True)
class Window:
    """From ``opens`` to ``closes``, both included; service must begin inside."""

    opens: int = 0
    closes: int = FOREVER

    def __post_init__(self) -> None:
        if not 0 <= self.opens <= self.closes <= FOREVER:
            raise InvalidInput(
                f"Window {self.opens} to {self.closes}: 0 <= opens <= closes <= {FOREVER} expected"
            )


ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class Depot:
    """Where vehicles start and end. ``at`` is needed unless a matrix is given."""

    id: DepotId
    at: Place = None
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit to make, once, by one vehicle: bring ``demand``, begin inside ``window``, stay ``service``.

    ``demand`` has one number for each of the problem's ``loads``.
    """

    id: StopId
    at: Place = None
    demand: tuple[int, ...] = (0,)
    window: Window = ALWAYS
    service: int = 0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """``count`` equal vehicles, one route each: from ``start`` to ``end`` within ``shift``.

    Without ``end`` they come back to ``start``. A route costs
    ``fixed_cost`` + ``per_distance`` * distance + ``per_duration`` * (end - start).
    """

    id: VehicleId
    start: DepotId
    capacity: tuple[int, ...] = (0,)
    end: DepotId | None = None
    count: int = 1
    shift: Window = ALWAYS
    fixed_cost: int = 0
    per_distance: int = 1
    per_duration: int = 0

    @property
    def ends_at(self) -> DepotId:
        return self.end or self.start


@dataclass(frozen=True, slots=True)
class Problem:
    """A vehicle routing problem over ``depots``, ``stops``, ``vehicles`` by their ids, and named ``loads``.

    Refuses with InvalidInput, naming the first depot, stop or vehicle that cannot be right. What is
    merely impossible (too big, too late, too few vehicles) is no error: `solve` answers with reasons.
    """

    depots: tuple[Depot, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    travel: Travel
    loads: tuple[str, ...] = ("load",)
    name: str = ""

    def __post_init__(self) -> None:
        _refuse_repeated("Depot", (depot.id for depot in self.depots))
        _refuse_repeated("Vehicle", (vehicle.id for vehicle in self.vehicles))
        _refuse_repeated("Place", (place.id for place in self.places))
        for place in self.places:
            _check_place(place, self.travel)
        for stop in self.stops:
            _check_stop(stop, self.loads)
        for vehicle in self.vehicles:
            _check_vehicle(vehicle, self)
        if isinstance(self.travel, Matrix):
            _check_matrix(self, self.travel)

    @property
    def places(self) -> tuple[Depot | Stop, ...]:
        """Depots, then stops."""
        return (*self.depots, *self.stops)

    @property
    def scale(self) -> int:
        """How many integer units of distance make one unit of the source (1 unless the plane is scaled)."""
        return self.travel.scale


def _refuse_repeated(kind: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise InvalidInput(f"{kind} {each!r} is named twice")
        seen.add(each)


def _refuse_outside(culprit: str, value: int, largest: int) -> None:
    if not 0 <= value <= largest:
        raise InvalidInput(f"{culprit} is {value}; 0 to {largest} expected")


def _check_place(place: Depot | Stop, travel: Travel) -> None:
    name = f"{type(place).__name__} {place.id!r}"
    match travel, place.at:
        case Matrix(), _:
            return
        case Plane(), XY(x, y) if abs(x) <= LARGEST_PLANE and abs(y) <= LARGEST_PLANE:
            return
        case GreatCircle(), LatLon(lat, lon) if abs(lat) <= 90 and abs(lon) <= 180:
            return
        case Plane(), at:
            raise InvalidInput(f"{name} is at {at}; XY within {LARGEST_PLANE} either way expected")
        case _, at:
            raise InvalidInput(f"{name} is at {at}; LatLon in degrees expected")


def _check_stop(stop: Stop, loads: tuple[str, ...]) -> None:
    name = f"Stop {stop.id!r}"
    if len(stop.demand) != len(loads):
        raise InvalidInput(f"{name}: {len(stop.demand)} demands, {len(loads)} expected ({', '.join(loads)})")
    for load, demand in zip(loads, stop.demand, strict=True):
        _refuse_outside(f"{name}: demand of {load}", demand, LARGEST_LOAD)
    _refuse_outside(f"{name}: service time", stop.service, LONGEST_LEG)


def _check_vehicle(vehicle: Vehicle, problem: Problem) -> None:
    name = f"Vehicle {vehicle.id!r}"
    known = {depot.id for depot in problem.depots}
    for depot in (vehicle.start, vehicle.ends_at):
        if depot not in known:
            raise InvalidInput(f"{name}: no depot {depot!r} (known: {', '.join(sorted(known)) or 'none'})")
    if len(vehicle.capacity) != len(problem.loads):
        expected = f"{len(problem.loads)} expected ({', '.join(problem.loads)})"
        raise InvalidInput(f"{name}: {len(vehicle.capacity)} capacities, {expected}")
    for load, capacity in zip(problem.loads, vehicle.capacity, strict=True):
        _refuse_outside(f"{name}: capacity of {load}", capacity, LARGEST_LOAD * 1000)
    for what in ("count", "fixed_cost"):
        _refuse_outside(f"{name}: {what}", getattr(vehicle, what), LONGEST_LEG)
    for what in ("per_distance", "per_duration"):
        _refuse_outside(f"{name}: {what}", getattr(vehicle, what), 10**4)


def _check_matrix(problem: Problem, travel: Matrix) -> None:
    ids = [place.id for place in problem.places]
    known = set(travel.places)
    for each in ids:
        if each not in known:
            raise InvalidInput(f"Matrix: place {each!r} is missing")
    missing = legs_between(travel, ids, ()).distance == NO_WAY
    if not missing.any():
        return
    for depot in range(len(problem.depots)):  # a way through a depot is a way
        wrong = missing & ~missing[:, depot, None] & ~missing[None, depot, :]
        if wrong.any():
            origin, target = next(zip(*wrong.nonzero(), strict=True))
            raise InvalidInput(
                f"Matrix: no way from {ids[origin]!r} to {ids[target]!r}, yet there is one through depot "
                f"{ids[depot]!r}; fill it in"
            )
