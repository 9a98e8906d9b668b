"""The road graph: what an extract says about roads, before any vehicle looks at it.

Every way gives an arc in each direction; which of them are open, and how fast, is a profile's affair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hansa.engines.roads._profiles import VehicleProfile
from hansa.engines.roads._sphere import distances_m, frozen
from hansa.kernel.errors import InvalidInput

NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Way:
    """A stretch of road: its OSM id, the tags that matter, its nodes as indices into the graph."""

    osm_id: int
    tags: Mapping[str, str]
    nodes: tuple[int, ...]

    @property
    def highway(self) -> str:
        return self.tags.get("highway", "")

    @property
    def name(self) -> str:
        return self.tags.get("name", "")


@dataclass(frozen=True, slots=True, eq=False)
class RoadGraph:
    """Nodes, arcs and ways. Axis ``nodes`` is named by ``node_ids``; ``arcs`` go from tail to head.

    Units: degrees and metres. Refuses arrays that do not fit together, naming the odd one.
    """

    node_ids: NDArray[np.int64]  # nodes
    lats: NDArray[np.float64]  # nodes
    lons: NDArray[np.float64]  # nodes
    tails: NDArray[np.int32]  # arcs -> nodes
    heads: NDArray[np.int32]  # arcs -> nodes
    lengths_m: NDArray[np.float64]  # arcs
    way_of: NDArray[np.int32]  # arcs -> ways
    is_forward: NDArray[np.bool_]  # arcs: along the way's own direction?
    ways: tuple[Way, ...]
    barriers: Mapping[int, Mapping[str, str]]  # node index -> tags
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        nodes, arcs = len(self.node_ids), len(self.tails)
        for name, size in (("lats", nodes), ("lons", nodes), ("heads", arcs), ("lengths_m", arcs)):
            if len(getattr(self, name)) != size:
                raise InvalidInput(f"road graph: {name} has {len(getattr(self, name))} entries, not {size}")
        for name, bound in (("tails", nodes), ("heads", nodes), ("way_of", len(self.ways))):
            values = getattr(self, name)
            if arcs and (values.min() < 0 or values.max() >= bound):
                raise InvalidInput(f"road graph: {name} points outside 0..{bound - 1}")
        digest = hashlib.blake2b(digest_size=8)
        for array in (self.node_ids, self.lats, self.lons, self.tails, self.heads, self.way_of):
            digest.update(np.ascontiguousarray(array).tobytes())
        for way in self.ways:
            digest.update(repr((way.osm_id, sorted(way.tags.items()))).encode())
        object.__setattr__(self, "fingerprint", digest.hexdigest())

    @property
    def node_count(self) -> int:
        return len(self.node_ids)

    @property
    def arc_count(self) -> int:
        return len(self.tails)

    def position(self, node: int) -> tuple[float, float]:
        """Tell latitude and longitude of a node by its index."""
        return float(self.lats[node]), float(self.lons[node])

    def lines(self) -> Iterator[tuple[Way, list[tuple[float, float]]]]:
        """Walk over all ways with their shape as (lat, lon), as a map draws them."""
        for way in self.ways:
            yield way, [self.position(node) for node in way.nodes]


@dataclass(frozen=True, slots=True)
class RawWay:
    """A way as a file tells it: OSM id, tags, OSM ids of its nodes in order."""

    osm_id: int
    tags: Mapping[str, str]
    node_ids: tuple[int, ...]


def build_graph(
    positions: Mapping[int, tuple[float, float]],
    ways: Sequence[RawWay],
    barriers: Mapping[int, Mapping[str, str]] = MappingProxyType({}),
) -> RoadGraph:
    """Make a graph of positions (OSM id -> lat, lon) and ways; nodes on no way are left out.

    Refuses a way with an unknown node, and a network without a single arc.
    """
    index: dict[int, int] = {}
    kept: list[Way] = []
    for way in ways:
        for node_id in way.node_ids:
            if node_id not in positions:
                raise InvalidInput(f"way {way.osm_id} runs over node {node_id}, which has no position")
            index.setdefault(node_id, len(index))
        nodes = tuple(index[node_id] for node_id in way.node_ids)
        kept.append(Way(way.osm_id, MappingProxyType(dict(way.tags)), nodes))
    places = [positions[node_id] for node_id in index]
    lats, lons = np.array([p[0] for p in places], float), np.array([p[1] for p in places], float)
    tails, heads, way_of = _segments(kept)
    if not len(tails):
        raise InvalidInput("there is no road in this network: no way joins two different nodes")
    lengths = distances_m(lats[tails], lons[tails], lats[heads], lons[heads])
    return RoadGraph(
        node_ids=frozen(list(index), np.int64),
        lats=frozen(lats, np.float64),
        lons=frozen(lons, np.float64),
        tails=frozen(np.concatenate((tails, heads)), np.int32),
        heads=frozen(np.concatenate((heads, tails)), np.int32),
        lengths_m=frozen(np.concatenate((lengths, lengths)), np.float64),
        way_of=frozen(np.concatenate((way_of, way_of)), np.int32),
        is_forward=frozen(np.arange(2 * len(tails)) < len(tails), np.bool_),
        ways=tuple(kept),
        barriers=MappingProxyType({index[node]: tags for node, tags in barriers.items() if node in index}),
    )


def arc_speeds_kmh(graph: RoadGraph, profile: VehicleProfile) -> NDArray[np.float64]:
    """Give each arc its speed in km/h under a profile; zero where the vehicle may not go."""
    table = np.array(
        [
            [profile.speed_kmh(way.tags, forward=forward) or 0.0 for forward in (False, True)]
            for way in graph.ways
        ]
    )
    speeds: NDArray[np.float64] = table[graph.way_of, graph.is_forward.astype(np.int8)]
    shut = [node for node, tags in graph.barriers.items() if not profile.may_pass(tags)]
    if shut:  # nobody may drive into a barrier, so nobody passes it
        speeds[np.isin(graph.heads, shut)] = 0.0
    return speeds


def _segments(ways: Sequence[Way]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    tails: list[int] = []
    heads: list[int] = []
    way_of: list[int] = []
    for number, way in enumerate(ways):
        for tail, head in zip(way.nodes, way.nodes[1:], strict=False):
            if tail != head:
                tails.append(tail)
                heads.append(head)
                way_of.append(number)
    return np.array(tails, np.int32), np.array(heads, np.int32), np.array(way_of, np.int32)
