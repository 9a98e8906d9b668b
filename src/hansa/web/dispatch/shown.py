"""How the dispatch desk shows a plan: on a map, as a table of routes, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.commerce.delivery.models import Route, RoutePlan, Shipment, Stop
from hansa.commerce.delivery.selectors import Street
from hansa.kernel.money import digits_of
from hansa.web import charts
from hansa.web.charts.figures import distance_text, quantity_text
from hansa.web.dispatch.backdrop import backdrop, box_around, thinned
from hansa.web.dispatch.timeline import hands_over_at, is_late

MOST_ROUTE_POINTS = 12_000
_REASONS = {
    "too_big": gettext_lazy("too heavy for every vehicle"),
    "no_way": gettext_lazy("no street leads there and back"),
    "too_late": gettext_lazy("cannot be reached in the promised window"),
    "no_vehicle": gettext_lazy("no vehicle may take it"),
    "fleet_exhausted": gettext_lazy("all vehicles are full or out of time"),
}


@dataclass(frozen=True)
class Tour:
    """A route in a table."""

    route: Route
    stops: int
    delivered: int
    late: int
    fill_share: float


@dataclass(frozen=True)
class Left:
    """A parcel that no tour takes, and why."""

    shipment: Shipment | None
    number: str
    reason: str


@dataclass(frozen=True)
class Day:
    """A day that has parcels waiting or a plan."""

    day: date
    waiting: int
    plan: RoutePlan | None


def tours(plan: RoutePlan) -> list[Tour]:
    """The routes of a plan with what a dispatcher asks first."""
    found = []
    for route in plan.routes.all():
        stops = list(route.stops.all())
        found.append(
            Tour(
                route=route,
                stops=len(stops),
                delivered=sum(stop.shipment.status == Shipment.Status.DELIVERED for stop in stops),
                late=sum(is_late(stop) for stop in stops),
                fill_share=route.load_g / route.vehicle.capacity_g,
            )
        )
    return found


def days(waiting: Sequence[tuple[date, int]], plans: Sequence[RoutePlan]) -> list[Day]:
    """Days with parcels waiting, and days with a plan, the earliest first."""
    by_day = {plan.day: plan for plan in plans}
    counted = dict(waiting)
    shown = set(counted) | {plan.day for plan in plans if plan.status == RoutePlan.Status.DRAFT}
    return [Day(day, counted.get(day, 0), by_day.get(day)) for day in sorted(shown)]


def saved_share(plan: RoutePlan) -> float | None:
    """How much less the plan costs than what the savings heuristic alone would make."""
    return 1 - plan.cost / plan.baseline_cost if plan.baseline_cost else None


def left_out(plan: RoutePlan, shipments: Mapping[int, Shipment]) -> list[Left]:
    """The parcels that the plan leaves out, each with the planner's reason."""
    found = []
    for each in plan.unserved:
        shipment = shipments.get(int(each["shipment"]))
        found.append(
            Left(
                shipment=shipment,
                number=shipment.group.number if shipment else each["shipment"],
                reason=str(_REASONS.get(each["reason"]) or each.get("detail") or each["reason"]),
            )
        )
    return found


def route_map(plan: RoutePlan, streets: Sequence[Street]) -> charts.RouteMap | None:
    """The tours over the streets, a colour for each vehicle; None where nobody drives."""
    routes = list(plan.routes.all())
    if not routes:
        return None
    home = (plan.warehouse.latitude, plan.warehouse.longitude)
    lines = _lines(routes)
    doors = [place for route in routes for stop in route.stops.all() if (place := _place(stop)) is not None]
    box = box_around([home, *doors, *(place for line in lines for place in line)])
    stops = len(doors)
    return charts.route_map(
        _("Tours of %(day)s") % {"day": date_format(plan.day)},
        depots=[charts.Depot(plan.warehouse.name, home)],
        routes=[_route_line(route, line) for route, line in zip(routes, lines, strict=True)],
        roads=backdrop(streets, box),
        summary=ngettext(
            "%(stops)s stop with %(vehicles)s vehicles, %(way)s in all.",
            "%(stops)s stops with %(vehicles)s vehicles, %(way)s in all.",
            stops,
        )
        % {"stops": stops, "vehicles": len(routes), "way": distance_text(plan.distance_m)},
    )


def planned_beside_baseline(plans: Sequence[RoutePlan], currency: str) -> charts.Chart | None:
    """Cost of the last plans beside that of the savings heuristic alone."""
    if not plans:
        return None
    in_order = sorted(plans, key=lambda plan: plan.day)
    unit = 10 ** digits_of(currency)
    return charts.bars(
        _("Cost of the tours"),
        [date_format(plan.day, "SHORT_MONTH_DAY_FORMAT") for plan in in_order],
        [
            charts.Series(_("Planned"), [plan.cost / unit for plan in in_order]),
            charts.Series(_("Rule of thumb"), [plan.baseline_cost / unit for plan in in_order]),
        ],
        format=charts.money_in(currency),
        summary=_("The rule of thumb is the savings heuristic alone, without improvement."),
    )


def _lines(routes: Sequence[Route]) -> list[list[tuple[float, float]]]:
    """The way of each route; where all together have too many points they are drawn more coarsely."""
    lines = [[(latitude, longitude) for longitude, latitude in route.geometry] for route in routes]
    if sum(map(len, lines)) > MOST_ROUTE_POINTS:
        lines = [thinned(line, least_m=20) for line in lines]
    return lines


def _route_line(route: Route, line: Sequence[tuple[float, float]]) -> charts.RouteLine:
    stops = [(stop, place) for stop in route.stops.all() if (place := _place(stop)) is not None]
    note = _("%(stops)s stops, %(way)s") % {"stops": len(stops), "way": distance_text(route.distance_m)}
    return charts.RouteLine(
        key=str(route.pk),
        name=route.vehicle.name,
        stops=[
            charts.Stop(stop.shipment.group.street or stop.shipment.group.number, place, _facts(stop))
            for stop, place in stops
        ],
        path=line,
        note=note,
        facts=[(_("Way"), distance_text(route.distance_m)), (_("Load"), _kilograms(route.load_g))],
    )


def _clock(moment: datetime) -> str:
    return date_format(moment, "TIME_FORMAT")


def _facts(stop: Stop) -> list[tuple[str, str]]:
    shipment = stop.shipment
    window = f"{_clock(shipment.promised_from)}–{_clock(shipment.promised_until)}"
    return [
        (_("Hands over"), _clock(hands_over_at(stop))),
        (_("Promised"), window),
        (_("For"), shipment.group.recipient),
        (_("Parcel"), f"{shipment.group.number}, {_kilograms(shipment.weight_g)}"),
    ]


def _place(stop: Stop) -> tuple[float, float] | None:
    group = stop.shipment.group
    if group.latitude is None or group.longitude is None:
        return None
    return group.latitude, group.longitude


def _kilograms(grams: int) -> str:
    return quantity_text(round(grams / 1000, 1), "kg")
