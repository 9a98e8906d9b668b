"""Made-up addresses on the named streets of a graph: a house every ten metres, odd numbers on the left."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hansa.engines.roads._graph import RoadGraph
from hansa.engines.roads._network import main_component, travel_milliseconds
from hansa.engines.roads._profiles import VAN, VehicleProfile
from hansa.engines.roads._sphere import EARTH_RADIUS_M, Point
from hansa.kernel.errors import InvalidInput

_HOUSE_EVERY_M = 10.0
_SET_BACK_M = 9.0
_LIVED_ON = frozenset(
    ["primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "pedestrian"]
)


@dataclass(frozen=True, slots=True)
class Address:
    """A door on a street. ``street_zh`` repeats ``street`` where the map has no Chinese name."""

    street: str
    street_zh: str
    house_number: int
    lat: float
    lon: float

    def as_point(self, point_id: str) -> Point:
        return Point(point_id, self.lat, self.lon)


def synthetic_addresses(
    graph: RoadGraph, n: int, seed: int, *, profile: VehicleProfile = VAN
) -> tuple[Address, ...]:
    """Pick ``n`` different addresses, longer streets more often; the same seed picks the same ones.

    All lie on named streets of the part of the network that the profile reaches. Refuses more
    addresses than there are houses, and graphs without a named street.
    """
    streets = _streets(graph, profile)
    houses = np.array([2 * int(graph.lengths_m[arcs].sum() // _HOUSE_EVERY_M) for arcs in streets], np.int64)
    total = int(houses.sum())
    if n < 0 or n > total:
        raise InvalidInput(f"{n} addresses asked, this network has room for {total}")
    starts = np.cumsum(houses) - houses
    chosen = np.random.default_rng(seed).choice(total, size=n, replace=False)
    street_of = np.searchsorted(starts, chosen, side="right") - 1
    return tuple(
        _address(graph, streets[street], int(house - starts[street]))
        for house, street in zip(chosen, street_of.tolist(), strict=True)
    )


def _streets(graph: RoadGraph, profile: VehicleProfile) -> list[NDArray[np.int64]]:
    """Gather the arcs of each street, by name, in the order of the map."""
    main = np.zeros(graph.node_count, np.bool_)
    main[main_component(graph, travel_milliseconds(graph, profile))] = True
    by_name: dict[str, list[int]] = {}
    for arc in np.flatnonzero(graph.is_forward & main[graph.tails] & main[graph.heads]).tolist():
        way = graph.ways[graph.way_of[arc]]
        if way.name and way.highway in _LIVED_ON and "bridge" not in way.tags:
            by_name.setdefault(way.name, []).append(arc)
    if not by_name:
        raise InvalidInput(f"no street that a {profile.name} reaches has a name, so nobody can live there")
    return [np.array(arcs, np.int64) for _, arcs in sorted(by_name.items())]


def _address(graph: RoadGraph, arcs: NDArray[np.int64], house: int) -> Address:
    """Stand ``house`` (0 is number 1) beside the street, half a plot further on than its corner."""
    along = (house // 2 + 0.5) * _HOUSE_EVERY_M
    ends = np.cumsum(graph.lengths_m[arcs])
    position = min(int(np.searchsorted(ends, along)), len(arcs) - 1)
    arc = int(arcs[position])
    share = 1 - (ends[position] - along) / graph.lengths_m[arc]
    (lat_a, lon_a), (lat_b, lon_b) = graph.position(graph.tails[arc]), graph.position(graph.heads[arc])
    shrink = math.cos(math.radians(lat_a))  # a degree of longitude against one of latitude
    east, north = (lon_b - lon_a) * shrink, lat_b - lat_a
    side = math.degrees(_SET_BACK_M / EARTH_RADIUS_M) / math.hypot(east, north)
    side = side if house % 2 == 0 else -side  # odd numbers are on the left, and number 1 is house 0
    tags = graph.ways[graph.way_of[arc]].tags
    return Address(
        street=tags["name"],
        street_zh=tags.get("name:zh", tags["name"]),
        house_number=house + 1,
        lat=round(float(lat_a + share * north + side * east), 7),
        lon=round(float(lon_a + (share * east - side * north) / shrink), 7),
    )
