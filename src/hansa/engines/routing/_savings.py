"""Owns the naive planner: Clarke and Wright's savings on near neighbours, then cheapest insertion.

It is the baseline beside every result and the start of the search.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from hansa.engines.routing._instance import Instance, Kind, Span, Tour, joined
from hansa.engines.routing._problem import FOREVER
from hansa.engines.routing._travel import NO_WAY, Integers

NEIGHBOURS = 60  # near stops a stop may be joined with


@dataclass(slots=True)
class _Chain:
    """Stops in a row, to be driven by some vehicle of its base."""

    nodes: list[int]
    load: tuple[int, ...]
    span: Span


def savings_tours(instance: Instance, nodes: Iterable[int]) -> tuple[list[Tour], list[int]]:
    """Plan tours for the nodes; also return the nodes that found no place in the fleet."""
    kinds_of: dict[tuple[int, int], list[Kind]] = {}
    for kind in instance.kinds:
        kinds_of.setdefault((kind.start, kind.end), []).append(kind)
    by_base, leftover = _by_base(instance, nodes, kinds_of)
    chains = [
        chain for base, members in by_base.items() for chain in _chains(instance, kinds_of[base], members)
    ]
    tours, dissolved = _assigned(instance, chains)
    return _inserted(instance, tours, leftover + dissolved)


def _alone(instance: Instance, kind: Kind, node: int) -> bool:
    return (
        kind.carries(instance.demands[node])
        and instance.round_trip(kind, instance.spans[node], node, node) is not None
    )


def _by_base(
    instance: Instance, nodes: Iterable[int], kinds_of: dict[tuple[int, int], list[Kind]]
) -> tuple[dict[tuple[int, int], list[int]], list[int]]:
    """Give each stop to the pair of depots with the shortest way out and back."""
    by_base: dict[tuple[int, int], list[int]] = {base: [] for base in kinds_of}
    leftover: list[int] = []
    for node in nodes:
        options = [
            (instance.distance(start, node) + instance.distance(node, end), start, end)
            for (start, end), kinds in kinds_of.items()
            if any(_alone(instance, kind, node) for kind in kinds)
        ]
        if options:
            by_base[min(options)[1:]].append(node)
        else:
            leftover.append(node)
    return by_base, leftover


def _chains(instance: Instance, kinds: list[Kind], members: list[int]) -> list[_Chain]:
    """Join the ends of chains, best saving first (Clarke and Wright 1964, parallel version)."""
    chain_of = {node: _Chain([node], instance.demands[node], instance.spans[node]) for node in members}
    turnable = _is_turnable(instance, kinds[0], members)
    for i, j in _pairs(instance, kinds[0], members, turnable):
        first, second = chain_of[i], chain_of[j]
        if first is second or not _meet(first.nodes, i, second.nodes, j, turnable):
            continue
        merged = _merged(instance, kinds, first, second)
        if merged is not None:
            for node in merged.nodes:
                chain_of[node] = merged
    return list({id(chain): chain for chain in chain_of.values()}.values())


def _is_turnable(instance: Instance, kind: Kind, members: list[int]) -> bool:
    """Tell whether any chain may be driven backwards: same ways both ways, and no windows."""
    free = all(instance.spans[node].early == 0 and instance.spans[node].late == FOREVER for node in members)
    if not free or kind.start != kind.end:
        return False
    legs = instance.legs
    return bool((legs.distance == legs.distance.T).all() and (legs.duration == legs.duration.T).all())


def _meet(first: list[int], i: int, second: list[int], j: int, turnable: bool) -> bool:
    """Turn the chains, where allowed, so that the first ends with i and the second begins with j."""
    if first[-1] != i:
        if not turnable or first[0] != i:
            return False
        first.reverse()
    if second[0] != j:
        if not turnable or second[-1] != j:
            return False
        second.reverse()
    return True


def _merged(instance: Instance, kinds: list[Kind], first: _Chain, second: _Chain) -> _Chain | None:
    load = tuple(a + b for a, b in zip(first.load, second.load, strict=True))
    able = [kind for kind in kinds if kind.carries(load)]
    if not able:
        return None
    span = joined(first.span, instance.travel(first.nodes[-1], second.nodes[0]), second.span)
    if span is None:
        return None
    ends = first.nodes[0], second.nodes[-1]
    if not any(instance.round_trip(kind, span, *ends) for kind in able):
        return None
    return _Chain(first.nodes + second.nodes, load, span)


def _pairs(instance: Instance, kind: Kind, members: list[int], turnable: bool) -> Iterator[tuple[int, int]]:
    """Yield (i, j), j to follow i, by falling saving of driving i-j instead of home and out again."""
    if len(members) < 2:
        return
    nodes = np.array(members)
    cost = _costs(instance, kind, np.ix_(nodes, nodes))
    np.fill_diagonal(cost, 2**60)
    nearest = min(NEIGHBOURS, len(nodes) - 1)
    columns = np.argpartition(cost, nearest - 1, axis=1)[:, :nearest]
    i, j = np.repeat(np.arange(len(nodes)), nearest), columns.ravel()
    i, j = (np.minimum(i, j), np.maximum(i, j)) if turnable else (np.append(i, j), np.append(j, i))
    i, j = np.unique(np.stack([i, j]), axis=1)
    homewards = _costs(instance, kind, (nodes, np.full(len(nodes), kind.end)))
    outwards = _costs(instance, kind, (np.full(len(nodes), kind.start), nodes))
    saving = homewards[i] + outwards[j] - cost[i, j] + kind.model.fixed_cost
    order = np.argsort(-saving, kind="stable")
    order = order[saving[order] > 0]
    yield from zip(nodes[i[order]].tolist(), nodes[j[order]].tolist(), strict=True)


def _costs(instance: Instance, kind: Kind, where: tuple[Integers, ...]) -> Integers:
    distance, duration = instance.legs.distance[where], instance.legs.duration[where]
    cost = kind.model.per_distance * distance + kind.model.per_duration * duration
    return np.where(distance == NO_WAY, 2**60, cost)


def _assigned(instance: Instance, chains: list[_Chain]) -> tuple[list[Tour], list[int]]:
    """Give chains to vehicles, the hardest to place first, each to the cheapest that can drive it."""
    able = {id(chain): _able(instance, chain.nodes) for chain in chains}
    free = [kind.count for kind in instance.kinds]
    tours: list[Tour] = []
    dissolved: list[int] = []
    for chain in sorted(chains, key=lambda chain: (len(able[id(chain)]), [-load for load in chain.load])):
        spare = [kind for kind in able[id(chain)] if free[kind]]
        if not spare:
            dissolved += chain.nodes
            continue
        kind = min(
            spare, key=lambda kind: (_cost(instance, kind, chain.nodes), instance.kinds[kind].model.capacity)
        )
        free[kind] -= 1
        tours.append(Tour(kind, chain.nodes))
    return tours, dissolved


def _able(instance: Instance, nodes: list[int]) -> list[int]:
    return [kind for kind in range(len(instance.kinds)) if instance.allows(Tour(kind, nodes))]


def _cost(instance: Instance, kind: int, nodes: list[int]) -> int:
    vehicle = instance.kinds[kind]
    path = [vehicle.start, *nodes, vehicle.end]
    legs = itertools.pairwise(path)
    return vehicle.model.fixed_cost + sum(instance.leg_cost(vehicle, *leg) for leg in legs)


def _inserted(instance: Instance, tours: list[Tour], waiting: list[int]) -> tuple[list[Tour], list[int]]:
    """Put waiting stops, the biggest first, where they cost least: into a tour or a spare vehicle."""
    used = Counter(tour.kind for tour in tours)
    left: list[int] = []
    for node in sorted(waiting, key=lambda node: [-load for load in instance.demands[node]]):
        best = min(_places(instance, tours, used, node), default=None)
        if best is None:
            left.append(node)
            continue
        _, index, place, kind = best
        if index == len(tours):
            tours.append(Tour(kind, []))
            used[kind] += 1
        tours[index].nodes.insert(place, node)
    return tours, left


def _places(
    instance: Instance, tours: list[Tour], used: Counter[int], node: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yield (extra cost, tour, position, kind) of each place that keeps every limit."""
    for index, tour in enumerate(tours):
        kind = instance.kinds[tour.kind]
        if kind.carries(instance.load_of([*tour.nodes, node])):
            for place, cost in _gaps(instance, kind, tour.nodes, node):
                yield cost, index, place, tour.kind
    for number, kind in enumerate(instance.kinds):
        if used[number] < kind.count and _alone(instance, kind, node):
            yield _cost(instance, number, [node]), len(tours), 0, number


def _gaps(instance: Instance, kind: Kind, nodes: list[int], node: int) -> Iterator[tuple[int, int]]:
    """Yield (position, extra cost) of each gap of a tour that the node fits into in time."""
    path = [kind.start, *nodes, kind.end]
    spans = [kind.leaves, *(instance.spans[each] for each in nodes), kind.returns]
    tails = [spans[-1]]  # from the end backwards
    for place in range(len(nodes), 0, -1):
        tail = joined(spans[place], instance.travel(path[place], path[place + 1]), tails[-1])
        assert tail is not None, "tours keep their windows"
        tails.append(tail)
    head: Span | None = kind.leaves
    for place, (before, after) in enumerate(itertools.pairwise(path)):
        assert head is not None, "tours keep their windows"
        with_node = joined(head, instance.travel(before, node), instance.spans[node])
        if with_node and joined(with_node, instance.travel(node, after), tails[-1 - place]):
            extra = instance.leg_cost(kind, before, node) + instance.leg_cost(kind, node, after)
            yield place, extra - instance.leg_cost(kind, before, after)
        head = joined(head, instance.travel(before, after), spans[place + 1])
