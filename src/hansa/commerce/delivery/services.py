"""Moving parcels: one for each purchase, planned into tours, released, delivered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.accounts.selectors import platform_by_id
from hansa.commerce.delivery import adapters, selectors
from hansa.commerce.delivery.adapters import Parcel, Tours, Van
from hansa.commerce.delivery.events import RoutesReleased
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
from hansa.commerce.orders import fulfilment
from hansa.commerce.orders.models import Fulfilment, OrderGroup, OrderLine
from hansa.commerce.stock.models import Warehouse
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import NotFound, Refused

PACKAGING_G = 150
MOST_PARCELS = 400  # what one plan takes; the rest waits for the next
SEED = 20_260_301
Status = Shipment.Status


@transaction.atomic
def create_shipment(*, group_id: int, now: datetime) -> Shipment:
    """Make the parcel of a paid purchase; making it again answers the same parcel."""
    group = OrderGroup.objects.get(pk=group_id)
    weight = _weight_left(group_id)
    shipment, is_new = Shipment.objects.get_or_create(
        group=group,
        carrier="",
        defaults={
            "platform_id": group.platform_id,
            "warehouse_id": group.outlet_id,
            "weight_g": weight + PACKAGING_G,
            "promised_from": group.window_start or now,
            "promised_until": group.window_end or now + timedelta(days=1),
            "created_at": now,
        },
    )
    if is_new:
        _track(shipment, "the parcel is being put together", now)
    return shipment


@transaction.atomic
def weigh_again(*, group_id: int, now: datetime) -> None:
    """Fit the parcel of our own vans to what is left to be brought; without anything left it is taken back."""
    shipment = _waiting(group_id)
    if shipment is None:
        return
    weight = _weight_left(group_id)
    if not weight:
        _take_off_plan(shipment)
        _move(shipment, Status.FAILED, "nothing is left to be brought", now)
    else:
        Shipment.objects.filter(pk=shipment.pk).update(weight_g=weight + PACKAGING_G)


def plan_day(
    *, actor: Actor, platform_id: int, day: date, now: datetime, seed: int = SEED, time_limit_s: float = 3.0
) -> RoutePlan:
    """Plan the tours of a day from the platform's centre; a new draft replaces the draft before it.

    Refuses when there is nothing to deliver, no vehicle, or a plan that has already been released. The
    solver runs with no transaction open: must be called outside any.
    """
    actor.require(Permission.PLAN_ROUTES, platform_id=platform_id)
    with tenancy.as_platform(platform_id):
        centre, parcels, vans = _gather(platform_id, day)
    tours = adapters.plan_tours(
        day=day,
        centre=(centre.latitude, centre.longitude),
        parcels=parcels,
        vans=vans,
        network=roads.network_of(platform_by_id(platform_id).code),
        seed=seed,
        time_limit_s=time_limit_s,
    )
    with tenancy.as_platform(platform_id):
        return _save_plan(centre, day, tours, now)


@transaction.atomic
def release_plan(*, actor: Actor, platform_id: int, plan_id: int, now: datetime) -> RoutePlan:
    """Send the vehicles out: parcels leave the warehouse and their orders are shipped.

    Releasing again changes nothing. Refuses a plan that was superseded.
    """
    actor.require(Permission.PLAN_ROUTES, platform_id=platform_id)
    plan = RoutePlan.objects.select_for_update().filter(platform_id=platform_id, pk=plan_id).first()
    if plan is None:
        raise NotFound(f"there is no plan {plan_id} here")
    if plan.status == RoutePlan.Status.RELEASED:
        return plan
    if plan.status != RoutePlan.Status.DRAFT:
        raise Refused(f"plan {plan_id} was replaced by a newer one")
    shipments = Shipment.objects.filter(
        stops__route__plan=plan, status__in=[Status.PLANNED, Status.PICKED]
    ).order_by("group_id")
    for shipment in shipments:
        sent = fulfilment.ship_rest(group_id=shipment.group_id, actor_name=actor.name, now=now)
        put_in(shipment, sent)
        if sent:
            _move(shipment, Status.OUT, "the parcel is on its way", now)
        else:
            _move(shipment, Status.FAILED, "nothing is left to be brought", now)
    plan.status = RoutePlan.Status.RELEASED
    plan.save(update_fields=["status"])
    outbox.record(
        RoutesReleased(platform_id=platform_id, plan_id=plan.pk, parcels=len(shipments), at=now.isoformat())
    )
    return plan


@transaction.atomic
def deliver(*, actor: Actor, platform_id: int, shipment_id: int, now: datetime) -> Shipment:
    """Hand a parcel over at the door; doing it again changes nothing. Refuses one that is not on its way."""
    actor.require(Permission.PLAN_ROUTES, platform_id=platform_id)
    shipment = Shipment.objects.select_for_update().filter(platform_id=platform_id, pk=shipment_id).first()
    if shipment is None:
        raise NotFound(f"there is no parcel {shipment_id} here")
    if shipment.status == Status.DELIVERED:
        return shipment
    if shipment.status != Status.OUT:
        raise Refused(f"parcel {shipment_id} is {shipment.status}, not on its way")
    arrive(shipment, actor_name=actor.name, note="the parcel has been handed over", now=now)
    return shipment


def arrive(shipment: Shipment, *, actor_name: str, note: str, now: datetime) -> None:
    """Write down that a locked parcel, and what is in it, has arrived."""
    inside = shipment.parts.values_list("fulfilment_id", flat=True)
    fulfilment.deliver(
        group_id=shipment.group_id, fulfilment_ids=list(inside), actor_name=actor_name, now=now
    )
    shipment.delivered_at = now
    shipment.save(update_fields=["delivered_at"])
    _move(shipment, Status.DELIVERED, note, now)


def put_in(shipment: Shipment, sent: Iterable[Fulfilment]) -> None:
    """Write down what a parcel carries."""
    ShipmentPart.objects.bulk_create(
        ShipmentPart(platform_id=shipment.platform_id, shipment=shipment, fulfilment=each) for each in sent
    )


@transaction.atomic
def cancel_shipment(*, group_id: int, now: datetime) -> None:
    """Take back the parcel of a cancelled purchase, and its stop on a draft plan."""
    shipment = _waiting(group_id)
    if shipment is None:
        return
    _take_off_plan(shipment)
    _move(shipment, Status.FAILED, "the purchase was cancelled", now)


def _waiting(group_id: int) -> Shipment | None:
    """The parcel of our own vans, locked, while it has not left."""
    return (
        Shipment.objects.select_for_update()
        .filter(group_id=group_id, carrier="", status__in=[Status.PLANNED, Status.PICKED])
        .first()
    )


def _take_off_plan(shipment: Shipment) -> None:
    Stop.objects.filter(shipment=shipment, route__plan__status=RoutePlan.Status.DRAFT).delete()


def _weight_left(group_id: int) -> int:
    """What the units weigh that are still to be brought, in grams."""
    left = (F("quantity") - F("shipped") - F("cancelled")) * F("offer__variant__weight_g")
    lines = OrderLine.objects.filter(order__group_id=group_id)
    return int(lines.aggregate(grams=Sum(left))["grams"] or 0)


def _gather(platform_id: int, day: date) -> tuple[Warehouse, list[Parcel], list[Van]]:
    centre = selectors.centre_of(platform_id)
    if selectors.released_plans(platform_id=platform_id, day=day).exists():
        raise Refused(f"the tours of {day} have already been released")
    parcels = [
        Parcel(
            shipment_id=shipment.pk,
            latitude=shipment.group.latitude,
            longitude=shipment.group.longitude,
            weight_g=shipment.weight_g,
            promised_from=shipment.promised_from,
            promised_until=shipment.promised_until,
        )
        for shipment in selectors.shipments_to_plan(platform_id=platform_id, day=day)[:MOST_PARCELS]
        if shipment.group.latitude is not None and shipment.group.longitude is not None
    ]
    if not parcels:
        raise Refused(f"there is nothing to deliver on {day}")
    vans = [
        Van(vehicle.pk, vehicle.capacity_g, vehicle.shift_start, vehicle.shift_end, vehicle.cost_per_km)
        for vehicle in Vehicle.objects.filter(platform_id=platform_id, home=centre, is_active=True).order_by(
            "pk"
        )
    ]
    if not vans:
        raise Refused("no vehicle is active at this centre")
    return centre, parcels, vans


@transaction.atomic
def _save_plan(centre: Warehouse, day: date, tours: Tours, now: datetime) -> RoutePlan:
    Warehouse.objects.select_for_update().get(pk=centre.pk)  # one planner at a time
    live = RoutePlan.objects.filter(warehouse=centre, day=day)
    if live.filter(status=RoutePlan.Status.RELEASED).exists():
        raise Refused(f"the tours of {day} have been released meanwhile")
    live.filter(status=RoutePlan.Status.DRAFT).update(status=RoutePlan.Status.SUPERSEDED)
    plan = RoutePlan.objects.create(
        platform_id=centre.platform_id,
        warehouse=centre,
        day=day,
        distance_m=tours.distance_m,
        cost=tours.cost,
        baseline_cost=tours.baseline_cost,
        unserved=tours.unserved,
        provenance=tours.provenance,
        planned_at=now,
    )
    for tour in tours.tours:
        route = Route.objects.create(
            platform_id=centre.platform_id,
            plan=plan,
            vehicle_id=tour.vehicle_id,
            distance_m=tour.distance_m,
            duration_s=tour.duration_s,
            load_g=tour.load_g,
            starts_at=tour.starts_at,
            geometry=tour.geometry,
        )
        Stop.objects.bulk_create(
            Stop(
                platform_id=centre.platform_id,
                route=route,
                shipment_id=shipment_id,
                sequence=sequence,
                arrives_at=arrival,
            )
            for sequence, (shipment_id, arrival) in enumerate(
                zip(tour.shipment_ids, tour.arrivals, strict=True), start=1
            )
        )
    return plan


def _move(shipment: Shipment, status: Shipment.Status, note: str, now: datetime) -> None:
    shipment.status = status
    shipment.save(update_fields=["status"])
    _track(shipment, note, now)


def _track(shipment: Shipment, note: str, now: datetime) -> None:
    TrackingEvent.objects.create(
        platform_id=shipment.platform_id, shipment=shipment, status=shipment.status, note=note, at=now
    )
