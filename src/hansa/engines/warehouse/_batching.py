"""Batches: which orders one picker fetches together, and how far everybody walks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from hansa.engines.warehouse._problem import BatchProblem, Order, Pick, Problem
from hansa.engines.warehouse._tour import Method, Params, Provenance, Result, rule_metres, solve


@dataclass(frozen=True, slots=True)
class Batch:
    """The orders of one tour, and the tour."""

    order_ids: tuple[str, ...]
    units: int
    tour: Result


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """All tours of a list of orders.

    ``baseline_m`` has the metres of the naive ways to fetch the same orders: one tour an order by
    a rule of thumb (``single s-shape``…), one by the shortest walk, and these batches by the rules.
    """

    batches: tuple[Batch, ...]
    walking_m: float
    baseline_m: Mapping[str, float]
    provenance: Provenance


def plan_batches(problem: BatchProblem, params: Params | None = None) -> BatchPlan:
    """Batch the orders first come, first served, and plan each batch's walk."""
    params = params or Params()
    groups = first_come_batches(problem)
    batches = tuple(
        Batch(
            order_ids=tuple(order.id for order in group),
            units=sum(order.units for order in group),
            tour=solve(Problem(problem.layout, _picks_of(group)), params),
        )
        for group in groups
    )
    return BatchPlan(
        batches=batches,
        walking_m=sum(batch.tour.walking_m for batch in batches),
        baseline_m=_baselines(problem, groups),
        provenance=Provenance(f"first come, first served; {params.method}"),
    )


def first_come_batches(problem: BatchProblem) -> list[tuple[Order, ...]]:
    """Fill the picker's cart in the sequence of arrival; what does not fit starts the next batch."""
    groups: list[list[Order]] = [[]]
    room = problem.capacity
    for order in problem.orders:
        if order.units > room:
            groups.append([])
            room = problem.capacity
        groups[-1].append(order)
        room -= order.units
    return [tuple(group) for group in groups]


def _picks_of(group: tuple[Order, ...]) -> tuple[Pick, ...]:
    return tuple(replace(pick, order_id=order.id) for order in group for pick in order.picks)


def _baselines(problem: BatchProblem, groups: list[tuple[Order, ...]]) -> Mapping[str, float]:
    singles = [(order,) for order in problem.orders]
    measured = {}
    for label, tours in (("single", singles), ("batched", groups)):
        for method in Method:
            metres = (rule_metres(Problem(problem.layout, _picks_of(tour)), method) for tour in tours)
            measured[f"{label} {method}"] = sum(metres)
    return MappingProxyType(measured)
