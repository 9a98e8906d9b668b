"""Owns a problem laid out for searching: nodes by number, matrices, kinds of vehicles, timing.

The solvers share it; the checker does not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hansa.engines.routing._plan import Plan, Route, Schedule, Unserved
from hansa.engines.routing._problem import Problem, Stop, Vehicle, VehicleId, Window
from hansa.engines.routing._travel import NO_WAY, Legs, legs_between


class Span(NamedTuple):
    """Visits in time: they take ``duration``, waiting included, when begun from ``early`` to ``late``.

    Vidal et al. (2013), A hybrid genetic algorithm with adaptive diversity management for a large
    class of vehicle routing problems with time windows, section 4.5; without time warp.
    """

    duration: int
    early: int
    late: int


def joined(first: Span, travel: int, second: Span) -> Span | None:
    """Put one span after another, ``travel`` apart; None when the second would begin too late."""
    apart = first.duration + travel
    if travel == NO_WAY or first.early + apart > second.late:
        return None
    wait = max(second.early - apart - first.late, 0)
    return Span(
        apart + second.duration + wait,
        max(second.early - apart, first.early) - wait,
        min(second.late - apart, first.late),
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """Vehicles that differ by id only. ``start`` and ``end`` are nodes, ``count`` is capped at the stops."""

    model: Vehicle
    start: int
    end: int
    leaves: Span
    returns: Span
    count: int
    members: tuple[Vehicle, ...]

    def carries(self, load: Sequence[int]) -> bool:
        return all(each <= most for each, most in zip(load, self.model.capacity, strict=True))

    @property
    def room(self) -> tuple[int, ...]:
        """What all of them carry together."""
        return tuple(each * self.count for each in self.model.capacity)

    def ids(self) -> Iterable[VehicleId]:
        for vehicle in self.members:
            for _ in range(vehicle.count):
                yield vehicle.id


class Tour(NamedTuple):
    """A kind of vehicle (index) and the nodes it visits between its depots."""

    kind: int
    nodes: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A problem by node: ``depots`` nodes first, then the stops in the problem's order."""

    problem: Problem
    depots: int
    legs: Legs
    spans: tuple[Span, ...]  # nodes
    demands: tuple[tuple[int, ...], ...]  # nodes
    kinds: tuple[Kind, ...]

    @property
    def stops(self) -> range:
        return range(self.depots, self.depots + len(self.problem.stops))

    def stop(self, node: int) -> Stop:
        return self.problem.stops[node - self.depots]

    def travel(self, origin: int, target: int) -> int:
        return int(self.legs.duration.item(origin, target))

    def distance(self, origin: int, target: int) -> int:
        return int(self.legs.distance.item(origin, target))

    def leg_cost(self, kind: Kind, origin: int, target: int) -> int:
        """Cost of a leg, waiting aside."""
        model = kind.model
        return model.per_distance * self.distance(origin, target) + model.per_duration * self.travel(
            origin, target
        )

    def load_of(self, nodes: Iterable[int]) -> tuple[int, ...]:
        rows = [self.demands[node] for node in nodes]
        return tuple(map(sum, zip(*rows, strict=True))) if rows else tuple(0 for _ in self.problem.loads)

    def span_of(self, nodes: Sequence[int]) -> Span | None:
        """Time the visits alone, without depots; None when the windows do not allow this order."""
        span: Span | None = self.spans[nodes[0]]
        for origin, target in itertools.pairwise(nodes):
            if span is None:
                return None
            span = joined(span, self.travel(origin, target), self.spans[target])
        return span

    def round_trip(self, kind: Kind, span: Span, first: int, last: int) -> Span | None:
        """Time a span with the ways from and to the depots; None when the shift of ``kind`` forbids it."""
        out = joined(kind.leaves, self.travel(kind.start, first), span)
        return out and joined(out, self.travel(last, kind.end), kind.returns)

    def allows(self, tour: Tour) -> bool:
        """Tell whether the tour keeps capacity, windows and shift and every leg has a way."""
        kind = self.kinds[tour.kind]
        span = self.span_of(tour.nodes)
        if span is None or not kind.carries(self.load_of(tour.nodes)):
            return False
        return self.round_trip(kind, span, tour.nodes[0], tour.nodes[-1]) is not None


def laid_out(problem: Problem) -> Instance:
    """Lay a problem out by node; vehicles that can never leave and return are left out."""
    legs = legs_between(
        problem.travel, [place.id for place in problem.places], [place.at for place in problem.places]
    )
    spans = tuple(
        [Span(0, depot.window.opens, depot.window.closes) for depot in problem.depots]
        + [Span(stop.service, stop.window.opens, stop.window.closes) for stop in problem.stops]
    )
    nothing = tuple(0 for _ in problem.loads)
    return Instance(
        problem=problem,
        depots=len(problem.depots),
        legs=legs,
        spans=spans,
        demands=(nothing,) * len(problem.depots) + tuple(stop.demand for stop in problem.stops),
        kinds=_kinds(problem, spans),
    )


def _kinds(problem: Problem, spans: tuple[Span, ...]) -> tuple[Kind, ...]:
    node_of = {depot.id: node for node, depot in enumerate(problem.depots)}
    groups: dict[tuple[object, ...], list[Vehicle]] = {}
    for vehicle in problem.vehicles:
        alike = (
            vehicle.start, vehicle.ends_at, vehicle.capacity, vehicle.shift.opens, vehicle.shift.closes,
            vehicle.fixed_cost, vehicle.per_distance, vehicle.per_duration,
        )  # fmt: skip
        if vehicle.count:
            groups.setdefault(alike, []).append(vehicle)
    kinds: list[Kind] = []
    for members in groups.values():
        model = members[0]
        start, end = node_of[model.start], node_of[model.ends_at]
        leaves, returns = _within(spans[start], model.shift), _within(spans[end], model.shift)
        if leaves is None or returns is None:
            continue
        count = min(sum(vehicle.count for vehicle in members), max(len(problem.stops), 1))
        kinds.append(Kind(model, start, end, leaves, returns, count, tuple(members)))
    return tuple(kinds)


def _within(depot: Span, shift: Window) -> Span | None:
    early, late = max(depot.early, shift.opens), min(depot.late, shift.closes)
    return Span(0, early, late) if early <= late else None


def plan_of(instance: Instance, tours: Iterable[Tour], unserved: Iterable[Unserved]) -> Plan:
    """Turn tours into a plan: vehicles named, schedules and costs worked out."""
    ids = [iter(kind.ids()) for kind in instance.kinds]
    routes = tuple(_route(instance, tour, next(ids[tour.kind])) for tour in tours)
    return Plan(routes=routes, unserved=tuple(unserved), cost=sum(route.cost for route in routes))


def _route(instance: Instance, tour: Tour, vehicle: VehicleId) -> Route:
    kind = instance.kinds[tour.kind]
    path = [kind.start, *tour.nodes, kind.end]
    distance = sum(instance.distance(*leg) for leg in itertools.pairwise(path))
    schedule = _schedule(instance, kind, tour.nodes)
    model = kind.model
    return Route(
        vehicle=vehicle,
        starts_at=model.start,
        ends_at=model.ends_at,
        stops=tuple(instance.stop(node).id for node in tour.nodes),
        load=instance.load_of(tour.nodes),
        distance=distance,
        cost=model.fixed_cost
        + model.per_distance * distance
        + model.per_duration * (schedule.end - schedule.start),
        schedule=schedule,
    )


def _schedule(instance: Instance, kind: Kind, nodes: Sequence[int]) -> Schedule:
    """Leave as early as the shortest working time allows: no idle driver, and slack kept for later."""
    span = instance.span_of(nodes)
    whole = span and instance.round_trip(kind, span, nodes[0], nodes[-1])
    assert whole is not None, "tours are checked before they become routes"
    arrivals: list[int] = []
    here, now = kind.start, whole.early
    for node in nodes:
        now += instance.travel(here, node)
        arrivals.append(now)
        now = max(now, instance.spans[node].early) + instance.spans[node].duration
        here = node
    end = max(now + instance.travel(here, kind.end), kind.returns.early)
    return Schedule(whole.early, tuple(arrivals), end)
