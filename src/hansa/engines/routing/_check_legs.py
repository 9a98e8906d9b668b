"""Owns the checker's own measuring of legs, apart from the solvers' so that both cannot err alike."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hansa.engines.routing._problem import Problem
from hansa.engines.routing._travel import (
    EARTH_RADIUS_M,
    XY,
    GreatCircle,
    LatLon,
    Matrix,
    Place,
    Plane,
    Rounding,
)


@dataclass(frozen=True, slots=True)
class Leg:
    """Distance in integers; duration as real as the problem's convention allows."""

    distance: int
    duration: float


class Measure:
    """Measures legs between depots and stops by id; None where no way leads."""

    def __init__(self, problem: Problem) -> None:
        self._travel = problem.travel
        self._at: dict[str, Place] = {place.id: place.at for place in problem.places}
        given = problem.travel.places if isinstance(problem.travel, Matrix) else ()
        self._row = {place: row for row, place in enumerate(given)}

    def __call__(self, origin: str, target: str) -> Leg | None:
        travel, here, there = self._travel, self._at[origin], self._at[target]
        if isinstance(travel, Matrix):
            cell = self._row[origin], self._row[target]
            distance, duration = int(travel.distances[cell]), int(travel.times[cell])
            return None if distance < 0 else Leg(distance, duration)
        if isinstance(travel, Plane):
            assert isinstance(here, XY)
            assert isinstance(there, XY)
            return _plane_leg(travel.rounding, here, there)
        assert isinstance(here, LatLon)
        assert isinstance(there, LatLon)
        return _globe_leg(travel, here, there)


def _plane_leg(rounding: Rounding, here: XY, there: XY) -> Leg:
    length = math.sqrt((here.x - there.x) ** 2 + (here.y - there.y) ** 2)
    if rounding is Rounding.EXACT:
        return Leg(math.floor(1000 * length + 0.5), 1000 * length)
    whole = math.floor(10 * length) if rounding is Rounding.DIMACS else math.floor(length + 0.5)
    return Leg(whole, whole)


def _globe_leg(travel: GreatCircle, here: LatLon, there: LatLon) -> Leg:
    chord = math.dist(_on_the_unit_sphere(here), _on_the_unit_sphere(there))
    metres = 2 * EARTH_RADIUS_M * math.asin(min(chord / 2, 1)) * travel.detour
    return Leg(math.floor(metres + 0.5), math.floor(metres / (travel.speed_kmh / 3.6) + 0.5))


def _on_the_unit_sphere(at: LatLon) -> tuple[float, float, float]:
    lat, lon = math.radians(at.lat), math.radians(at.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
