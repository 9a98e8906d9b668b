"""Distances on the globe, and the points that everything else is asked about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hansa.kernel.errors import InvalidInput

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the IUGG


@dataclass(frozen=True, slots=True)
class Point:
    """A named place in WGS 84 degrees. Refuses coordinates that are not on the globe."""

    id: str
    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lat) and math.isfinite(self.lon)):
            raise InvalidInput(f"point {self.id!r} has no finite position: {self.lat}, {self.lon}")
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise InvalidInput(
                f"point {self.id!r} is not on the globe: latitude {self.lat}, longitude {self.lon} "
                "(is the order latitude, then longitude?)"
            )


def distances_m(
    lats_a: NDArray[np.float64] | float,
    lons_a: NDArray[np.float64] | float,
    lats_b: NDArray[np.float64] | float,
    lons_b: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Measure great-circle distances in metres (haversine), broadcasting over arrays of degrees."""
    phi_a, phi_b = np.radians(lats_a), np.radians(lats_b)
    half_lat = np.sin((phi_b - phi_a) / 2)
    half_lon = np.sin(np.radians(np.subtract(lons_b, lons_a)) / 2)
    chord = half_lat**2 + np.cos(phi_a) * np.cos(phi_b) * half_lon**2
    metres: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return metres


def unit_vectors(lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put positions on the unit sphere, so that straight-line nearness is nearness on the globe."""
    phi, theta = np.radians(lats), np.radians(lons)
    return np.column_stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)))


def frozen(values: Any, dtype: Any) -> NDArray[Any]:
    """Copy values into an array that nobody can change."""
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


def check_points(points: Sequence[Point], *, at_most: int) -> None:
    """Refuse an empty list, two points of one id, and more points than a matrix can bear."""
    if not points:
        raise InvalidInput("a matrix needs at least one point")
    if len(points) > at_most:
        raise InvalidInput(
            f"{len(points)} points asked, at most {at_most}: a matrix grows with the square; "
            "ask for one group of stops at a time"
        )
    seen: set[str] = set()
    for point in points:
        if point.id in seen:
            raise InvalidInput(f"two points are called {point.id!r}")
        seen.add(point.id)
