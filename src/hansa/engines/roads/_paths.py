"""Quickest paths with their geometry, between two points or through many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import routingkit_cch as cch

from hansa.engines.roads._network import RoadNetwork, Snap
from hansa.engines.roads._sphere import Point
from hansa.kernel.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class RoadPath:
    """A drive: length, time, shape as (lat, lon) from node to node, and the streets in order."""

    start: Snap
    end: Snap
    metres: float
    seconds: float
    geometry: tuple[tuple[float, float], ...]
    streets: tuple[str, ...]


def shortest_path(network: RoadNetwork, start: Point, end: Point, *, max_snap_m: float = 1_000.0) -> RoadPath:
    """Find the quickest path between two points of the main network.

    Refuses a point that is farther from the network than ``max_snap_m`` (NotFound).
    """
    snaps = network.snap((start, end))
    for snap in snaps:
        if snap.off_m > max_snap_m:
            raise NotFound(
                f"{snap.point_id!r} is {snap.off_m:.0f} m from the nearest road of a {network.profile.name}, "
                f"more than the {max_snap_m:.0f} m allowed"
            )
    return _path_between(network, *snaps)


def path_through(
    network: RoadNetwork, points: Sequence[Point], *, max_snap_m: float = 1_000.0
) -> tuple[RoadPath, ...]:
    """Find the legs of a drive through points in the given order. Refuses fewer than two points."""
    if len(points) < 2:
        raise InvalidInput(f"a drive needs two points or more, not {len(points)}")
    return tuple(shortest_path(network, a, b, max_snap_m=max_snap_m) for a, b in pairwise(points))


def _path_between(network: RoadNetwork, start: Snap, end: Snap) -> RoadPath:
    found = cch.CCHQuery(network.metric).run(start.node, end.node)
    if found.distance is None:
        raise NotFound(f"no road leads from {start.point_id!r} to {end.point_id!r}")
    arcs = np.array(found.arc_path, np.int64)
    return RoadPath(
        start=start,
        end=end,
        metres=float(network.graph.lengths_m[arcs].sum()),
        seconds=found.distance / 1000,
        geometry=tuple(network.graph.position(node) for node in found.node_path or [start.node]),
        streets=_streets(network, arcs.tolist()),
    )


def _streets(network: RoadNetwork, arcs: Sequence[int]) -> tuple[str, ...]:
    names: list[str] = []
    for arc in arcs:
        name = network.graph.ways[network.graph.way_of[arc]].name
        if name and (not names or names[-1] != name):
            names.append(name)
    return tuple(names)
