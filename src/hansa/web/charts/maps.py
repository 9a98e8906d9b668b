"""Route maps as GeoJSON (RFC 7946: longitude first, WGS 84), read by ``map.js``.

A map without a geography (a routing instance on a plane) says so by ``plane`` and gives x as longitude, y as latitude.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext

from hansa.kernel.errors import InvalidInput
from hansa.web.charts.plots import Json, Table

Place = tuple[float, float]  # latitude, longitude in degrees
Facts = Sequence[tuple[str, str]]
_DECIMALS = 5  # about one metre


@dataclass(frozen=True, slots=True)
class Depot:
    """Where vehicles start."""

    name: str
    at: Place
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """One call of a route; facts such as ("Arrives", "14:05") are shown when it is opened."""

    name: str
    at: Place
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One vehicle's way: its stops in order and the line it drives (straight through the stops if empty)."""

    key: str
    name: str
    stops: Sequence[Stop]
    path: Sequence[Place] = ()
    note: str = ""
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class RouteMap:
    """A map: its title, its GeoJSON and the same as a table of stops."""

    title: str
    geojson: dict[str, Json]
    table: Table
    summary: str = ""


def route_map(
    title: str,
    *,
    depots: Sequence[Depot],
    routes: Sequence[RouteLine],
    roads: Sequence[tuple[Literal["main", "minor"], Sequence[Place]]] = (),
    plane: bool = False,
    summary: str = "",
) -> RouteMap:
    """Lay routes over roads. Refuses two routes with one key and places that are not on the globe."""
    keys = [route.key for route in routes]
    for key in keys:
        if keys.count(key) > 1:
            raise InvalidInput(f"{title}: two routes are called {key}")
    features = [*_roads(roads), *(_depot(depot) for depot in depots)]
    for order, route in enumerate(routes):
        features += _route(order, route, depots)
    geojson: dict[str, Json] = {"type": "FeatureCollection", "features": [*features], "plane": plane}
    if not plane:
        _check_places(title, depots, routes)
    return RouteMap(title, geojson, _table(routes), summary)


def _roads(roads: Sequence[tuple[Literal["main", "minor"], Sequence[Place]]]) -> list[Json]:
    """Gather all roads of a rank into one feature: a town has tens of thousands of pieces."""
    lines: dict[str, list[Json]] = {"minor": [], "main": []}
    for rank, path in roads:
        lines[rank].append(_line(path))
    return [
        _feature({"type": "MultiLineString", "coordinates": paths}, kind="road", rank=rank)
        for rank, paths in lines.items()
        if paths
    ]


def _depot(depot: Depot) -> Json:
    return _feature(_point(depot.at), kind="depot", name=depot.name, facts=_facts(depot.facts))


def _route(order: int, route: RouteLine, depots: Sequence[Depot]) -> list[Json]:
    home = [depots[0].at] if depots else []
    path = route.path or [*home, *(stop.at for stop in route.stops), *home]
    whole = _feature(
        {"type": "LineString", "coordinates": _line(path)},
        kind="route",
        route=route.key,
        order=order,
        name=route.name,
        note=route.note,
        facts=_facts(route.facts),
    )
    return [
        whole,
        *(_stop(order, route.key, number, stop) for number, stop in enumerate(route.stops, start=1)),
    ]


def _stop(order: int, key: str, number: int, stop: Stop) -> Json:
    return _feature(
        _point(stop.at),
        kind="stop",
        route=key,
        order=order,
        number=number,
        name=f"{number}. {stop.name}",
        facts=_facts(stop.facts),
    )


def _feature(geometry: dict[str, Json], **properties: Json) -> Json:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(place: Place) -> dict[str, Json]:
    return {"type": "Point", "coordinates": _coordinates(place)}


def _line(path: Sequence[Place]) -> list[Json]:
    return [_coordinates(place) for place in path]


def _coordinates(place: Place) -> list[Json]:
    latitude, longitude = place
    return [round(longitude, _DECIMALS), round(latitude, _DECIMALS)]


def _facts(facts: Facts) -> list[Json]:
    return [[term, value] for term, value in facts]


def _table(routes: Sequence[RouteLine]) -> Table:
    headers = (gettext("Route"), gettext("No."), gettext("Stop"), gettext("Details"))
    rows = (
        (route.name, str(number), stop.name, " · ".join(f"{term}: {value}" for term, value in stop.facts))
        for route in routes
        for number, stop in enumerate(route.stops, start=1)
    )
    return Table(headers, tuple(rows))


def _check_places(title: str, depots: Sequence[Depot], routes: Sequence[RouteLine]) -> None:
    calls: list[Depot | Stop] = [*depots, *(stop for route in routes for stop in route.stops)]
    for call in calls:
        latitude, longitude = call.at
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise InvalidInput(
                f"{title}: {call.name} lies at {latitude}, {longitude}, which is not on the globe"
            )
