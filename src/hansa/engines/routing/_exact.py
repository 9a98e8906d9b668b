"""Owns the exact best order of a few stops for one vehicle: oracle of the tests, enough for a small round."""

from __future__ import annotations

from hansa.engines.routing._instance import Instance, Kind, Tour, laid_out, plan_of
from hansa.engines.routing._plan import Plan
from hansa.engines.routing._problem import Problem
from hansa.engines.routing._travel import NO_WAY
from hansa.kernel.errors import InvalidInput

MOST_EXACT_STOPS = 12

_State = tuple[int, int]  # stops visited (bits), the last of them
_Label = tuple[int, int, tuple[int, ...]]  # cost, time service ends, nodes


def best_single_route(problem: Problem) -> Plan | None:
    """Find the cheapest order in which the first vehicle serves every stop; None when no order can.

    Dynamic programming over subsets (Held and Karp 1962), with all labels kept that are cheaper or
    earlier. The vehicle leaves as early as it may. Refuses with InvalidInput more than
    `MOST_EXACT_STOPS` stops, no vehicle, or a vehicle paid by duration.
    """
    if len(problem.stops) > MOST_EXACT_STOPS:
        raise InvalidInput(f"{len(problem.stops)} stops: exact up to {MOST_EXACT_STOPS}, use `solve`")
    if not problem.vehicles or problem.vehicles[0].per_duration:
        raise InvalidInput("Exact routes need a first vehicle that is not paid by duration")
    instance = laid_out(problem)
    nodes = list(instance.stops)
    first = next((k for k, kind in enumerate(instance.kinds) if problem.vehicles[0] in kind.members), None)
    if not nodes:
        return Plan((), (), 0)
    if first is None or not instance.kinds[first].carries(instance.load_of(nodes)):
        return None
    best = _cheapest(instance, first, nodes)
    return None if best is None else plan_of(instance, [Tour(first, list(best))], ())


def _cheapest(instance: Instance, number: int, nodes: list[int]) -> tuple[int, ...] | None:
    """Extend every partial route by every open stop, all routes of one length after another."""
    kind = instance.kinds[number]
    labels: dict[_State, list[_Label]] = {(0, kind.start): [(kind.model.fixed_cost, kind.leaves.early, ())]}
    for _ in nodes:
        longer: dict[_State, list[_Label]] = {}
        for (visited, here), known in labels.items():
            for bit, node in enumerate(nodes):
                if visited >> bit & 1:
                    continue
                for label in known:
                    _keep(longer, (visited | 1 << bit, node), _extended(instance, kind, label, here, node))
        labels = longer
    finished: list[_Label] = []
    for (_, last), known in labels.items():
        for cost, time, route in known:
            way = instance.travel(last, kind.end)
            if way != NO_WAY and time + way <= kind.returns.late:
                finished.append((cost + instance.leg_cost(kind, last, kind.end), time + way, route))
    return min(finished)[2] if finished else None


def _extended(instance: Instance, kind: Kind, label: _Label, here: int, node: int) -> _Label | None:
    cost, time, route = label
    way, span = instance.travel(here, node), instance.spans[node]
    begin = max(time + way, span.early)
    if way == NO_WAY or begin > span.late:
        return None
    return cost + instance.leg_cost(kind, here, node), begin + span.duration, (*route, node)


def _keep(labels: dict[_State, list[_Label]], state: _State, label: _Label | None) -> None:
    """Keep a label unless another is as cheap and as early; drop those that it beats."""
    if label is None:
        return
    known = labels.setdefault(state, [])
    if any(cost <= label[0] and time <= label[1] for cost, time, _ in known):
        return
    known[:] = [each for each in known if each[0] < label[0] or each[1] < label[1]]
    known.append(label)
