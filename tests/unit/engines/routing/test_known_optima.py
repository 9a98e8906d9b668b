"""Published best values on public instances; skipped where the shared data are not at hand."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from hansa.engines import routing as vrp

DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "logistics"


def instance(name: str) -> vrp.Problem:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the routing instance ../shared/data/logistics/{name} is not here")
    return vrp.read_instance(path.read_text(encoding="utf-8"), source=name)


@pytest.mark.parametrize("name", ["A-n32-k5", "P-n16-k8", "P-n22-k8", "F-n72-k4"])
def test_proven_optima_of_classic_instances_are_found(name: str) -> None:
    problem = instance(f"cvrp-classic/{name}.vrp")
    known = json.loads((DATA / "cvrp-classic" / "BKS.json").read_text(encoding="utf-8"))[name]
    assert known["proven_optimal"]
    fleet = dataclasses.replace(problem.vehicles[0], count=known["vehicles"])  # optimal for so many vehicles
    problem = dataclasses.replace(problem, vehicles=(fleet,))

    result = vrp.solve(problem, vrp.Params(time_limit_s=None, iterations=1500), seed=1)

    assert result.cost == known["best_known_cost"]
    assert vrp.check(problem, result.plan) == []


@pytest.mark.parametrize("name", ["R101", "C201"])
def test_best_distances_of_solomon_instances_are_found(name: str) -> None:
    problem = instance(f"vrptw-solomon/{name}.txt")
    known = json.loads((DATA / "vrptw-solomon" / "BKS.json").read_text(encoding="utf-8"))[f"{name}_distance"]

    result = vrp.solve(problem, vrp.Params(time_limit_s=None, iterations=1200), seed=1)

    assert result.cost <= known["best_known_cost"] * 1000 * 1.003
    assert vrp.check(problem, result.plan) == []


@pytest.mark.parametrize(
    ("folder", "name", "ending", "cost"),
    [
        ("cvrp-x", "X-n101-k25", "vrp", "27591"),
        ("cvrp-x", "X-n1001-k43", "vrp", "72355"),
        ("vrptw-gh1000-dimacs", "C1_10_1", "vrp", "42444.8"),
        ("cvrp-belgium", "Antwerp1", "vrp", "477277"),
    ],
)
def test_the_checker_agrees_with_published_solutions(folder: str, name: str, ending: str, cost: str) -> None:
    problem = instance(f"{folder}/{name}.{ending}")
    solution = (DATA / folder / f"{name}.sol").read_text(encoding="utf-8")

    draft = vrp.read_sol(solution, problem)

    assert vrp.check(problem, draft) == []
    assert vrp.cost_text(problem, vrp.cost_of(problem, draft)) == cost
