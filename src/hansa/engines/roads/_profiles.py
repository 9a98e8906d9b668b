"""Who may drive where, and how fast: a vehicle's reading of the tags of a road.

Times of day (``access:conditional``), turn restrictions and ferries are not read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hansa.kernel.errors import InvalidInput


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Tags of a way or barrier that any profile may look at; the reader keeps these and the names.
ROUTING_TAGS = _words(
    "highway junction oneway oneway:bicycle cycleway access vehicle motor_vehicle motorcar goods "
    "bicycle maxspeed maxspeed:forward maxspeed:backward barrier area bridge"
)

_OPEN = _words("yes permissive designated official public unknown destination customers")
_UNIT_KMH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_WALKING_KMH = 6.0
_SHARE_OF_LIMIT = 0.9  # the same share of the limit that GraphHopper assumes; junctions are not modelled


@dataclass(frozen=True, slots=True)
class VehicleProfile:
    """What a vehicle is allowed and able to do.

    Speeds are km/h by highway class; a class in neither table is closed. A class of
    ``on_request_kmh`` opens only where a tag of ``access_tags`` names the vehicle.
    The first of ``access_tags`` that a way carries decides. Refuses speeds that are not positive.
    """

    name: str
    speeds_kmh: Mapping[str, float]
    access_tags: tuple[str, ...]
    top_speed_kmh: float
    on_request_kmh: Mapping[str, float] = field(default_factory=dict)
    open_values: frozenset[str] = _OPEN
    stopped_by: frozenset[str] = frozenset()  # kinds of barrier
    is_motor: bool = True

    def __post_init__(self) -> None:
        for table in (self.speeds_kmh, self.on_request_kmh, {"top speed": self.top_speed_kmh}):
            for name, speed in table.items():
                if not (math.isfinite(speed) and speed > 0):
                    raise InvalidInput(
                        f"profile {self.name!r}: {name} needs a positive speed in km/h, not {speed}"
                    )
        object.__setattr__(self, "speeds_kmh", MappingProxyType(dict(self.speeds_kmh)))
        object.__setattr__(self, "on_request_kmh", MappingProxyType(dict(self.on_request_kmh)))

    def speed_kmh(self, tags: Mapping[str, str], *, forward: bool) -> float | None:
        """Say how fast the vehicle goes along a way in one direction; None where it may not go."""
        speed = self._speed_of_class(tags)
        if speed is None or not self._may_go(tags, forward=forward):
            return None
        limit = _limit_kmh(tags, forward=forward)
        if limit is not None:
            speed = limit * _SHARE_OF_LIMIT if self.is_motor else min(speed, limit)
        return min(speed, self.top_speed_kmh)

    def may_pass(self, barrier: Mapping[str, str]) -> bool:
        """Say whether the vehicle gets past a node that carries a barrier."""
        permission = self._permission(barrier)
        if permission is not None:
            return permission in self.open_values
        return barrier.get("barrier") not in self.stopped_by

    def _speed_of_class(self, tags: Mapping[str, str]) -> float | None:
        highway, permission = tags.get("highway", ""), self._permission(tags)
        if permission is not None and permission not in self.open_values:
            return None
        if highway in self.speeds_kmh:
            return self.speeds_kmh[highway]
        is_named = any(tags.get(tag) in self.open_values for tag in self.access_tags if tag != "access")
        return self.on_request_kmh.get(highway) if is_named else None

    def _permission(self, tags: Mapping[str, str]) -> str | None:
        return next((tags[tag] for tag in self.access_tags if tag in tags), None)

    def _may_go(self, tags: Mapping[str, str], *, forward: bool) -> bool:
        oneway = tags.get("oneway", "")
        if not self.is_motor:
            if tags.get("cycleway", "").startswith("opposite"):
                return True
            oneway = tags.get("oneway:bicycle", oneway)
        if oneway == "reversible":  # open in turns by the clock, which we do not know
            return False
        if oneway in ("-1", "reverse"):
            return not forward
        if oneway in ("yes", "true", "1"):
            return forward
        is_implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
        return forward or oneway in ("no", "false", "0") or not is_implied


def _limit_kmh(tags: Mapping[str, str], *, forward: bool) -> float | None:
    """Read the posted limit; None where there is none or where it is a word such as ``DE:urban``."""
    posted = tags.get("maxspeed:forward" if forward else "maxspeed:backward", tags.get("maxspeed", ""))
    if posted == "walk":
        return _WALKING_KMH
    match = _SPEED.match(posted.split(";")[0].strip())
    if match is None or float(match[1]) == 0:
        return None
    return float(match[1]) * _UNIT_KMH[match[2] or ""]


_MOTOR_BARRIERS = _words(
    "bollard block chain cycle_barrier debris fence full-height_turnstile hedge jersey_barrier "
    "kissing_gate log motorcycle_barrier planter rope stile swing_gate turnstile wall"
)
_CAR_SPEEDS = {
    "motorway": 110.0,
    "motorway_link": 60.0,
    "trunk": 85.0,
    "trunk_link": 50.0,
    "primary": 60.0,
    "primary_link": 45.0,
    "secondary": 50.0,
    "secondary_link": 40.0,
    "tertiary": 42.0,
    "tertiary_link": 35.0,
    "unclassified": 35.0,
    "residential": 28.0,
    "road": 28.0,
    "living_street": 8.0,
    "service": 16.0,
}

CAR = VehicleProfile(
    name="car",
    speeds_kmh=_CAR_SPEEDS,
    on_request_kmh={"track": 12.0, "pedestrian": 6.0},
    access_tags=("motorcar", "motor_vehicle", "vehicle", "access"),
    top_speed_kmh=130.0,
    stopped_by=_MOTOR_BARRIERS,
)
VAN = VehicleProfile(  # up to 3.5 t; a van may enter where deliveries may
    name="van",
    speeds_kmh={road: speed * 0.9 for road, speed in _CAR_SPEEDS.items()},
    on_request_kmh={"track": 10.0, "pedestrian": 6.0},
    access_tags=("goods", "motor_vehicle", "vehicle", "access"),
    top_speed_kmh=100.0,
    open_values=_OPEN | {"delivery"},
    stopped_by=_MOTOR_BARRIERS,
)
BIKE = VehicleProfile(
    name="bike",
    speeds_kmh={
        "primary": 17.0,
        "primary_link": 17.0,
        "secondary": 18.0,
        "secondary_link": 18.0,
        "tertiary": 18.0,
        "tertiary_link": 18.0,
        "unclassified": 17.0,
        "residential": 17.0,
        "road": 15.0,
        "living_street": 10.0,
        "service": 14.0,
        "cycleway": 18.0,
        "track": 12.0,
        "path": 10.0,
    },
    on_request_kmh={"pedestrian": 6.0, "footway": 8.0, "bridleway": 8.0, "trunk": 16.0},
    access_tags=("bicycle", "vehicle", "access"),
    top_speed_kmh=25.0,
    open_values=_OPEN | {"delivery"},
    stopped_by=_words("debris fence hedge kissing_gate stile turnstile full-height_turnstile wall"),
    is_motor=False,
)

PROFILES: Mapping[str, VehicleProfile] = MappingProxyType({p.name: p for p in (CAR, VAN, BIKE)})
