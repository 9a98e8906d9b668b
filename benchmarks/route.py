"""Vehicle routing: gap to the best known values, beside savings and beside PyVRP as it comes, at equal CPU seconds.

Data: public X (rounded to integers) and Solomon (distances in thousandths, fewest kilometres, not
vehicles) instances from ../shared/data/logistics; without them two seeded ones of our own, which have
no best known value. One thread. About 85 CPU-seconds.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

import numpy as np
import pyvrp

from hansa.engines import routing as vrp

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "logistics"
CVRP = ("X-n101-k25", "X-n308-k13", "X-n524-k153", "X-n1001-k43")
TIMED = ("R103", "RC108", "R211", "C202")
CPU_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Case:
    """An instance; ``best_known`` in the integer units of the problem, None where nobody knows it."""

    problem: vrp.Problem
    best_known: float | None


def run(*, seed: int) -> dict[str, object]:
    """Solve every case twice, by ours and by the peer; violations are counted by the independent checker."""
    cases = _shared_cases() or _own_cases(seed)
    rows = [_measured(case, seed) for case in cases]
    return {
        "cpu_limit_s_per_instance": CPU_LIMIT_S,
        "data": "public" if DATA.is_dir() else "seeded, own",
        "peer": f"PyVRP {version('pyvrp')}, default parameters, its own start",
        "mean_gap_percent": _mean(rows, "gap_percent"),
        "mean_savings_gap_percent": _mean(rows, "savings_gap_percent"),
        "mean_peer_gap_percent": _mean(rows, "peer_gap_percent"),
        "peer_cost_ratio": round(fmean(float(str(row["peer_cost_ratio"])) for row in rows), 5),
        "violations": sum(int(str(row["violations"])) for row in rows),
        "instances": rows,
    }


def _measured(case: Case, seed: int) -> dict[str, object]:
    params = vrp.Params(time_limit_s=CPU_LIMIT_S, cpu_time=True)
    result = vrp.solve(case.problem, params, seed=seed)
    peer = _peer_cost(case.problem, seed)
    return {
        "name": case.problem.name,
        "stops": len(case.problem.stops),
        "routes": len(result.routes),
        "cost": float(vrp.cost_text(case.problem, result.cost)),
        "gap_percent": _gap(result.cost, case.best_known),
        "savings_gap_percent": _gap(result.baseline.cost, case.best_known),
        "peer_gap_percent": _gap(peer, case.best_known),
        "peer_cost_ratio": round(peer / result.cost, 5),
        "violations": len(vrp.check(case.problem, result.plan)) + len(result.unserved),
        "iterations": result.provenance.iterations,
        "cpu_s": result.provenance.cpu_s,
    }


def _gap(cost: float, best_known: float | None) -> float | None:
    return None if best_known is None else round(100 * (cost / best_known - 1), 3)


def _mean(rows: list[dict[str, object]], name: str) -> float | None:
    values = [float(str(row[name])) for row in rows if row[name] is not None]
    return round(fmean(values), 3) if values else None


def _peer_cost(problem: vrp.Problem, seed: int) -> float:
    """Let PyVRP solve the same integers alone; its clock too starts before the model is made."""
    end = time.thread_time() + CPU_LIMIT_S
    found = pyvrp.solve(
        _peer_data(problem), stop=lambda best_cost: time.thread_time() >= end, seed=seed, collect_stats=False
    )
    return float(found.cost())


def _peer_data(problem: vrp.Problem) -> pyvrp.ProblemData:
    """Model a plane problem with one depot and one kind of vehicle; thousandths are rounded to the nearest."""
    (depot,), (vehicle,) = problem.depots, problem.vehicles
    points = np.array([(place.at.x, place.at.y) for place in problem.places])
    across, up = (axis[:, None] - axis[None, :] for axis in points.T)
    legs = np.floor(problem.scale * np.sqrt(across**2 + up**2) + 0.5).astype(np.int64)
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(*point) for point in points],
        clients=[
            pyvrp.Client(
                location,
                delivery=list(stop.demand),
                service_duration=stop.service,
                tw_early=stop.window.opens,
                tw_late=stop.window.closes,
            )
            for location, stop in enumerate(problem.stops, start=1)
        ],
        depots=[pyvrp.Depot(0, tw_early=depot.window.opens, tw_late=depot.window.closes)],
        vehicle_types=[
            pyvrp.VehicleType(min(vehicle.count, len(problem.stops)), capacity=list(vehicle.capacity))
        ],
        distance_matrices=[legs],
        duration_matrices=[legs],
    )


def _shared_cases() -> list[Case]:
    if not DATA.is_dir():
        return []
    known = json.loads((DATA / "vrptw-solomon" / "BKS.json").read_text(encoding="utf-8"))
    cases = []
    for name in CVRP:
        problem = vrp.read_vrplib((DATA / "cvrp-x" / f"{name}.vrp").read_text(encoding="utf-8"))
        published = vrp.read_sol((DATA / "cvrp-x" / f"{name}.sol").read_text(encoding="utf-8"), problem)
        cases.append(Case(problem, published.cost))
    for name in TIMED:
        problem = vrp.read_solomon((DATA / "vrptw-solomon" / f"{name}.txt").read_text(encoding="utf-8"))
        cases.append(Case(problem, known[f"{name}_distance"]["best_known_cost"] * problem.scale))
    return cases


def _own_cases(seed: int) -> list[Case]:
    return [Case(_own_problem(seed, stops=200, timed=timed), None) for timed in (False, True)]


def _own_problem(seed: int, *, stops: int, timed: bool) -> vrp.Problem:
    """Places on a 1,000 by 1,000 grid, demands 1 to 100, a dozen stops to a vehicle; windows wide enough to reach."""
    rng = np.random.default_rng([seed, stops, timed])
    points = rng.integers(0, 1001, size=(stops + 1, 2)).tolist()
    home = vrp.DepotId("depot")
    windows = [vrp.ALWAYS] * stops
    if timed:
        reach = [math.ceil(math.dist(points[0], point)) for point in points[1:]]
        opens = [first + int(rng.integers(0, 4000)) for first in reach]
        windows = [vrp.Window(begin, begin + 600) for begin in opens]
    return vrp.Problem(
        depots=(vrp.Depot(home, vrp.XY(*points[0])),),
        stops=tuple(
            vrp.Stop(vrp.StopId(str(n)), vrp.XY(*point), (int(rng.integers(1, 101)),), window)
            for n, (point, window) in enumerate(zip(points[1:], windows, strict=True), start=1)
        ),
        vehicles=(vrp.Vehicle(vrp.VehicleId("vehicle"), home, (600,), count=stops),),
        travel=vrp.Plane(),
        name=f"own-{stops}-{'timed' if timed else 'free'}",
    )


if __name__ == "__main__":
    print(json.dumps(run(seed=1), indent=2))
