"""A graph made ready for one vehicle: travel times, the contraction hierarchy, snapping.

Customisable contraction hierarchies (Dibbelt, Strasser, Wagner 2016): the order and the hierarchy
depend on the graph alone and are made once; a profile or a traffic jam only customises them again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import routingkit_cch as cch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from hansa.engines.roads._graph import RoadGraph, arc_speeds_kmh
from hansa.engines.roads._profiles import CAR, VehicleProfile
from hansa.engines.roads._sphere import EARTH_RADIUS_M, Point, frozen, unit_vectors
from hansa.kernel.errors import InvalidInput

CLOSED = 2**31 - 1  # the hierarchy's own mark for an arc that nobody may take
_LONGEST_ARC_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Snap:
    """Where a point meets the network: index of the node, its place, and how far off it is."""

    point_id: str
    node: int
    lat: float
    lon: float
    off_m: float


@dataclass(frozen=True, slots=True, eq=False)
class RoadNetwork:
    """A graph as one vehicle sees it. Times are whole milliseconds, so that sums are exact."""

    graph: RoadGraph
    profile: VehicleProfile
    milliseconds: NDArray[np.int64]  # arcs; CLOSED where the vehicle may not go
    main_nodes: NDArray[np.int64]  # nodes of the largest strongly connected component
    hierarchy: Any  # routingkit's CCH: of the graph alone
    metric: Any  # routingkit's CCHMetric: of these milliseconds
    _nearest: Any  # KD-tree over main_nodes on the unit sphere

    def with_profile(self, profile: VehicleProfile) -> RoadNetwork:
        """See the same graph through another vehicle, keeping the hierarchy."""
        return _customised(self.graph, profile, travel_milliseconds(self.graph, profile), self.hierarchy)

    def with_slowdown(self, factors: Mapping[int, float]) -> RoadNetwork:
        """Multiply the travel times of ways (OSM id -> factor); infinity closes a way.

        Refuses factors that are not positive and ways that the graph does not have.
        """
        per_way = np.ones(len(self.graph.ways))
        known: dict[int, list[int]] = {}
        for number, way in enumerate(self.graph.ways):
            known.setdefault(way.osm_id, []).append(number)
        for way_id, factor in factors.items():
            if way_id not in known:
                raise InvalidInput(f"the network has no way {way_id}")
            if not factor > 0:
                raise InvalidInput(f"way {way_id}: a slowdown must be positive, not {factor}")
            per_way[known[way_id]] = factor
        slowed = self.milliseconds * per_way[self.graph.way_of]
        is_open = (self.milliseconds < CLOSED) & np.isfinite(slowed)
        milliseconds = np.where(is_open, np.clip(np.rint(slowed), 1, _LONGEST_ARC_MS), CLOSED)
        return _customised(self.graph, self.profile, milliseconds.astype(np.int64), self.hierarchy)

    def snap(self, points: Sequence[Point]) -> tuple[Snap, ...]:
        """Find for each point the nearest node from which the main network is reached and left."""
        vectors = unit_vectors(np.array([p.lat for p in points]), np.array([p.lon for p in points]))
        chords, found = self._nearest.query(vectors)
        snaps = []
        for point, chord, position in zip(points, chords, found, strict=True):
            node = int(self.main_nodes[position])
            lat, lon = self.graph.position(node)
            off_m = 2 * EARTH_RADIUS_M * math.asin(min(1.0, float(chord) / 2))
            snaps.append(Snap(point.id, node, lat, lon, off_m))
        return tuple(snaps)

    def restricted_to_all_nodes(self) -> RoadNetwork:
        """Snap to any node that an open arc touches, even where not every other can be reached."""
        is_open = self.milliseconds < CLOSED
        nodes = np.union1d(self.graph.tails[is_open], self.graph.heads[is_open]).astype(np.int64)
        return replace(self, main_nodes=frozen(nodes, np.int64), _nearest=_tree(self.graph, nodes))


def prepare(graph: RoadGraph, profile: VehicleProfile = CAR) -> RoadNetwork:
    """Build the hierarchy of a graph and customise it for a vehicle.

    Refuses a graph on which the vehicle may use no road.
    """
    tails, heads = graph.tails.tolist(), graph.heads.tolist()
    order = cch.compute_order_inertial(
        graph.node_count, tails, heads, graph.lats.tolist(), graph.lons.tolist()
    )
    hierarchy = cch.CCH(order, tails, heads, False)
    return _customised(graph, profile, travel_milliseconds(graph, profile), hierarchy)


def travel_milliseconds(graph: RoadGraph, profile: VehicleProfile) -> NDArray[np.int64]:
    """Say how long each arc takes in whole milliseconds, at least one; CLOSED where it may not be used."""
    speeds = arc_speeds_kmh(graph, profile)
    is_open = speeds > 0
    hours = np.divide(graph.lengths_m, speeds * 1000, out=np.zeros(len(speeds)), where=is_open)
    rounded = np.clip(np.rint(hours * 3_600_000), 1, _LONGEST_ARC_MS).astype(np.int64)
    return np.where(is_open, rounded, CLOSED)


def open_matrix(graph: RoadGraph, milliseconds: NDArray[np.int64]) -> csr_array:
    """Lay the open arcs out as a sparse matrix node x node; of parallel arcs the quickest stays."""
    arcs = quickest_arcs(graph, milliseconds)
    size = (graph.node_count, graph.node_count)
    values = milliseconds[arcs].astype(np.float64)
    return csr_array((values, (graph.tails[arcs], graph.heads[arcs])), shape=size)


def quickest_arcs(graph: RoadGraph, milliseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the open arcs by (tail, head), only the quickest (then shortest) of parallel ones."""
    arcs = np.flatnonzero(milliseconds < CLOSED)
    keys = (graph.lengths_m[arcs], milliseconds[arcs], graph.heads[arcs], graph.tails[arcs])
    arcs = arcs[np.lexsort(keys)]
    tails, heads = graph.tails[arcs], graph.heads[arcs]
    is_first = np.ones(len(arcs), np.bool_)
    is_first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    return arcs[is_first]


def main_component(graph: RoadGraph, milliseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the nodes of the largest part of the network in which each node reaches every other."""
    _, label = connected_components(open_matrix(graph, milliseconds), connection="strong")
    return np.flatnonzero(label == np.bincount(label).argmax())


def _customised(
    graph: RoadGraph, profile: VehicleProfile, milliseconds: NDArray[np.int64], hierarchy: Any
) -> RoadNetwork:
    if not (milliseconds < CLOSED).any():
        raise InvalidInput(f"no road of this network is open to a {profile.name}")
    main = main_component(graph, milliseconds)
    return RoadNetwork(
        graph=graph,
        profile=profile,
        milliseconds=frozen(milliseconds, np.int64),
        main_nodes=frozen(main, np.int64),
        hierarchy=hierarchy,
        metric=cch.CCHMetric(hierarchy, milliseconds.tolist()),
        _nearest=_tree(graph, main),
    )


def _tree(graph: RoadGraph, nodes: NDArray[np.int64]) -> cKDTree:
    return cKDTree(unit_vectors(graph.lats[nodes], graph.lons[nodes]))
