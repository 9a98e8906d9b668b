"""Reading OpenStreetMap extracts (PBF or XML, plain, gzip or bzip2) through osmium.

The only module of this engine that may touch a file, and only when it is handed a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium

from hansa.engines.roads._graph import RawWay, RoadGraph, build_graph
from hansa.engines.roads._profiles import PROFILES, ROUTING_TAGS, VehicleProfile
from hansa.kernel.errors import InvalidInput, NotFound

Extract = Path | bytes
"""A path to a file, or the bytes of one."""

_NAMES = ("name", "name:en", "name:zh")


@dataclass(frozen=True, slots=True)
class Shape:
    """Something to draw behind the roads: ``kind`` river, water or green; (lat, lon) in order.

    ``width_m`` is what the map says of a river; a closed line is an area.
    """

    kind: str
    name: str
    line: tuple[tuple[float, float], ...]
    width_m: float | None = None


def read_osm(extract: Extract, *, profiles: Iterable[VehicleProfile] = PROFILES.values()) -> RoadGraph:
    """Read the roads that at least one of the profiles may use.

    A way that leaves the extract is cut there. Refuses a path where no file is (NotFound), and
    bytes that are no OSM data or hold no usable road (InvalidInput).
    """
    wanted = tuple(profiles)
    positions: dict[int, tuple[float, float]] = {}
    barriers: dict[int, dict[str, str]] = {}
    ways: list[RawWay] = []
    for item in _objects(extract, keys=("highway", "barrier")):
        if item.is_node():
            if "barrier" in item.tags:
                barriers[item.id] = _kept(item.tags)
        elif _is_used(tags := _kept(item.tags), wanted):
            for piece in _located_pieces(item.nodes):
                positions.update(piece)
                ways.append(RawWay(item.id, tags, tuple(node_id for node_id, _ in piece)))
    if not ways:
        names = ", ".join(profile.name for profile in wanted)
        raise InvalidInput(f"{_called(extract)} holds no road that is open to {names}")
    return build_graph(positions, ways, barriers)


def read_backdrop(extract: Extract) -> tuple[Shape, ...]:
    """Read rivers, water and parks, so that a map of the roads has something to lie on."""
    shapes = []
    for item in _objects(extract, keys=("waterway", "natural", "leisure", "landuse")):
        kind = None if item.is_node() else _kind(item.tags)
        for piece in _located_pieces(item.nodes) if kind else ():
            width = item.tags.get("width", "")
            shapes.append(
                Shape(
                    kind=str(kind),
                    name=item.tags.get("name", ""),
                    line=tuple(position for _, position in piece),
                    width_m=float(width) if width.replace(".", "", 1).isdigit() else None,
                )
            )
    return tuple(shapes)


def _kind(tags: Any) -> str | None:
    if tags.get("waterway") in ("river", "canal"):
        return "river"
    if tags.get("natural") == "water":
        return "water"
    is_green = tags.get("leisure") in ("park", "garden") or tags.get("landuse") in ("forest", "grass")
    return "green" if is_green else None


def _kept(tags: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in tags if tag.k in ROUTING_TAGS or tag.k in _NAMES}


def _is_used(tags: Mapping[str, str], profiles: Iterable[VehicleProfile]) -> bool:
    if tags.get("area") == "yes":  # a square is no line to drive along
        return False
    return any(
        profile.speed_kmh(tags, forward=forward) is not None
        for profile in profiles
        for forward in (True, False)
    )


def _located_pieces(nodes: Any) -> Iterator[list[tuple[int, tuple[float, float]]]]:
    """Cut a way where a node lies outside the extract; keep pieces of two nodes and more."""
    piece: list[tuple[int, tuple[float, float]]] = []
    for node in nodes:
        if node.location.valid():
            piece.append((node.ref, (node.location.lat, node.location.lon)))
            continue
        if len(piece) > 1:
            yield piece
        piece = []
    if len(piece) > 1:
        yield piece


def _objects(extract: Extract, *, keys: tuple[str, ...]) -> Iterator[Any]:
    entities = osmium.osm.NODE | osmium.osm.WAY
    try:
        reader = osmium.FileProcessor(_source(extract), entities)
        yield from reader.with_locations().with_filter(osmium.filter.KeyFilter(*keys))
    except (RuntimeError, osmium.InvalidLocationError) as fault:
        raise InvalidInput(f"{_called(extract)} cannot be read as OpenStreetMap data: {fault}") from fault


def _source(extract: Extract) -> Any:
    if isinstance(extract, Path):
        if not extract.is_file():
            raise NotFound(f"there is no file {extract}")
        with extract.open("rb") as file:
            return osmium.io.File(str(extract), _format(file.read(16), extract))
    return osmium.io.FileBuffer(extract, _format(extract[:16], extract))


def _format(head: bytes, extract: Extract) -> str:
    """Tell the format by the first bytes: names of files promise too much."""
    if head.startswith(b"\x1f\x8b"):
        return "osm.gz"
    if head.startswith(b"BZh"):
        return "osm.bz2"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "osm"
    if head[4:6] == b"\x0a\x09" and head[6:].startswith(b"OSMHeader"):
        return "pbf"
    raise InvalidInput(f"{_called(extract)} is neither OSM XML nor OSM PBF")


def _called(extract: Extract) -> str:
    return str(extract) if isinstance(extract, Path) else "the extract"
