"""Owns the talk with PyVRP 0.14, the only module that knows it: its model, its search, its answers.

PyVRP changes shape between minor versions, so it is pinned and wrapped here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import OPERATORS, LocalSearch, PerturbationManager, compute_neighbours

from hansa.engines.routing._instance import Instance, Kind, Tour
from hansa.engines.routing._travel import NO_WAY, LatLon, Place

# The answer itself tells what could not be served. Set once: catching warnings is not safe among threads.
warnings.filterwarnings("ignore", category=PenaltyBoundWarning)

SOLVER = f"PyVRP {version('pyvrp')}"

StopRule = Callable[[int], bool]
"""Asked before each iteration with the best cost so far; true ends the search."""

INFEASIBLE = 2**62
"""From here on a cost means that no feasible solution was seen yet."""

UNLIMITED = 2**63 - 1

PRICE_IN_DETOURS = 10
"""Leaving a stop out costs as much as this many longest ways out and back, so that cost never pays for it."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search: the stops (nodes) to serve, where to start, whether stops may be left out.

    ``expected`` iterations set the pace. ``start`` None leaves the start to PyVRP.
    """

    nodes: Sequence[int]
    start: Sequence[Tour] | None
    expected: int
    is_partial: bool = False


def improved(
    instance: Instance, search: Search, *, seed: int, stop: StopRule
) -> tuple[list[Tour] | None, int]:
    """Search for better tours; None when no feasible ones were seen. Also count the iterations."""
    price = _price(instance) if search.is_partial else 0
    data = _data(instance, search, price)
    rng = pyvrp.RandomNumberGenerator(seed=seed)
    descent = LocalSearch(data, rng, compute_neighbours(data), PerturbationManager())
    for operator in OPERATORS:
        if operator.supports(data):
            descent.add_operator(operator(data))
    penalties = _penalties(data, price)
    first = _first(data, search, descent, penalties.max_cost_evaluator(), rng)
    algorithm = pyvrp.IteratedLocalSearch(data, penalties, descent, first, _pace(search.expected))
    found = algorithm.run(lambda best_cost: stop(best_cost), collect_stats=False)
    return (_tours(search.nodes, found.best) if found.is_feasible() else None), found.num_iterations


def _pace(expected: int) -> pyvrp.IteratedLocalSearchParams:
    """Fit the late acceptance list (Burke and Bykov 2017) and the patience before a restart to the run.

    PyVRP's 300 and 150,000 are for long runs; in 2,000 to 3,000 iterations on X instances they leave
    about one point of gap more.
    """
    return pyvrp.IteratedLocalSearchParams(
        history_length=min(max(expected // 80, 10), 300),
        num_iters_no_improvement=min(max(expected // 8, 200), 150_000),
    )


def _first(
    data: pyvrp.ProblemData,
    search: Search,
    descent: LocalSearch,
    evaluator: pyvrp.CostEvaluator,
    rng: pyvrp.RandomNumberGenerator,
) -> pyvrp.Solution:
    """Walk down from the given start, or from a random one as PyVRP does by itself."""
    if search.start is None:
        return descent(pyvrp.Solution.make_random(data, rng), evaluator, exhaustive=True)
    client = {node: number for number, node in enumerate(search.nodes)}
    routes = [
        pyvrp.Route(data, [client[node] for node in tour.nodes], vehicle_type=tour.kind)
        for tour in search.start
    ]
    given = pyvrp.Solution(data, routes)
    lower = descent(given, evaluator, exhaustive=True)
    return lower if lower.is_feasible() and evaluator.cost(lower) <= evaluator.cost(given) else given


def _penalties(data: pyvrp.ProblemData, price: int) -> pyvrp.PenaltyManager:
    """Let breaking a limit by one unit cost up to twice the price of leaving a stop out."""
    params = pyvrp.PenaltyParams()
    if 2 * price > params.max_penalty:
        params = pyvrp.PenaltyParams(max_penalty=2 * price)
    return pyvrp.PenaltyManager(params.midpoint_penalties(data), params)


def _price(instance: Instance) -> int:
    longest, slowest = int(instance.legs.distance.max()), int(instance.legs.duration.max())
    models = [kind.model for kind in instance.kinds]
    detours = [
        model.fixed_cost + 2 * (model.per_distance * longest + model.per_duration * slowest)
        for model in models
    ]
    return PRICE_IN_DETOURS * max(detours) + 1


def _data(instance: Instance, search: Search, price: int) -> pyvrp.ProblemData:
    """Model the depots and the given stops; a leg without a way is longer than any vehicle may drive."""
    used = np.array([*range(instance.depots), *search.nodes], dtype=np.intp)
    distance, duration = (
        matrix[np.ix_(used, used)] for matrix in (instance.legs.distance, instance.legs.duration)
    )
    blocked = distance == NO_WAY
    too_far = int(np.where(blocked, 0, distance).max(axis=1).sum()) + 1 if blocked.any() else None
    places = [depot.at for depot in instance.problem.depots] + [
        instance.stop(node).at for node in search.nodes
    ]
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(*_coordinates(at)) for at in places],
        clients=[
            _client(instance, node, location, price)
            for location, node in enumerate(search.nodes, start=instance.depots)
        ],
        depots=[
            pyvrp.Depot(node, tw_early=span.early, tw_late=span.late)
            for node, span in enumerate(instance.spans[: instance.depots])
        ],
        vehicle_types=[_vehicle_type(kind, count, too_far) for kind, count in _fleet(instance, search)],
        distance_matrices=[np.where(blocked, too_far or 0, distance)],  # type: ignore[list-item]  # stubs of PyVRP
        duration_matrices=[np.where(blocked, 0, duration)],  # type: ignore[list-item]  # give the shape as `int`
    )


def _fleet(instance: Instance, search: Search) -> list[tuple[Kind, int]]:
    """Offer what there is; of a single kind little more than the start needs, as each slows the search."""
    most = len(search.nodes)
    if len(instance.kinds) == 1 and search.start:
        most = min(most, len(search.start) * 4 // 3 + 5)
    return [(kind, min(kind.count, most)) for kind in instance.kinds]


def _client(instance: Instance, node: int, location: int, price: int) -> pyvrp.Client:
    span = instance.spans[node]
    return pyvrp.Client(
        location,
        delivery=list(instance.demands[node]),
        service_duration=span.duration,
        tw_early=span.early,
        tw_late=span.late,
        prize=price,
        required=not price,
    )


def _vehicle_type(kind: Kind, count: int, too_far: int | None) -> pyvrp.VehicleType:
    model = kind.model
    return pyvrp.VehicleType(
        num_available=count,
        capacity=list(model.capacity),
        start_depot=kind.start,
        end_depot=kind.end,
        fixed_cost=model.fixed_cost,
        tw_early=model.shift.opens,
        tw_late=model.shift.closes,
        unit_distance_cost=model.per_distance,
        unit_duration_cost=model.per_duration,
        max_distance=UNLIMITED if too_far is None else too_far - 1,
    )


def _coordinates(at: Place) -> tuple[float, float]:
    """Where a place lies; PyVRP keeps coordinates for drawings only."""
    if at is None:
        return 0.0, 0.0
    return (at.lon, at.lat) if isinstance(at, LatLon) else (at.x, at.y)


def _tours(nodes: Sequence[int], solution: pyvrp.Solution) -> list[Tour]:
    return [
        Tour(route.vehicle_type(), [nodes[visit.idx] for visit in route.schedule() if visit.is_client()])
        for route in solution.routes()
    ]
