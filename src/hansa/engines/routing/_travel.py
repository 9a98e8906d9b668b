"""Owns how far and how long it is between two places: plane coordinates, the globe, or a given matrix.

Turns them into integer matrices for the solver. The checker has its own arithmetic and uses only the types.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hansa.kernel.errors import InvalidInput

Integers = NDArray[np.int64]

NO_WAY = -1
"""What a matrix says where no road leads from one place to the other."""

LONGEST_LEG = 10**9
"""The most a matrix may give one leg; more would overflow the solver's 64-bit penalties."""

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the GRS 80 ellipsoid (IUGG)


class Rounding(StrEnum):
    """How Euclidean distances become integers; results under different conventions do not compare.

    ``nint``: nearest integer, the TSPLIB rule for EUC_2D. ``exact``: thousandths; distances to the
    nearest one, times up to the next one, so that a plan on time here is on time in real numbers.
    ``dimacs``: tenths, cut off (12th DIMACS implementation challenge).
    """

    NINT = "nint"
    EXACT = "exact"
    DIMACS = "dimacs"

    @property
    def scale(self) -> int:
        """How many integer units make one unit of the file."""
        return {Rounding.NINT: 1, Rounding.EXACT: 1000, Rounding.DIMACS: 10}[self]


@dataclass(frozen=True, slots=True)
class XY:
    """A point on a plane, in any unit."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class LatLon:
    """A point on the globe, in degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Plane:
    """Euclidean distances between `XY` points; driving time equals distance."""

    rounding: Rounding = Rounding.NINT

    @property
    def scale(self) -> int:
        return self.rounding.scale


@dataclass(frozen=True, slots=True)
class GreatCircle:
    """Metres along the globe between `LatLon` points times a detour factor; seconds at one speed.

    A stand-in where no road network is loaded.
    """

    detour: float = 1.3  # roads against the air line: about 1.2 to 1.5, by country
    speed_kmh: float = 35.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.detour) and self.detour >= 1):
            raise InvalidInput(f"Great circle: detour factor {self.detour}, at least 1 expected")
        if not (math.isfinite(self.speed_kmh) and self.speed_kmh > 0):
            raise InvalidInput(f"Great circle: speed {self.speed_kmh} km/h, more than 0 expected")

    @property
    def scale(self) -> int:
        return 1


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Given distances and durations, from (row) to (column), integers of any unit; `NO_WAY` where none leads.

    ``places`` names both axes with the ids of depots and stops, in any order; more than needed is
    fine. Without ``durations`` they equal the distances.
    """

    places: tuple[str, ...]
    distances: Integers
    durations: Integers | None = None

    def __post_init__(self) -> None:
        if len(set(self.places)) != len(self.places):
            twice = next(place for place in self.places if self.places.count(place) > 1)
            raise InvalidInput(f"Matrix: place {twice!r} is named twice")
        object.__setattr__(self, "distances", self._checked("distances", self.distances))
        if self.durations is not None:
            object.__setattr__(self, "durations", self._checked("durations", self.durations))
        gaps = (self.distances == NO_WAY) != (self.times == NO_WAY)
        self._refuse("durations", self.times, gaps, "no way must be -1 in distances and durations alike")

    def _checked(self, name: str, values: Integers) -> Integers:
        values = np.asarray(values)
        expected = (len(self.places), len(self.places))
        if values.shape != expected:
            raise InvalidInput(
                f"Matrix {name}: shape {values.shape}, {expected} expected for {expected[0]} places"
            )
        if values.dtype.kind not in "iu":
            raise InvalidInput(
                f"Matrix {name}: {values.dtype} numbers, integers expected (round or scale first)"
            )
        values = values.astype(np.int64)
        self._refuse(
            name, values, (values < NO_WAY) | (values > LONGEST_LEG), f"0 to {LONGEST_LEG} expected, or -1"
        )
        self._refuse(name, values, np.diag(np.diag(values) != 0), "0 expected from a place to itself")
        values.setflags(write=False)
        return values

    def _refuse(self, name: str, values: Integers, wrong: NDArray[np.bool_], expected: str) -> None:
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            leg = f"{self.places[row]!r} to {self.places[column]!r}"
            raise InvalidInput(f"Matrix {name}: {values[row, column]} from {leg}; {expected}")

    @property
    def times(self) -> Integers:
        """The durations, or the distances where no others were given."""
        return self.distances if self.durations is None else self.durations

    @property
    def scale(self) -> int:
        return 1


Travel = Plane | GreatCircle | Matrix
Place = XY | LatLon | None


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Distance and duration of each leg, from (row) to (column), places in the order asked for."""

    distance: Integers
    duration: Integers


def legs_between(travel: Travel, ids: Sequence[str], places: Sequence[Place]) -> Legs:
    """Measure every leg between the places."""
    match travel:
        case Matrix():
            return _picked(travel, ids)
        case Plane():
            return _on_the_plane(travel.rounding, _columns(places, XY))
        case GreatCircle():
            return _on_the_globe(travel, _columns(places, LatLon))


def _columns(places: Sequence[Place], kind: type[XY] | type[LatLon]) -> NDArray[np.float64]:
    first, second = ("x", "y") if kind is XY else ("lat", "lon")
    rows = [(getattr(place, first), getattr(place, second)) for place in places]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _picked(travel: Matrix, ids: Sequence[str]) -> Legs:
    row_of = {place: row for row, place in enumerate(travel.places)}
    rows = np.array([row_of[place] for place in ids], dtype=np.intp)
    grid = np.ix_(rows, rows)
    return Legs(distance=travel.distances[grid], duration=travel.times[grid])


def _on_the_plane(rounding: Rounding, points: NDArray[np.float64]) -> Legs:
    across, up = (axis[:, None] - axis[None, :] for axis in points.T)
    length = np.sqrt(across * across + up * up)
    match rounding:
        case Rounding.NINT:
            distance = np.floor(length + 0.5).astype(np.int64)
            return Legs(distance, distance)
        case Rounding.DIMACS:
            distance = np.floor(length * 10).astype(np.int64)
            return Legs(distance, distance)
        case Rounding.EXACT:
            length *= 1000
            upwards = np.ceil(length).astype(np.int64)
            return Legs(np.floor(length + 0.5).astype(np.int64), upwards)


def _on_the_globe(travel: GreatCircle, points: NDArray[np.float64]) -> Legs:
    lat, lon = np.radians(points).T
    squared_half_chord = (
        np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat[None, :]) * np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    )
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(squared_half_chord, 0, 1))) * travel.detour
    seconds = metres / (travel.speed_kmh / 3.6)
    return Legs(np.floor(metres + 0.5).astype(np.int64), np.floor(seconds + 0.5).astype(np.int64))
