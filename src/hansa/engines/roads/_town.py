"""A made-up town as OSM XML, so that a demo without an extract walks through the very same reader.

A bent grid of streets with avenues, one-way and pedestrian streets in the centre, parks, and a river
with few bridges. Owns the making only; who lives there is `_addresses`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import quoteattr

from hansa.engines.roads._town_names import street_names
from hansa.kernel.errors import InvalidInput

Cross = tuple[int, int]  # a crossing of the grid: column, row

_METRES_PER_DEGREE = 111_195.0
_AVENUE_EVERY, _AVENUE_FIRST = 7, 3
_RIVER_WIDTH_M = 55.0
_RIVER_TAGS = {"waterway": "river", "name": "Long River", "name:zh": "长河", "width": f"{_RIVER_WIDTH_M:g}"}
_SHARE_REMOVED = 0.14  # of the residential pieces that nothing depends on: not every corner is a crossroads


@dataclass(frozen=True, slots=True)
class _Piece:
    """One side of a block: from crossing to crossing along a line of the grid."""

    start: Cross
    end: Cross
    highway: str
    is_oneway: bool = False
    is_bridge: bool = False

    @property
    def is_north_south(self) -> bool:
        return self.start[0] == self.end[0]

    @property
    def line(self) -> int:
        return self.start[0] if self.is_north_south else self.start[1]


@dataclass(frozen=True, slots=True)
class _Way:
    tags: dict[str, str]
    nodes: list[int]


@dataclass(slots=True)
class _Ground:
    """The lie of the land: where a place of the even grid ends up, in metres and in degrees."""

    rng: random.Random
    blocks: int
    centre_lat: float
    centre_lon: float
    lines: tuple[list[float], list[float]] = field(init=False)  # metres east of columns, north of rows
    bend: tuple[float, float, float] = field(init=False)  # phases

    def __post_init__(self) -> None:
        self.lines = (self._spacing(92, 138), self._spacing(80, 120))
        self.bend = (self.rng.uniform(0, 6.28), self.rng.uniform(0, 6.28), self.rng.uniform(0, 6.28))

    @property
    def half_width(self) -> float:
        return self.lines[0][-1]

    def _spacing(self, least: float, most: float) -> list[float]:
        steps = [self.rng.uniform(least, most) for _ in range(self.blocks)]
        middle = sum(steps) / 2
        return [sum(steps[:count]) - middle for count in range(self.blocks + 1)]

    def river(self, east: float) -> float:
        """Tell how far north the river runs at a place so far east, before the land is bent."""
        height = self.lines[1][-1]
        return 0.22 * height * math.sin(math.pi * east / self.half_width + self.bend[0]) - 0.12 * height

    def is_built(self, cross: Cross) -> bool:
        """Round the corners of the grid off, unevenly; beyond them only the avenues go on."""
        x, y = cross[0] / self.blocks * 2 - 1, cross[1] / self.blocks * 2 - 1
        edge = 1.12 + 0.14 * math.sin(3 * math.atan2(y, x) + self.bend[0])
        return abs(x) ** 3 + abs(y) ** 3 <= edge

    def place(self, east: float, north: float, *, is_water: bool = False) -> tuple[float, float]:
        """Push land away from the river, bend the grid, turn it, and put it on the globe."""
        if not is_water:
            off = north - self.river(east)
            north += math.copysign(0.9 * _RIVER_WIDTH_M * math.exp(-abs(off) / 220), off)
        x = east + 55 * math.sin(north / 640 + self.bend[1])
        y = north + 45 * math.sin(east / 720 + self.bend[2])
        turned_x, turned_y = x * math.cos(0.21) - y * math.sin(0.21), x * math.sin(0.21) + y * math.cos(0.21)
        lat = self.centre_lat + turned_y / _METRES_PER_DEGREE
        return lat, self.centre_lon + turned_x / _METRES_PER_DEGREE / math.cos(math.radians(self.centre_lat))


def synthetic_town(*, seed: int, centre_lat: float, centre_lon: float, blocks: int = 30) -> str:
    """Make a town of ``blocks`` x ``blocks`` blocks as OSM XML; the same seed gives the same text.

    30 blocks are some 3 km across with about 2,400 nodes. A motor vehicle reaches every address.
    Refuses fewer than 8 or more than 60 blocks, and centres too near a pole or the date line.
    """
    if not 8 <= blocks <= 60:
        raise InvalidInput(f"a town has 8 to 60 blocks a side, not {blocks}")
    if not (abs(centre_lat) <= 75 and abs(centre_lon) <= 179):
        raise InvalidInput(
            f"no town can be laid out at {centre_lat}, {centre_lon}: stay within 75 and 179 degrees"
        )
    rng = random.Random(seed)
    ground = _Ground(rng, blocks, centre_lat, centre_lon)
    parks = _parks(rng, blocks)
    pieces = _streets(rng, ground, parks)
    drawing = _Drawing(rng, ground)
    drawing.add_streets(pieces)
    for park in parks:
        drawing.add_shape({"leisure": "park"}, _park(ground, park), is_closed=True)
    drawing.add_shape(_RIVER_TAGS, _river(ground), is_closed=False)
    return "\n".join(_xml(drawing.positions, drawing.ways)) + "\n"


def _is_avenue(line: int) -> bool:
    return line % _AVENUE_EVERY == _AVENUE_FIRST


def _highway(line: int, blocks: int) -> str:
    if not _is_avenue(line):
        return "tertiary" if line % _AVENUE_EVERY == 0 else "residential"
    return "primary" if abs(line - blocks / 2) <= _AVENUE_EVERY / 2 else "secondary"


def _parks(rng: random.Random, blocks: int) -> list[tuple[Cross, Cross]]:
    """Choose up to four parks, each inside one mesh of the avenues: lower left and upper right corner."""
    starts = [line for line in range(blocks - 4) if line % _AVENUE_EVERY == _AVENUE_FIRST + 1]
    meshes = [(column, row) for column in starts for row in starts]
    chosen = rng.sample(meshes, min(4, max(1, len(meshes) // 3))) if meshes else []
    return [((c, r), (c + rng.randint(2, 4), r + rng.randint(2, 4))) for c, r in sorted(chosen)]


def _streets(rng: random.Random, ground: _Ground, parks: list[tuple[Cross, Cross]]) -> list[_Piece]:
    """Lay the streets so that two-way roads alone join all crossings: no one-way is a trap."""
    blocks = ground.blocks
    pieces = [piece for piece in _whole_grid(blocks) if not _is_cut(ground, piece, parks)]
    pieces = [
        replace(piece, is_bridge=_crosses_river(ground, piece), highway=_centre_highway(piece, blocks))
        for piece in pieces
    ]
    # Where two one-way lines cross, nothing two-way would be left: only streets, not roads, are candidates.
    wished_oneway = {line for line in range(0, blocks + 1, 2) if rng.random() < 0.8}

    def is_candidate(piece: _Piece) -> bool:
        in_centre = all(abs(place - blocks / 2) <= blocks / 4 for place in (*piece.start, *piece.end))
        is_plain = piece.highway == "residential" and piece.is_north_south
        return is_plain and in_centre and piece.line in wished_oneway

    drivable = [piece for piece in pieces if piece.highway != "pedestrian"]
    tree, joined = _spanning(sorted(drivable, key=lambda piece: (is_candidate(piece), rng.random())))
    needed = {piece.line for piece in tree if is_candidate(piece)}
    kept = []
    for piece in pieces:
        if piece.start not in joined or piece.end not in joined:
            continue
        if is_candidate(piece) and piece.line not in needed:
            kept.append(_one_way(piece))
        elif piece.highway != "residential" or piece in tree or rng.random() >= _SHARE_REMOVED:
            kept.append(piece)
    return kept


def _whole_grid(blocks: int) -> Iterator[_Piece]:
    for line in range(blocks + 1):
        for step in range(blocks):
            yield _Piece((line, step), (line, step + 1), _highway(line, blocks))
    for line in range(blocks + 1):
        for step in range(blocks):
            yield _Piece((step, line), (step + 1, line), _highway(line, blocks))


def _is_cut(ground: _Ground, piece: _Piece, parks: list[tuple[Cross, Cross]]) -> bool:
    if _crosses_river(ground, piece):
        return not (piece.is_north_south and _is_avenue(piece.line))
    if not _is_avenue(piece.line) and not all(ground.is_built(cross) for cross in (piece.start, piece.end)):
        return True
    middle = ((piece.start[0] + piece.end[0]) / 2, (piece.start[1] + piece.end[1]) / 2)
    return any(low[0] < middle[0] < high[0] and low[1] < middle[1] < high[1] for low, high in parks)


def _crosses_river(ground: _Ground, piece: _Piece) -> bool:
    columns, rows = ground.lines
    sides = [rows[row] > ground.river(columns[column]) for column, row in (piece.start, piece.end)]
    return sides[0] != sides[1]


def _centre_highway(piece: _Piece, blocks: int) -> str:
    """Turn a few blocks in the very centre over to people on foot; elsewhere the street stays as it is."""
    street = next(
        line for line in range(blocks // 2, blocks) if not _is_avenue(line) and line % _AVENUE_EVERY
    )
    near = abs(piece.start[1] - blocks / 2) <= 2 and abs(piece.end[1] - blocks / 2) <= 2
    return "pedestrian" if piece.is_north_south and piece.line == street and near else piece.highway


def _one_way(piece: _Piece) -> _Piece:
    """Neighbouring one-way lines run against each other."""
    if piece.line % 4 == 0:
        return replace(piece, is_oneway=True)
    return replace(piece, start=piece.end, end=piece.start, is_oneway=True)


def _spanning(pieces: Iterable[_Piece]) -> tuple[set[_Piece], set[Cross]]:
    """Join crossings by the pieces in order (Kruskal); give the tree and the largest part it joins."""
    parent: dict[Cross, Cross] = {}

    def root(cross: Cross) -> Cross:
        parent.setdefault(cross, cross)
        while parent[cross] != cross:
            parent[cross] = parent[parent[cross]]
            cross = parent[cross]
        return cross

    tree: set[_Piece] = set()
    for piece in pieces:
        a, b = root(piece.start), root(piece.end)
        if a != b:
            parent[a] = b
            tree.add(piece)
    members: dict[Cross, set[Cross]] = {}
    for cross in sorted(parent):
        members.setdefault(root(cross), set()).add(cross)
    return tree, max(members.values(), key=len)


@dataclass(slots=True)
class _Drawing:
    """Nodes and ways as they come to be drawn; the number of a node is its place in ``positions``, from 1."""

    rng: random.Random
    ground: _Ground
    positions: list[tuple[float, float]] = field(default_factory=list)
    ways: list[_Way] = field(default_factory=list)
    crossings: dict[Cross, int] = field(default_factory=dict)

    def add_streets(self, pieces: list[_Piece]) -> None:
        """Draw the pieces line by line, joining neighbours of one kind into a way."""
        names = street_names(self.rng, self.ground.blocks + 1)
        before: _Piece | None = None
        for piece in sorted(pieces, key=lambda p: (not p.is_north_south, p.line, min(p.start, p.end))):
            nodes = [self._crossing(piece.start), *self._bend(piece), self._crossing(piece.end)]
            if before is None or not _continues(before, piece):
                tags = _tags(piece, names[piece.is_north_south][piece.line])
                self.ways.append(_Way(tags, nodes))
            elif piece.start > piece.end:  # runs against the grid, so it leads into what is drawn already
                self.ways[-1].nodes[:0] = nodes[:-1]
            else:
                self.ways[-1].nodes.extend(nodes[1:])
            before = piece

    def add_shape(self, tags: dict[str, str], line: list[tuple[float, float]], *, is_closed: bool) -> None:
        """Draw something that is no street."""
        first = len(self.positions) + 1
        self.positions.extend(line)
        nodes = [*range(first, first + len(line)), *([first] if is_closed else [])]
        self.ways.append(_Way(tags, nodes))

    def _crossing(self, cross: Cross) -> int:
        if cross not in self.crossings:
            columns, rows = self.ground.lines
            lat, lon = self.ground.place(columns[cross[0]], rows[cross[1]])
            self.crossings[cross] = self._node(lat, lon, shaken_m=5)
        return self.crossings[cross]

    def _bend(self, piece: _Piece) -> list[int]:
        if piece.is_bridge:
            return []
        (lat_a, lon_a), (lat_b, lon_b) = (
            self.positions[self._crossing(cross) - 1] for cross in (piece.start, piece.end)
        )
        return [self._node((lat_a + lat_b) / 2, (lon_a + lon_b) / 2, shaken_m=3)]

    def _node(self, lat: float, lon: float, *, shaken_m: float) -> int:
        north, east = (self.rng.gauss(0, shaken_m) / _METRES_PER_DEGREE for _ in range(2))
        self.positions.append((lat + north, lon + east))
        return len(self.positions)


def _continues(before: _Piece, piece: _Piece) -> bool:
    is_same_line = (before.is_north_south, before.line) == (piece.is_north_south, piece.line)
    touches = not {before.start, before.end}.isdisjoint({piece.start, piece.end})
    kinds = [(one.highway, one.is_oneway, one.is_bridge) for one in (before, piece)]
    return is_same_line and touches and kinds[0] == kinds[1]


def _tags(piece: _Piece, names: tuple[str, str]) -> dict[str, str]:
    tags = {"highway": piece.highway, "name": names[0], "name:zh": names[1]}
    if piece.highway == "pedestrian":
        tags |= {"motor_vehicle": "delivery", "bicycle": "yes"}
    if piece.highway == "residential" and piece.line % 3 == 0:
        tags["maxspeed"] = "30"
    if piece.is_oneway:
        tags["oneway"] = "yes"
    if piece.is_bridge:
        tags |= {"bridge": "yes", "layer": "1"}
    return tags


def _river(ground: _Ground) -> list[tuple[float, float]]:
    reach = ground.half_width * 1.15
    bends = [reach * (step / 40 - 1) for step in range(81)]
    return [ground.place(east, ground.river(east), is_water=True) for east in bends]


def _park(ground: _Ground, park: tuple[Cross, Cross]) -> list[tuple[float, float]]:
    columns, rows = ground.lines
    (low_column, low_row), (high_column, high_row) = park
    west, east = columns[low_column] + 14, columns[high_column] - 14
    south, north = rows[low_row] + 14, rows[high_row] - 14
    corners = [(west, south), (east, south), (east, north), (west, north)]
    ring = [
        (a[0] + (b[0] - a[0]) * step / 6, a[1] + (b[1] - a[1]) * step / 6)
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        for step in range(6)
    ]
    return [ground.place(x, y) for x, y in ring]


def _xml(positions: list[tuple[float, float]], ways: list[_Way]) -> Iterator[str]:
    yield "<?xml version='1.0' encoding='UTF-8'?>"
    yield '<osm version="0.6" generator="hansa">'
    for number, (lat, lon) in enumerate(positions, start=1):
        yield f'<node id="{number}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>'
    for number, way in enumerate(ways, start=1):
        yield f'<way id="{number}" version="1">'
        yield from (f'<nd ref="{node}"/>' for node in way.nodes)
        yield from (f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in way.tags.items())
        yield "</way>"
    yield "</osm>"
