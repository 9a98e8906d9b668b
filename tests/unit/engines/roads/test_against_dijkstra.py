"""The contraction hierarchy against a Dijkstra of a dozen lines that shares no code with it."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hansa.engines.roads import (
    BIKE,
    CAR,
    Params,
    Point,
    RoadNetwork,
    prepare,
    read_osm,
    shortest_path,
    travel_matrix,
)

ANDORRA = Path(__file__).parents[5] / "shared/data/logistics/roads-osm/andorra.osm.gz"


Leaving = dict[int, list[tuple[int, int]]]


def arcs_leaving(network: RoadNetwork) -> Leaving:
    """List for each node where one may go from it, and in how many milliseconds."""
    graph, leaving = network.graph, {}
    arcs = zip(graph.tails.tolist(), graph.heads.tolist(), network.milliseconds.tolist(), strict=True)
    for tail, head, milliseconds in arcs:
        if milliseconds < 2**31 - 1:
            leaving.setdefault(tail, []).append((head, milliseconds))
    return leaving


def dijkstra(leaving: Leaving, source: int) -> dict[int, int]:
    """Whole milliseconds from the source to every node that it reaches."""
    settled: dict[int, int] = {}
    queue = [(0, source)]
    while queue:
        reached, node = heapq.heappop(queue)
        if node in settled:
            continue
        settled[node] = reached
        for head, milliseconds in leaving.get(node, []):
            heapq.heappush(queue, (reached + milliseconds, head))
    return settled


def mismatches(network: RoadNetwork, *, sources: int, targets: int) -> tuple[int, int]:
    """Count pairs compared and pairs that differ, over nodes of every component."""
    rng = np.random.default_rng(5)
    nodes = rng.choice(network.graph.node_count, size=targets, replace=False).tolist()
    points = [Point(str(node), *network.graph.position(node)) for node in nodes]
    result = travel_matrix(
        network.restricted_to_all_nodes(),
        points,
        Params(main_component_only=False, with_metres=False, max_snap_m=1e9),
    )
    met = [snap.node for snap in result.snaps]
    leaving = arcs_leaving(network)
    compared = wrong = 0
    for row in range(sources):
        expected = dijkstra(leaving, met[row])
        for column in range(targets):
            truth = expected.get(met[column])
            found = result.seconds[row, column]
            compared += 1
            wrong += math.isnan(found) if truth is not None else not math.isnan(found)
            wrong += truth is not None and found != truth / 1000
    return compared, wrong


@pytest.mark.parametrize("profile", [CAR, BIKE], ids=["car", "bike"])
def test_in_the_made_up_town_no_pair_differs(town: RoadNetwork, profile: object) -> None:
    network = town.with_profile(profile)  # type: ignore[arg-type]  # parametrize hides the type

    assert mismatches(network, sources=25, targets=400) == (10_000, 0)


def test_after_a_traffic_jam_no_pair_differs(town: RoadNetwork) -> None:
    rng = np.random.default_rng(1)
    jam = {way.osm_id: float(rng.choice([0.8, 1.7, 5.0, math.inf])) for way in town.graph.ways[::3]}

    assert mismatches(town.with_slowdown(jam), sources=10, targets=300) == (3_000, 0)


def test_on_real_roads_no_pair_differs() -> None:
    if not ANDORRA.exists():
        pytest.skip("the extract ../shared/data/logistics/roads-osm/andorra.osm.gz is not here")
    network = prepare(read_osm(ANDORRA), CAR)

    assert len(network.main_nodes) == 16_413
    assert mismatches(network, sources=5, targets=500) == (2_500, 0)


def test_the_metres_of_a_matrix_are_those_of_the_paths(town: RoadNetwork) -> None:
    nodes = np.random.default_rng(2).choice(town.main_nodes, size=30, replace=False).tolist()
    points = [Point(str(node), *town.graph.position(node)) for node in nodes]

    result = travel_matrix(town, points)

    assert result.metres is not None
    for row, start in enumerate(points):
        for column, end in enumerate(points):
            path = shortest_path(town, start, end)
            assert path.seconds == result.seconds[row, column]
            assert path.metres == pytest.approx(result.metres[row, column], abs=1e-6)


def test_a_path_drives_along_open_arcs_only_and_its_parts_add_up(town: RoadNetwork) -> None:
    cost = {
        (tail, head): ms
        for tail, head, ms in zip(
            town.graph.tails.tolist(), town.graph.heads.tolist(), town.milliseconds.tolist(), strict=True
        )
    }
    node_at = {town.graph.position(node): node for node in range(town.graph.node_count)}
    corner, other = town.main_nodes[[0, -1]].tolist()

    path = shortest_path(
        town, Point("a", *town.graph.position(corner)), Point("b", *town.graph.position(other))
    )

    nodes = [node_at[position] for position in path.geometry]
    assert (nodes[0], nodes[-1]) == (corner, other)
    assert sum(cost[pair] for pair in pairwise(nodes)) / 1000 == path.seconds
