"""Travel matrices: seconds and metres between all points, with the reason where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import routingkit_cch as cch
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from hansa import __version__
from hansa.engines.roads._network import RoadNetwork, Snap, open_matrix, quickest_arcs
from hansa.engines.roads._sphere import Point, check_points, distances_m, frozen
from hansa.kernel.errors import InvalidInput

_SOURCES_AT_ONCE = 64  # bounds the memory of the trees: 64 x nodes x 12 bytes


@dataclass(frozen=True, slots=True)
class Params:
    """How to ask for a matrix.

    ``max_snap_m``: a point farther from the network than this is off it (metres).
    ``with_metres``: also follow each quickest path for its length, which costs a Dijkstra a point.
    ``main_component_only``: snap only to nodes that reach all others; else pairs may lack a path.
    ``max_points``: the refusal above which a matrix is the wrong tool.
    """

    max_snap_m: float = 1_000.0
    with_metres: bool = True
    main_component_only: bool = True
    max_points: int = 2_000

    def __post_init__(self) -> None:
        if not self.max_snap_m >= 0:
            raise InvalidInput(f"max_snap_m must not be negative: {self.max_snap_m}")


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A pair that has no travel time, and why."""

    from_id: str
    to_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a matrix was made; ``graph`` is the fingerprint of the graph, empty without one."""

    method: str
    profile: str
    graph: str
    version: str = __version__


@dataclass(frozen=True, slots=True, eq=False)
class MatrixResult:
    """Travel between points: rows leave from, columns arrive at ``point_ids``.

    NaN stands where there is no path; ``unreachable`` names each such pair. ``metres`` is the
    length of the quickest path, None when it was not asked for. The way from a point to the
    network (``snaps[i].off_m``) is in neither.
    """

    point_ids: tuple[str, ...]
    seconds: NDArray[np.float64]  # points x points
    metres: NDArray[np.float64] | None  # points x points
    snaps: tuple[Snap, ...]  # points; empty when there is no network
    unreachable: tuple[Unreachable, ...]
    provenance: Provenance


def travel_matrix(
    network: RoadNetwork, points: Sequence[Point], params: Params | None = None
) -> MatrixResult:
    """Find the quickest times, and the metres of those paths, between all pairs of points.

    A pair without a path is NaN and named, never a huge number. Refuses no points, more than
    ``max_points``, and two points of one id.
    """
    params = params or Params()
    check_points(points, at_most=params.max_points)
    asked = network if params.main_component_only else network.restricted_to_all_nodes()
    snaps = asked.snap(points)
    nodes, row_of = np.unique([snap.node for snap in snaps], return_inverse=True)
    seconds = _seconds_between(network, nodes)[np.ix_(row_of, row_of)]
    metres = _metres_between(network, nodes)[np.ix_(row_of, row_of)] if params.with_metres else None
    off = np.array([snap.off_m > params.max_snap_m for snap in snaps])
    for array in (seconds,) if metres is None else (seconds, metres):
        array[off, :] = np.nan
        array[:, off] = np.nan
    return MatrixResult(
        point_ids=tuple(point.id for point in points),
        seconds=frozen(seconds, np.float64),
        metres=None if metres is None else frozen(metres, np.float64),
        snaps=snaps,
        unreachable=_unreachable(snaps, seconds, params.max_snap_m),
        provenance=Provenance("contraction hierarchy", network.profile.name, network.graph.fingerprint),
    )


def great_circle_matrix(
    points: Sequence[Point], *, detour: float = 1.35, speed_kmh: float = 28.0, max_points: int = 2_000
) -> MatrixResult:
    """Guess travel where no network is loaded: great circle times ``detour`` at one speed.

    The naive baseline of this engine; the default factor is a common one for towns. Refuses a
    detour below 1 and a speed that is not positive.
    """
    if not detour >= 1:
        raise InvalidInput(f"no road is shorter than the great circle: detour {detour} is below 1")
    if not speed_kmh > 0:
        raise InvalidInput(f"speed_kmh must be positive, not {speed_kmh}")
    check_points(points, at_most=max_points)
    lats, lons = np.array([p.lat for p in points]), np.array([p.lon for p in points])
    metres = detour * distances_m(lats[:, None], lons[:, None], lats, lons)
    return MatrixResult(
        point_ids=tuple(point.id for point in points),
        seconds=frozen(metres / (speed_kmh / 3.6), np.float64),
        metres=frozen(metres, np.float64),
        snaps=(),
        unreachable=(),
        provenance=Provenance(f"great circle x {detour:g} at {speed_kmh:g} km/h", "", ""),
    )


def _seconds_between(network: RoadNetwork, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
    query = cch.CCHOneToMany(network.metric, nodes.tolist())
    rows = [query.distances_from(int(node)) for node in nodes]
    return np.array(rows, dtype=np.float64).reshape(len(nodes), len(nodes)) / 1000  # None becomes NaN


def _metres_between(network: RoadNetwork, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure the quickest paths along their trees.

    Unpacking a path costs more the longer it is (0.09 ms on 700 arcs), a tree 2 ms whatever the
    number of its targets: trees win from some twenty points on.
    """
    size = network.graph.node_count
    matrix = open_matrix(network.graph, network.milliseconds)
    arcs = quickest_arcs(network.graph, network.milliseconds)
    keys = network.graph.tails[arcs].astype(np.int64) * size + network.graph.heads[arcs]
    lengths = network.graph.lengths_m[arcs]
    metres = np.empty((len(nodes), len(nodes)))
    for start in range(0, len(nodes), _SOURCES_AT_ONCE):
        sources = nodes[start : start + _SOURCES_AT_ONCE]
        _, parents = dijkstra(matrix, indices=sources, return_predecessors=True)
        for offset, source in enumerate(sources):
            tree = _tree_metres(parents[offset].astype(np.int64), int(source), keys, lengths)
            metres[start + offset] = tree[nodes]
    return metres


def _tree_metres(
    parents: NDArray[np.int64], root: int, keys: NDArray[np.int64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum lengths from the root to every node by pointer jumping; NaN outside the tree."""
    size = len(parents)
    children = np.flatnonzero(parents >= 0)
    metres = np.full(size, np.nan)
    metres[root] = 0.0
    metres[children] = lengths[np.searchsorted(keys, parents[children] * size + children)]
    above = np.full(size, root)
    above[children] = parents[children]
    while (open_ends := children[above[children] != root]).size:
        children = open_ends
        grown = metres[children] + metres[above[children]]
        above[children], metres[children] = above[above[children]], grown
    return metres


def _unreachable(
    snaps: Sequence[Snap], seconds: NDArray[np.float64], max_snap_m: float
) -> tuple[Unreachable, ...]:
    found = []
    for i, j in np.argwhere(np.isnan(seconds)).tolist():
        off = next((snap for snap in (snaps[i], snaps[j]) if snap.off_m > max_snap_m), None)
        reason = f"{off.point_id} is {off.off_m:.0f} m off the network" if off else "no road leads there"
        found.append(Unreachable(snaps[i].point_id, snaps[j].point_id, reason))
    return tuple(found)
