"""Owns the way from a problem to a result: what can be served, the savings plan, the search from it."""

from __future__ import annotations

import functools
import hashlib
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from hansa.engines.routing._instance import Instance, Tour, laid_out, plan_of
from hansa.engines.routing._plan import Plan, Provenance, Reason, Result, Unserved
from hansa.engines.routing._problem import Problem
from hansa.engines.routing._pyvrp import INFEASIBLE, SOLVER, Search, StopRule, improved
from hansa.engines.routing._savings import savings_tours
from hansa.engines.routing._servable import hopeless
from hansa.engines.routing._travel import Matrix
from hansa.kernel.errors import InvalidInput

MOST_STOPS = 3000
"""Full matrices grow with the square of the stops: the process takes 0.5 GB at this size."""

SHARE_FOR_ALL = 0.4
"""Of the budget, for finding routes for all stops where the savings start leaves some over."""


@dataclass(frozen=True, slots=True)
class Params:
    """When to stop: seconds from the call, iterations of the search; whichever ends first.

    ``cpu_time`` counts the seconds of this thread instead of the wall's, which lie on a busy machine.
    Only iterations give the same plan again on every machine.
    """

    time_limit_s: float | None = 10.0
    cpu_time: bool = False
    iterations: int | None = None

    def __post_init__(self) -> None:
        limit = self.time_limit_s
        if limit is not None and not (math.isfinite(limit) and limit > 0):
            raise InvalidInput(f"Time limit of {limit} seconds: more than 0 expected")
        if self.iterations is not None and self.iterations < 0:
            raise InvalidInput(f"{self.iterations} iterations: 0 or more expected")
        if limit is None and self.iterations is None:
            raise InvalidInput("Neither a time limit nor iterations are given: the search would never end")

    def expected_iterations(self, stops: int) -> int:
        """About how many iterations the limits allow: 1,200 a second at 100 stops, fewer with their root."""
        in_time = math.inf
        if self.time_limit_s is not None:
            in_time = self.time_limit_s * 12_000 / math.sqrt(max(stops, 1))
        return int(min(in_time, math.inf if self.iterations is None else self.iterations))


class _Budget:
    """Counts time and iterations down from the moment it is made."""

    def __init__(self, params: Params, stop: StopRule | None) -> None:
        self._clock = time.thread_time if params.cpu_time else time.perf_counter
        self._began = self._clock()
        self._limit = math.inf if params.time_limit_s is None else params.time_limit_s
        self._iterations = math.inf if params.iterations is None else params.iterations
        self._asked = 0
        self._stop = stop

    def is_spent(self, cost: int) -> bool:
        """Tell, once before each iteration, whether it may not begin."""
        if (
            self._asked >= self._iterations
            or self._spent() >= 1
            or (self._stop is not None and self._stop(cost))
        ):
            return True
        self._asked += 1
        return False

    def until_feasible(self, share: float) -> StopRule:
        """Make a rule that also ends at a share of the budget, or once there is a cost at all."""
        return lambda cost: (
            cost < INFEASIBLE
            or self._asked >= share * self._iterations
            or self._spent() >= share
            or self.is_spent(cost)
        )

    def _spent(self) -> float:
        return (self._clock() - self._began) / self._limit


def solve(
    problem: Problem, params: Params | None = None, *, seed: int, stop: StopRule | None = None
) -> Result:
    """Plan routes that serve the most stops, then at the least cost; never worse than the baseline.

    What cannot be served comes back in ``unserved`` with its reason. ``stop`` is asked before each
    iteration with the best cost so far and ends the search by saying yes. Refuses with InvalidInput
    more than `MOST_STOPS` stops, and a seed outside 32 bits.
    """
    if not 0 <= seed < 2**32:
        raise InvalidInput(f"Seed {seed}: 0 to {2**32 - 1} expected")
    params = params or Params()
    budget, cpu, wall = _Budget(params, stop), time.thread_time(), time.perf_counter()
    instance, nodes, lost, tours = _prepared(problem)
    naive = _plan(instance, tours, nodes, lost)
    found, iterations = _searched(
        instance, nodes, tours, budget, params.expected_iterations(len(nodes)), seed
    )
    return Result(
        plan=min(naive, _plan(instance, found, nodes, lost), key=lambda plan: plan.rank),
        baseline=naive,
        provenance=Provenance(
            solver=SOLVER,
            seed=seed,
            params=asdict(params),
            problem_sha256=fingerprint(problem),
            iterations=iterations,
            cpu_s=round(time.thread_time() - cpu, 3),
            wall_s=round(time.perf_counter() - wall, 3),
        ),
    )


def baseline(problem: Problem) -> Plan:
    """Plan by savings alone, at once: what `solve` starts from and must not fall behind."""
    instance, nodes, lost, tours = _prepared(problem)
    return _plan(instance, tours, nodes, lost)


def best_of(
    problem: Problem,
    params: Params | None = None,
    *,
    seeds: Sequence[int],
    run: Callable[[Callable[[int], Result], Sequence[int]], Iterable[Result]] = map,
) -> Result:
    """Solve once for each seed and keep the best, the first of equals; ``run`` may map over processes."""
    if not seeds:
        raise InvalidInput("No seeds are given: at least one expected")
    return min(run(functools.partial(_solved, problem, params), seeds), key=lambda result: result.plan.rank)


def _solved(problem: Problem, params: Params | None, seed: int) -> Result:
    return solve(problem, params, seed=seed)


def _prepared(problem: Problem) -> tuple[Instance, list[int], dict[int, Unserved], list[Tour]]:
    """Lay a problem out, set aside what nobody can serve, and plan the rest (nodes) by savings."""
    if len(problem.stops) > MOST_STOPS:
        raise InvalidInput(
            f"{len(problem.stops)} stops, at most {MOST_STOPS} in one problem: "
            "divide them by area, depot or shift and solve each part"
        )
    instance = laid_out(problem)
    lost = hopeless(instance)
    nodes = [node for node in instance.stops if node not in lost]
    tours, _ = savings_tours(instance, nodes)
    return instance, nodes, lost, tours


def _searched(
    instance: Instance, nodes: list[int], tours: list[Tour], budget: _Budget, expected: int, seed: int
) -> tuple[list[Tour], int]:
    """Improve the tours. Where they leave stops over, first look for tours that serve all."""
    if not nodes:
        return tours, 0
    iterations = 0
    if _count(tours) < len(nodes) and _is_fleet_big_enough(instance, nodes):
        full = Search(nodes, None, expected)
        found, iterations = improved(instance, full, seed=seed, stop=budget.until_feasible(SHARE_FOR_ALL))
        tours = found or tours
    search = Search(nodes, tours, expected, is_partial=_count(tours) < len(nodes))
    found, more = improved(instance, search, seed=seed, stop=budget.is_spent)
    return found or tours, iterations + more


def _count(tours: Iterable[Tour]) -> int:
    return sum(len(tour.nodes) for tour in tours)


def _is_fleet_big_enough(instance: Instance, nodes: Iterable[int]) -> bool:
    """Tell whether the capacities of all vehicles together reach; the least that serving all needs."""
    capacities = zip(*(kind.room for kind in instance.kinds), strict=True)
    return all(load <= sum(room) for load, room in zip(instance.load_of(nodes), capacities, strict=True))


def _plan(instance: Instance, tours: list[Tour], nodes: list[int], lost: dict[int, Unserved]) -> Plan:
    served = {node for tour in tours for node in tour.nodes}
    left = [node for node in nodes if node not in served]
    detail = f"every vehicle is full or out of time; {len(left)} such stops are left over"
    over = [Unserved(instance.stop(node).id, Reason.FLEET_EXHAUSTED, detail) for node in left]
    return plan_of(instance, [tour for tour in tours if tour.nodes], [*lost.values(), *over])


def fingerprint(problem: Problem) -> str:
    """Make the SHA-256 of all that the problem says."""
    digest = hashlib.sha256()
    travel = problem.travel
    given = (travel.places, *travel.distances.shape) if isinstance(travel, Matrix) else travel
    digest.update(repr((problem.depots, problem.stops, problem.vehicles, problem.loads, given)).encode())
    if isinstance(travel, Matrix):
        digest.update(travel.distances.tobytes())
        digest.update(travel.times.tobytes())
    return digest.hexdigest()
