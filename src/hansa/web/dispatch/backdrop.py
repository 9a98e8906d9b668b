"""Streets behind a map of routes: those around the stops, with fewer points where there are many. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hansa.commerce.delivery.selectors import Street

Place = tuple[float, float]  # latitude, longitude in degrees
Road = tuple[Literal["main", "minor"], Sequence[Place]]

MOST_POINTS = 20_000  # a point is some 22 bytes of the page
COARSER_M = (0.0, 10.0, 25.0, 60.0)
METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True)
class Box:
    """A piece of the map between two latitudes and two longitudes."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, place: Place) -> bool:
        latitude, longitude = place
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def box_around(places: Iterable[Place], *, margin_share: float = 0.25, least_margin: float = 0.004) -> Box:
    """The box of some places with a margin on each side, a share of its size but never nothing."""
    latitudes, longitudes = zip(*places, strict=True)
    south, north, west, east = min(latitudes), max(latitudes), min(longitudes), max(longitudes)
    high = max((north - south) * margin_share, least_margin)
    wide = max((east - west) * margin_share, least_margin)
    return Box(south - high, west - wide, north + high, east + wide)


def backdrop(streets: Sequence[Street], box: Box, *, most_points: int = MOST_POINTS) -> list[Road]:
    """The streets that touch the box, main roads first, drawn as coarsely as the number of points demands.

    What does not fit even when drawn at its coarsest is left out, minor streets first.
    """
    near = [street for street in streets if any(box.holds(place) for place in street.line)]
    roads: list[Road] = []
    for least_m in COARSER_M:
        roads = [(street.rank, thinned(street.line, least_m=least_m)) for street in near]
        if sum(len(line) for _, line in roads) <= most_points:
            return roads
    return _first(sorted(roads, key=lambda road: road[0]), most_points)


def thinned(line: Sequence[Place], *, least_m: float) -> list[Place]:
    """A line without the points that lie nearer than so many metres to the point kept before; its ends stay."""
    if least_m <= 0 or len(line) < 3:
        return list(line)
    kept = [line[0]]
    for place in line[1:-1]:
        if _metres(kept[-1], place) >= least_m:
            kept.append(place)
    return [*kept, line[-1]]


def _first(roads: Sequence[Road], most_points: int) -> list[Road]:
    kept, points = [], 0
    for rank, line in roads:
        points += len(line)
        if points > most_points:
            break
        kept.append((rank, line))
    return kept


def _metres(one: Place, other: Place) -> float:
    """Distance on a plane that touches the globe here: good to a metre over a street."""
    high = (other[0] - one[0]) * METRES_A_DEGREE
    wide = (other[1] - one[1]) * METRES_A_DEGREE * math.cos(math.radians(one[0]))
    return math.hypot(high, wide)
