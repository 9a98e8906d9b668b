"""Reads of parcels, plans and how well deliveries go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from django.db.models import Count, F, Prefetch, QuerySet

from hansa.commerce.accounts.models import Platform
from hansa.commerce.delivery import adapters
from hansa.commerce.delivery.adapters import Picked
from hansa.commerce.delivery.gateways import roads
from hansa.commerce.delivery.models import (
    Route,
    RoutePlan,
    Shipment,
    ShipmentPart,
    Stop,
    TrackingEvent,
    Vehicle,
)
from hansa.commerce.orders.models import OrderLine
from hansa.commerce.stock import selectors as stock
from hansa.commerce.stock.models import Reservation, Warehouse
from hansa.kernel.errors import NotFound

Status = Shipment.Status
MAIN_ROADS = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})


@dataclass(frozen=True)
class Performance:
    """How deliveries went in a time span; shares are None where nothing was delivered."""

    parcels: int
    on_time_share: float | None
    routes: int
    km_per_stop: float | None
    fill_share: float | None
    saved_share: float | None


@dataclass(frozen=True)
class Street:
    """A street as a map draws it: a main road or a minor one, and its line as (latitude, longitude)."""

    rank: Literal["main", "minor"]
    line: list[tuple[float, float]]


def centre_of(platform_id: int) -> Warehouse:
    return stock.centre_of(platform_id)


def shipments_to_plan(*, platform_id: int, day: date) -> QuerySet[Shipment]:
    """Parcels promised for this day or before that have not left, the earliest promise first.

    A parcel that stands on another day's live plan is not planned twice.
    """
    elsewhere = Stop.objects.exclude(route__plan__status=RoutePlan.Status.SUPERSEDED).exclude(
        route__plan__day=day
    )
    until = datetime.combine(day, time.max, tzinfo=UTC)
    return (
        Shipment.objects.filter(
            platform_id=platform_id, status__in=[Status.PLANNED, Status.PICKED], promised_from__lte=until
        )
        .exclude(pk__in=elsewhere.filter(platform_id=platform_id).values("shipment_id"))
        .select_related("group")
        .order_by("promised_from", "pk")
    )


def days_to_plan(platform_id: int) -> list[tuple[date, int]]:
    """The days that have parcels waiting, with how many."""
    waiting = Shipment.objects.filter(platform_id=platform_id, status__in=[Status.PLANNED, Status.PICKED])
    counted = Counter(
        moment.astimezone(UTC).date() for moment in waiting.values_list("promised_from", flat=True)
    )
    return sorted(counted.items())


def released_plans(*, platform_id: int, day: date) -> QuerySet[RoutePlan]:
    return RoutePlan.objects.filter(platform_id=platform_id, day=day, status=RoutePlan.Status.RELEASED)


def find_plan(*, platform_id: int, day: date) -> RoutePlan | None:
    """The live plan of a day with its routes, stops and parcels."""
    return _with_routes(
        RoutePlan.objects.filter(platform_id=platform_id, day=day).exclude(status=RoutePlan.Status.SUPERSEDED)
    ).first()


def get_plan(*, platform_id: int, plan_id: int) -> RoutePlan:
    """One plan with its routes, stops and parcels."""
    found = _with_routes(RoutePlan.objects.filter(platform_id=platform_id, pk=plan_id)).first()
    if found is None:
        raise NotFound(f"there is no plan {plan_id} here")
    return found


def recent_plans(platform_id: int, *, limit: int = 14) -> list[RoutePlan]:
    """The latest plans, newest day first."""
    plans = RoutePlan.objects.filter(platform_id=platform_id).exclude(status=RoutePlan.Status.SUPERSEDED)
    return list(plans.select_related("warehouse").order_by("-day")[:limit])


def find_shipment_of(group_id: int) -> Shipment | None:
    """The parcel that our own vans bring, with its tracking, oldest event first."""
    return (
        Shipment.objects.filter(group_id=group_id, carrier="")
        .select_related("warehouse")
        .prefetch_related(Prefetch("tracking", queryset=TrackingEvent.objects.order_by("at", "pk")))
        .first()
    )


def carriers_parcels_of(group_id: int) -> list[Shipment]:
    """The parcels of a purchase that merchants gave to carriers, with what is in them and their tracking."""
    return list(
        Shipment.objects.filter(group_id=group_id)
        .exclude(carrier="")
        .prefetch_related(
            Prefetch("tracking", queryset=TrackingEvent.objects.order_by("at", "pk")),
            Prefetch("parts", queryset=ShipmentPart.objects.select_related("fulfilment")),
            "parts__fulfilment__lines__line",
        )
        .order_by("pk")
    )


def vehicles(platform_id: int) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(platform_id=platform_id).select_related("home").order_by("pk")


def streets(platform: Platform) -> list[Street]:
    """The platform's streets, main roads first; empty where no road map is kept."""
    network = roads.network_of(platform.code)
    if network is None:
        return []
    found = [
        Street("main" if way.highway.removesuffix("_link") in MAIN_ROADS else "minor", line)
        for way, line in network.graph.lines()
    ]
    return sorted(found, key=lambda street: street.rank)


def get_route(*, platform_id: int, route_id: int) -> Route:
    """One vehicle's tour with its plan, its stops in order and their parcels."""
    stops = Stop.objects.select_related("shipment__group").order_by("sequence")
    found = (
        Route.objects.filter(platform_id=platform_id, pk=route_id)
        .select_related("vehicle", "plan__warehouse")
        .prefetch_related(Prefetch("stops", queryset=stops))
        .first()
    )
    if found is None:
        raise NotFound(f"there is no route {route_id} here")
    return found


def titles_on_route(route: Route) -> dict[str, str]:
    """What the goods that a route carries are called, by their SKU."""
    lines = OrderLine.objects.filter(
        platform_id=route.platform_id, order__group__shipments__stops__route=route
    )
    return dict(lines.values_list("offer__variant__sku", "title").order_by("pk"))


def parcels_with_ids(*, platform_id: int, shipment_ids: Iterable[int]) -> dict[int, Shipment]:
    """These parcels with their purchases; those of another platform are left out."""
    found = Shipment.objects.filter(platform_id=platform_id, pk__in=list(shipment_ids))
    return {shipment.pk: shipment for shipment in found.select_related("group")}


def parcels_by_status(platform_id: int) -> dict[str, int]:
    """How many parcels stand where; every status is named."""
    counted = (
        Shipment.objects.filter(platform_id=platform_id)
        .values("status")
        .annotate(parcels=Count("pk"))
        .values_list("status", "parcels")
    )
    return dict.fromkeys(Status.values, 0) | dict(counted)


def pick_list(route: Route) -> Picked:
    """The shortest walk through the centre that collects what one route carries."""
    references = list(route.stops.values_list("shipment__group__number", flat=True))
    reserved = (
        Reservation.objects.filter(reference__in=references, state__in=["allocated", "dispatched"])
        .select_related("level__offer__variant")
        .order_by("pk")
    )
    units: Counter[tuple[str, int, int]] = Counter()
    for each in reserved:
        units[each.level.offer.variant.sku, each.level.aisle, each.level.slot] += each.quantity
    return adapters.pick([(sku, aisle, slot, count) for (sku, aisle, slot), count in sorted(units.items())])


def performance(*, platform_id: int, since: datetime, until: datetime) -> Performance:
    """On-time share, kilometres a stop, fill, and what planning saved against the simple heuristic."""
    delivered = Shipment.objects.filter(
        platform_id=platform_id, status=Status.DELIVERED, delivered_at__gte=since, delivered_at__lt=until
    )
    parcels = delivered.count()
    on_time = delivered.filter(delivered_at__lte=F("promised_until")).count()
    plans = RoutePlan.objects.filter(
        platform_id=platform_id,
        status=RoutePlan.Status.RELEASED,
        day__gte=since.date(),
        day__lte=until.date(),
    )
    routes = list(Route.objects.filter(plan__in=plans).select_related("vehicle"))
    stops = Stop.objects.filter(route__plan__in=plans).count()
    metres = sum(route.distance_m for route in routes)
    cost, baseline = (sum(plans.values_list(field, flat=True)) for field in ("cost", "baseline_cost"))
    capacity = sum(route.vehicle.capacity_g for route in routes)
    return Performance(
        parcels=parcels,
        on_time_share=on_time / parcels if parcels else None,
        routes=len(routes),
        km_per_stop=metres / 1000 / stops if stops else None,
        fill_share=sum(route.load_g for route in routes) / capacity if capacity else None,
        saved_share=1 - cost / baseline if baseline else None,
    )


def _with_routes(plans: QuerySet[RoutePlan]) -> QuerySet[RoutePlan]:
    stops = Stop.objects.select_related("shipment__group").order_by("sequence")
    routes = Route.objects.select_related("vehicle").order_by("pk")
    return plans.select_related("warehouse").prefetch_related(
        Prefetch("routes", queryset=routes), Prefetch("routes__stops", queryset=stops)
    )
