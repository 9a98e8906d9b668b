"""Owns the second opinion: recomputes a plan from the problem alone and names everything that is wrong.

Shares no arithmetic with the solvers, on purpose: distances, times, loads and costs are worked out anew.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hansa.engines.routing._check_legs import Measure
from hansa.engines.routing._plan import Draft, Plan, Route, Schedule
from hansa.engines.routing._problem import Depot, DepotId, Problem, Stop, StopId, Vehicle, VehicleId

_GRAIN = 1e-6
"""Times closer than this are equal: plane times in thousandths are real numbers here."""


class Wrong(StrEnum):
    """What can be wrong with a plan."""

    UNKNOWN_VEHICLE = "unknown_vehicle"
    TOO_MANY_VEHICLES = "too_many_vehicles"
    WRONG_DEPOT = "wrong_depot"
    EMPTY_ROUTE = "empty_route"
    UNKNOWN_STOP = "unknown_stop"
    VISITED_TWICE = "visited_twice"
    NOT_VISITED = "not_visited"
    SAID_UNSERVED = "said_unserved"
    OVERLOADED = "overloaded"
    NO_WAY = "no_way"
    TOO_LATE = "too_late"
    OUTSIDE_SHIFT = "outside_shift"
    WRONG_SCHEDULE = "wrong_schedule"
    WRONG_LOAD = "wrong_load"
    WRONG_DISTANCE = "wrong_distance"
    WRONG_COST = "wrong_cost"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong: what, in which route (from 1; None for the whole plan), and in words with numbers."""

    kind: Wrong
    route: int | None
    message: str


@dataclass(frozen=True, slots=True)
class _World:
    problem: Problem
    depots: dict[DepotId, Depot]
    stops: dict[StopId, Stop]
    vehicles: dict[VehicleId, Vehicle]
    leg: Measure

    @staticmethod
    def of(problem: Problem) -> _World:
        return _World(
            problem,
            {depot.id: depot for depot in problem.depots},
            {stop.id: stop for stop in problem.stops},
            {vehicle.id: vehicle for vehicle in problem.vehicles},
            Measure(problem),
        )


def check(problem: Problem, plan: Plan | Draft) -> list[Violation]:
    """Name everything wrong with a plan; an empty list promises that it can be driven and costs what it says.

    Every stop exactly once unless said to be unserved; vehicles, depots, loads, windows, shifts,
    schedules, distances, costs. A `Draft` tells no times: its vehicles leave as early as they may.
    """
    world = _World.of(problem)
    drives = list(_drives(world, plan))
    found = [*_wrong_vehicles(world, plan), *_wrong_visits(world, plan)]
    found += [violation for drive in drives for violation in drive.violations()]
    total = sum(drive.cost() for drive in drives)
    slack = plan.cost_slack if isinstance(plan, Draft) else 0
    if plan.cost is not None and abs(plan.cost - total) > slack:
        found.append(Violation(Wrong.WRONG_COST, None, f"says it costs {plan.cost}, the routes cost {total}"))
    return found


def cost_of(problem: Problem, plan: Plan | Draft) -> int:
    """Recompute what a plan costs; routes of unknown vehicles cost nothing."""
    return sum(drive.cost() for drive in _drives(_World.of(problem), plan))


def _visits(plan: Plan | Draft) -> list[tuple[VehicleId, tuple[StopId, ...]]]:
    return (
        list(plan.routes)
        if isinstance(plan, Draft)
        else [(route.vehicle, route.stops) for route in plan.routes]
    )


def _drives(world: _World, plan: Plan | Draft) -> Iterator[_Drive]:
    """Yield each route of a known vehicle."""
    claims = [None] * len(plan.routes) if isinstance(plan, Draft) else plan.routes
    for number, ((name, stops), claim) in enumerate(zip(_visits(plan), claims, strict=True), start=1):
        if name in world.vehicles:
            yield _Drive(world, number, world.vehicles[name], stops, claim)


def _wrong_vehicles(world: _World, plan: Plan | Draft) -> Iterator[Violation]:
    names = [name for name, _ in _visits(plan)]
    for number, name in enumerate(names, start=1):
        if name not in world.vehicles:
            yield Violation(Wrong.UNKNOWN_VEHICLE, number, f"there is no vehicle {name!r}")
    for name, used in Counter(names).items():
        if name in world.vehicles and used > world.vehicles[name].count:
            there = world.vehicles[name].count
            yield Violation(
                Wrong.TOO_MANY_VEHICLES, None, f"{used} routes of vehicle {name!r}, there are {there}"
            )


def _wrong_visits(world: _World, plan: Plan | Draft) -> Iterator[Violation]:
    visited: dict[StopId, int] = {}
    for number, (_, stops) in enumerate(_visits(plan), start=1):
        if not stops:
            yield Violation(Wrong.EMPTY_ROUTE, number, "visits no stop")
        for stop in stops:
            if stop not in world.stops:
                yield Violation(Wrong.UNKNOWN_STOP, number, f"there is no stop {stop!r}")
            elif stop in visited:
                message = f"stop {stop!r} is visited in route {visited[stop]} already"
                yield Violation(Wrong.VISITED_TWICE, number, message)
            visited.setdefault(stop, number)
    unserved = [] if isinstance(plan, Draft) else [each.stop for each in plan.unserved]
    for stop in unserved:
        if stop not in world.stops:
            yield Violation(Wrong.UNKNOWN_STOP, None, f"there is no stop {stop!r}, said to be unserved")
        elif stop in visited:
            yield Violation(Wrong.SAID_UNSERVED, visited[stop], f"visits stop {stop!r}, said to be unserved")
    for stop in world.stops:
        if stop not in visited and stop not in unserved:
            yield Violation(Wrong.NOT_VISITED, None, f"stop {stop!r} is not visited")


class _Drive:
    """One route of a known vehicle, driven again; stops that do not exist are passed over."""

    def __init__(
        self, world: _World, number: int, vehicle: Vehicle, names: tuple[StopId, ...], claim: Route | None
    ) -> None:
        self.number = number
        self.vehicle = vehicle
        self.loads = world.problem.loads
        self.claim = claim
        self.names = names
        self.known = world.stops.keys()
        self.stops = [world.stops[name] for name in names if name in world.stops]
        path = [vehicle.start, *(stop.id for stop in self.stops), vehicle.ends_at]
        self.path = list(itertools.pairwise(path))
        self.legs = [world.leg(*leg) for leg in self.path]
        out, home = world.depots[vehicle.start].window, world.depots[vehicle.ends_at].window
        shift = vehicle.shift
        self.leaves = max(shift.opens, out.opens), min(shift.closes, out.closes)
        self.returns = max(shift.opens, home.opens), min(shift.closes, home.closes)

    def violations(self) -> Iterator[Violation]:
        for (origin, target), leg in zip(self.path, self.legs, strict=True):
            if leg is None:
                yield self._wrong(Wrong.NO_WAY, f"no way leads from {origin!r} to {target!r}")
        yield from self._overloads()
        yield from self._delays()
        if self.claim is not None:
            yield from self._misstatements(self.claim)

    def distance(self) -> int:
        return sum(leg.distance for leg in self.legs if leg)

    def cost(self) -> int:
        vehicle = self.vehicle
        hours = vehicle.per_duration * self._working_time() if vehicle.per_duration else 0
        return vehicle.fixed_cost + vehicle.per_distance * self.distance() + hours

    def _wrong(self, kind: Wrong, message: str) -> Violation:
        return Violation(kind, self.number, message)

    def _load(self) -> tuple[int, ...]:
        return tuple(sum(stop.demand[row] for stop in self.stops) for row in range(len(self.loads)))

    def _overloads(self) -> Iterator[Violation]:
        for name, load, capacity in zip(self.loads, self._load(), self.vehicle.capacity, strict=True):
            if load > capacity:
                yield self._wrong(
                    Wrong.OVERLOADED, f"{name} {load}, vehicle {self.vehicle.id!r} carries {capacity}"
                )

    def _misstatements(self, claim: Route) -> Iterator[Violation]:
        depots = (self.vehicle.start, self.vehicle.ends_at)
        for kind, said, real in (
            (Wrong.WRONG_DEPOT, (claim.starts_at, claim.ends_at), depots),
            (Wrong.WRONG_LOAD, claim.load, self._load()),
            (Wrong.WRONG_DISTANCE, claim.distance, self.distance()),
            (Wrong.WRONG_COST, claim.cost, self.cost()),
        ):
            if said != real:
                yield self._wrong(kind, f"says {said}, it is {real}")

    def _delays(self) -> Iterator[Violation]:
        """Drive by the clock: by the plan's own where it tells times, else as early as can be."""
        said = self.claim.schedule if self.claim else None
        if said is not None and len(said.arrivals) != len(self.names):
            told = f"tells {len(said.arrivals)} arrivals at {len(self.names)} stops"
            yield self._wrong(Wrong.WRONG_SCHEDULE, told)
            said = None
        (opens, closes), (home_opens, home_closes) = self.leaves, self.returns
        now: float = said.start if said else opens
        if not opens <= now <= closes:
            yield self._wrong(Wrong.OUTSIDE_SHIFT, f"leaves at {now}, allowed from {opens} to {closes}")
        for stop, leg, arrival in zip(self.stops, self.legs[:-1], self._arrivals(said), strict=True):
            now += leg.duration if leg else 0
            yield from self._hurry(f"reach stop {stop.id!r}", arrival, now)
            now = max(now, arrival or now)
            if now > stop.window.closes + _GRAIN:
                late = f"reaches stop {stop.id!r} at {now:.10g}, its window closes at {stop.window.closes}"
                yield self._wrong(Wrong.TOO_LATE, late)
            now = max(now, stop.window.opens) + stop.service
        now = max(now + (self.legs[-1].duration if self.legs[-1] else 0), home_opens)
        yield from self._hurry("be back", said.end if said else None, now)
        now = max(now, said.end if said else now)
        if now > home_closes + _GRAIN:
            yield self._wrong(Wrong.OUTSIDE_SHIFT, f"is back at {now:.10g}, allowed until {home_closes}")

    def _arrivals(self, said: Schedule | None) -> list[int | None]:
        """What the plan says for each stop that exists."""
        told = said.arrivals if said else (None,) * len(self.names)
        return [arrival for name, arrival in zip(self.names, told, strict=True) if name in self.known]

    def _hurry(self, deed: str, said: int | None, possible: float) -> Iterator[Violation]:
        if said is not None and said < possible - _GRAIN:
            message = f"says to {deed} at {said}, before {possible:.10g} it cannot"
            yield self._wrong(Wrong.WRONG_SCHEDULE, message)

    def _working_time(self) -> int:
        """From leaving to being back: as the plan says, else the shortest that reaches the earliest end.

        Leaving later shortens waiting until either none is left or some window would be missed.
        """
        if self.claim is not None:
            return self.claim.schedule.end - self.claim.schedule.start
        driven: float = 0
        now: float = self.leaves[0]
        latest: float = self.leaves[1]
        for stop, leg in zip(self.stops, self.legs, strict=False):
            driven += leg.duration if leg else 0
            now = max(now + (leg.duration if leg else 0), stop.window.opens) + stop.service
            latest = min(latest, stop.window.closes - driven)
            driven += stop.service
        home = self.legs[-1].duration if self.legs[-1] else 0
        driven += home
        end = max(now + home, self.returns[0])
        start = max(min(latest, end - driven), self.leaves[0])
        return math.ceil(end - start - _GRAIN)
