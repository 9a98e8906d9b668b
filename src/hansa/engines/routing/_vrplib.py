"""Owns reading the VRPLIB format: CVRP and VRPTW with one depot, plane coordinates or an explicit matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from hansa.engines.routing._problem import (
    ALWAYS,
    Depot,
    DepotId,
    Problem,
    Stop,
    StopId,
    Vehicle,
    VehicleId,
    Window,
)
from hansa.engines.routing._text import Line, lines_of, times
from hansa.engines.routing._travel import LONGEST_LEG, XY, Integers, Matrix, Plane, Rounding
from hansa.kernel.errors import InvalidInput

_FIELDS = {
    "NAME", "COMMENT", "TYPE", "DIMENSION", "CAPACITY", "VEHICLES", "SERVICE_TIME", "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE",
}  # fmt: skip
_SECTIONS = {
    "NODE_COORD_SECTION", "DEMAND_SECTION", "DEPOT_SECTION", "EDGE_WEIGHT_SECTION", "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION", "DISPLAY_DATA_SECTION",
}  # fmt: skip
_TYPES = ("CVRP", "ACVRP", "VRPTW")
_UNLIMITED = LONGEST_LEG
_HOME = DepotId("depot")


@dataclass(frozen=True, slots=True)
class _File:
    source: str
    fields: dict[str, tuple[Line, str]] = field(default_factory=dict)
    sections: dict[str, list[Line]] = field(default_factory=dict)

    def field(self, name: str) -> tuple[Line, str]:
        if name not in self.fields:
            raise InvalidInput(f"{self.source}: no {name} is given")
        return self.fields[name]

    def integer(self, name: str) -> int:
        line, text = self.field(name)
        return line.integer(text, name)

    def section(self, name: str) -> list[Line]:
        if name not in self.sections:
            raise InvalidInput(f"{self.source}: no {name} is given")
        return self.sections[name]

    def rows(self, name: str, columns: int) -> list[Line]:
        """Return one line for each node, in the order of the nodes 1 to DIMENSION."""
        nodes = self.integer("DIMENSION")
        found: dict[int, Line] = {}
        for line in self.section(name):
            if len(line.words) != columns + 1:
                line.refuse(f"{len(line.words)} numbers in {name}, {columns + 1} expected")
            node = line.integer(line.words[0], "node")
            if not 1 <= node <= nodes:
                line.refuse(f"node {node} is outside 1 to {nodes} (DIMENSION)")
            if node in found:
                line.refuse(f"node {node} stands in line {found[node].number} already")
            found[node] = line
        if len(found) < nodes:
            missing = next(node for node in range(1, nodes + 1) if node not in found)
            raise InvalidInput(f"{self.source}: node {missing} is missing in {name}")
        return [found[node] for node in range(1, nodes + 1)]


def looks_like_vrplib(text: str) -> bool:
    """Tell VRPLIB files by their DIMENSION field."""
    return any(line.text.upper().startswith("DIMENSION") for line in lines_of(text, "")[:30])


def read_vrplib(text: str, *, rounding: Rounding | None = None, source: str = "VRPLIB file") -> Problem:
    """Read a VRPLIB instance; stops are numbered from 1 without the depot, as in CVRPLIB's solutions.

    ``rounding`` of plane distances is `Rounding.NINT` unless given (TSPLIB's EUC_2D), or
    `Rounding.DIMACS` where the file has time windows, as is the custom for those. An explicit matrix
    is taken as it stands, for distance and duration. Without VEHICLES the fleet is unlimited.
    Refuses with InvalidInput, naming the line, also what it would otherwise silently ignore.
    """
    file = _parsed(text, source)
    _check_type(file)
    is_explicit = _is_explicit(file)
    if is_explicit:
        rounding = Rounding.NINT
    elif rounding is None:
        rounding = Rounding.DIMACS if "TIME_WINDOW_SECTION" in file.sections else Rounding.NINT
    stops = list(_places(file, rounding))
    depot = stops.pop(_depot_node(file) - 1)
    fleet = file.integer("VEHICLES") if "VEHICLES" in file.fields else _UNLIMITED
    return Problem(
        depots=(Depot(_HOME, depot.at, depot.window),),
        stops=tuple(stops),
        vehicles=(Vehicle(VehicleId("vehicle"), _HOME, (file.integer("CAPACITY"),), count=fleet),),
        travel=_matrix(file) if is_explicit else Plane(rounding),
        name=file.fields["NAME"][1] if "NAME" in file.fields else "",
    )


def _parsed(text: str, source: str) -> _File:
    """Sort the lines into fields and sections; refuse words it does not know."""
    file = _File(source)
    section: list[Line] | None = None
    for line in lines_of(text, source):
        word = next(iter(line.text.partition(":")[0].upper().split()), ":")
        if word == "EOF":
            break
        if not word[0].isalpha():
            if section is None:
                line.refuse(f"numbers outside of any section: {line.text[:40]!r}")
            section.append(line)
        elif word.endswith("_SECTION"):
            _refuse_unknown(line, word, _SECTIONS, file.sections)
            section = file.sections[word] = []
        else:
            name, colon, value = line.text.partition(":")
            _refuse_unknown(line, name.strip().upper(), _FIELDS, file.fields)
            if not colon or not value.strip():
                line.refuse(f"{word} has no value ('{word} : value' expected)")
            file.fields[word] = (line, value.strip().strip('"').strip())
            section = None
    return file


def _refuse_unknown(line: Line, word: str, known: set[str], seen: object) -> None:
    if word not in known:
        line.refuse(f"{word[:40]} is not supported (known: {', '.join(sorted(known))})")
    assert isinstance(seen, dict)
    if word in seen:
        line.refuse(f"{word} is given twice")


def _check_type(file: _File) -> None:
    if "TYPE" in file.fields:
        line, kind = file.fields["TYPE"]
        if next(iter(kind.upper().split()), "") not in _TYPES:
            line.refuse(f"TYPE {kind!r} is not supported (known: {', '.join(_TYPES)})")


def _is_explicit(file: _File) -> bool:
    line, kind = file.field("EDGE_WEIGHT_TYPE")
    if kind not in ("EUC_2D", "EXPLICIT"):
        line.refuse(f"EDGE_WEIGHT_TYPE {kind!r} is not supported (known: EUC_2D, EXPLICIT)")
    return kind == "EXPLICIT"


def _places(file: _File, rounding: Rounding) -> Iterator[Stop]:
    """Yield the nodes in order, the depot among them; customers are numbered from 1 without it."""
    demands = file.rows("DEMAND_SECTION", 1)
    coordinates = file.rows("NODE_COORD_SECTION", 2) if "NODE_COORD_SECTION" in file.sections else None
    if coordinates is None and not _is_explicit(file):
        raise InvalidInput(f"{file.source}: no NODE_COORD_SECTION is given")
    moments = list(_times(file, rounding, len(demands)))
    depot = _depot_node(file)
    for row, line in enumerate(demands):
        node = row + 1
        demand = line.integer(line.words[1], "demand")
        if node == depot and demand:
            line.refuse(f"the depot has demand {demand}, 0 expected")
        at = None
        if coordinates is not None:
            at = XY(*(coordinates[row].number_in(word, "coordinate") for word in coordinates[row].words[1:]))
        number = StopId(str(node - (node > depot)))
        yield Stop(number, at, (demand,), *(moments[row] if node != depot else (moments[row][0], 0)))


def _times(file: _File, rounding: Rounding, nodes: int) -> Iterator[tuple[Window, int]]:
    """Yield window and service time of each node."""
    same = file.fields.get("SERVICE_TIME")
    each = file.rows("SERVICE_TIME_SECTION", 1) if "SERVICE_TIME_SECTION" in file.sections else None
    windows = file.rows("TIME_WINDOW_SECTION", 2) if "TIME_WINDOW_SECTION" in file.sections else None
    for row in range(nodes):
        line, service = (each[row], each[row].words[1]) if each else same or (None, "0")
        if windows:
            yield times(windows[row], [*windows[row].words[1:], service], rounding)
        elif line:
            yield ALWAYS, times(line, ["0", "0", service], rounding)[1]
        else:
            yield ALWAYS, 0


def _depot_node(file: _File) -> int:
    lines = file.section("DEPOT_SECTION")
    numbers = [(line, word) for line in lines for word in line.words]
    depots = [(line, word) for line, word in numbers if word != "-1"]
    if len(depots) != 1:
        raise InvalidInput(f"{file.source}: {len(depots)} depots in DEPOT_SECTION, 1 expected")
    line, word = depots[0]
    node = line.integer(word, "depot")
    if not 1 <= node <= file.integer("DIMENSION"):
        line.refuse(f"depot {node} is not a node")
    return node


def _matrix(file: _File) -> Matrix:
    nodes, depot = file.integer("DIMENSION"), _depot_node(file)
    places = tuple(_HOME if node == depot else str(node - (node > depot)) for node in range(1, nodes + 1))
    line, layout = file.field("EDGE_WEIGHT_FORMAT")
    if layout.upper() not in _LAYOUTS:
        line.refuse(f"EDGE_WEIGHT_FORMAT {layout!r} is not supported (known: {', '.join(_LAYOUTS)})")
    expected, cells = _LAYOUTS[layout.upper()]
    weights = [
        line.integer(word, "edge weight")
        for line in file.section("EDGE_WEIGHT_SECTION")
        for word in line.words
    ]
    if len(weights) != expected(nodes):
        raise InvalidInput(
            f"{file.source}: {len(weights)} edge weights, {expected(nodes)} expected for {layout}"
        )
    rows, columns = cells(nodes)
    matrix = np.zeros((nodes, nodes), dtype=np.int64)
    if cells is not _all_cells:
        matrix[columns, rows] = weights
    matrix[rows, columns] = weights
    np.fill_diagonal(matrix, 0)  # some files write 9999 from a place to itself
    return Matrix(places, matrix)


def _all_cells(nodes: int) -> tuple[Integers, Integers]:
    rows, columns = np.divmod(np.arange(nodes * nodes), max(nodes, 1))
    return rows, columns


_Count = Callable[[int], int]
_Cells = Callable[[int], tuple[Integers, Integers]]

# How many weights each layout writes, and into which cells; all but the full one say each pair once.
_LAYOUTS: dict[str, tuple[_Count, _Cells]] = {
    "FULL_MATRIX": (lambda nodes: nodes * nodes, _all_cells),
    "LOWER_ROW": (lambda nodes: nodes * (nodes - 1) // 2, lambda nodes: np.tril_indices(nodes, -1)),
    "LOWER_DIAG_ROW": (lambda nodes: nodes * (nodes + 1) // 2, lambda nodes: np.tril_indices(nodes)),
    "UPPER_ROW": (lambda nodes: nodes * (nodes - 1) // 2, lambda nodes: np.triu_indices(nodes, 1)),
    "UPPER_DIAG_ROW": (lambda nodes: nodes * (nodes + 1) // 2, lambda nodes: np.triu_indices(nodes)),
}
