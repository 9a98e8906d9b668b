"""Picking tours: the walk, its metres, the picks in the order of the walk, and the baselines beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

from hansa import __version__
from hansa.engines.warehouse._exact import shortest_tour
from hansa.engines.warehouse._problem import Layout, Pick, Place, Problem
from hansa.engines.warehouse._rules import largest_gap_tour, s_shape_tour
from hansa.kernel.errors import BrokenInvariant


class Method(StrEnum):
    """How to walk: the shortest tour, or one of the rules of thumb."""

    EXACT = "exact"
    S_SHAPE = "s-shape"
    LARGEST_GAP = "largest-gap"


@dataclass(frozen=True, slots=True)
class Params:
    """``method`` is walked; the metres of the rules of thumb are told beside it in any case."""

    method: Method = Method.EXACT


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a tour was made."""

    method: str
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Result:
    """A tour: the picks in the order in which the walk meets them, and the walk itself.

    ``path`` begins and ends at the depot; each leg runs along an aisle or a cross aisle (x, y in
    metres). ``baseline_m`` has the metres of every rule of thumb on the same picks.
    """

    picks: tuple[Pick, ...]
    walking_m: float
    path: tuple[Place, ...]
    baseline_m: Mapping[str, float]
    provenance: Provenance


_TOURS: Mapping[Method, Callable[[Layout, Sequence[Pick]], list[Place]]] = MappingProxyType(
    {Method.EXACT: shortest_tour, Method.S_SHAPE: s_shape_tour, Method.LARGEST_GAP: largest_gap_tour}
)


def solve(problem: Problem, params: Params | None = None) -> Result:
    """Plan the walk of one picker over all picks and back to the depot; no picks, no walk."""
    params = params or Params()
    layout, picks = problem.layout, problem.picks
    tour = _TOURS[params.method](layout, picks) if picks else []
    path = _from_depot(layout, tour)
    rules = (Method.S_SHAPE, Method.LARGEST_GAP)
    return Result(
        picks=_in_order_of_walk(layout, picks, path),
        walking_m=length_m(path),
        path=_corners(path),
        baseline_m=MappingProxyType({str(rule): rule_metres(problem, rule) for rule in rules}),
        provenance=Provenance(str(params.method)),
    )


def rule_metres(problem: Problem, method: Method) -> float:
    """Measure the walk of a method without describing it."""
    tour = _TOURS[method](problem.layout, problem.picks) if problem.picks else []
    return length_m(_from_depot(problem.layout, tour))


def length_m(path: Sequence[Place]) -> float:
    """Add up the legs of a walk; each runs along an aisle or a cross aisle."""
    return float(sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(path)))


def _from_depot(layout: Layout, tour: Sequence[Place]) -> list[Place]:
    walk = [layout.depot, *tour, layout.depot] if tour else [layout.depot]
    return [place for position, place in enumerate(walk) if not position or place != walk[position - 1]]


def _in_order_of_walk(layout: Layout, picks: Sequence[Pick], path: Sequence[Place]) -> tuple[Pick, ...]:
    """Order the picks by when the walk first passes them; those of one place stay as they came."""
    passed: dict[Place, tuple[int, float]] = {}
    wanted = {layout.place_of(pick) for pick in picks}
    for leg, (a, b) in enumerate(pairwise(path)):
        for place in wanted:
            if place not in passed and _is_on(place, a, b):
                passed[place] = (leg, abs(place[0] - a[0]) + abs(place[1] - a[1]))
    missed = [pick.sku for pick in picks if layout.place_of(pick) not in passed]
    if missed:
        raise BrokenInvariant(f"the walk misses SKU {missed[0]!r}")
    return tuple(sorted(picks, key=lambda pick: passed[layout.place_of(pick)]))


def _is_on(place: Place, a: Place, b: Place) -> bool:
    in_aisle = a[0] == b[0] == place[0]
    return in_aisle and min(a[1], b[1]) <= place[1] <= max(a[1], b[1])


def _corners(path: Sequence[Place]) -> tuple[Place, ...]:
    """Leave out the places where a walk goes straight on."""
    kept = list(path[:1])
    for before, here, after in zip(path, path[1:], path[2:], strict=False):
        straight = (before[0] == here[0] == after[0]) or (before[1] == here[1] == after[1])
        turns_back = (here[0] - before[0]) * (after[0] - here[0]) + (here[1] - before[1]) * (
            after[1] - here[1]
        ) < 0
        if not straight or turns_back:
            kept.append(here)
    return (*kept, *path[-1:]) if len(path) > 1 else tuple(kept)
