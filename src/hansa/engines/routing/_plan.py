"""Owns what is answered: routes, stops left over with the reason, and how the answer was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hansa.engines.routing._problem import DepotId, StopId, VehicleId


class Reason(StrEnum):
    """Why a stop is not served."""

    TOO_BIG = "too_big"
    NO_WAY = "no_way"
    TOO_LATE = "too_late"
    NO_VEHICLE = "no_vehicle"
    FLEET_EXHAUSTED = "fleet_exhausted"


@dataclass(frozen=True, slots=True)
class Unserved:
    """A stop left over, the reason for machines, and the same for people."""

    stop: StopId
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a vehicle leaves, reaches each stop (it waits there until the window opens) and is back."""

    start: int
    arrivals: tuple[int, ...]  # stops of the route
    end: int


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle's stops in order; ``load`` for each of the problem's, ``cost`` with the fixed one."""

    vehicle: VehicleId
    starts_at: DepotId
    ends_at: DepotId
    stops: tuple[StopId, ...]
    load: tuple[int, ...]
    distance: int
    cost: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes, the stops that none of them serves, and the cost of all routes."""

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    cost: int

    @property
    def distance(self) -> int:
        return sum(route.distance for route in self.routes)

    @property
    def rank(self) -> tuple[int, int]:
        """Smaller is better: first the stops left over, then the cost."""
        return len(self.unserved), self.cost


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as a file or a person tells it: who visits what, in which order; times and loads unsaid.

    ``cost``, where claimed, may be off by ``cost_slack``: files round it.
    """

    routes: tuple[tuple[VehicleId, tuple[StopId, ...]], ...]
    cost: int | None = None
    cost_slack: int = 0


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a result was made; the same input, seed and iterations give the same plan."""

    solver: str
    seed: int
    params: Mapping[str, object]
    problem_sha256: str
    iterations: int
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """The best plan found, beside the savings plan that a simple planner would make."""

    plan: Plan
    baseline: Plan
    provenance: Provenance

    @property
    def routes(self) -> tuple[Route, ...]:
        return self.plan.routes

    @property
    def unserved(self) -> tuple[Unserved, ...]:
        return self.plan.unserved

    @property
    def cost(self) -> int:
        return self.plan.cost

    @property
    def distance(self) -> int:
        return self.plan.distance
