"""From order to door: parcels, their tracking, the vehicles and the routes planned for a day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class Vehicle(TenantModel):
    """A vehicle of the platform's fleet, based at a warehouse."""

    name = models.CharField(max_length=60)
    home = models.ForeignKey("stock.Warehouse", on_delete=models.PROTECT, related_name="vehicles")
    capacity_g = models.PositiveIntegerField()
    shift_start = models.TimeField()
    shift_end = models.TimeField()
    cost_per_km = models.PositiveIntegerField(help_text="Minor units a kilometre.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(capacity_g__gt=0), name="vehicle_carries_something"),
            models.CheckConstraint(
                condition=Q(shift_end__gt=F("shift_start")), name="shift_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Shipment(TenantModel):
    """A parcel of one purchase: the one that the platform's own vans bring, or one that a merchant gave to a carrier.

    The promise stands in ``promised_from`` and ``promised_until``, the facts are its tracking events.
    """

    class Status(models.TextChoices):
        PLANNED = "planned"
        PICKED = "picked"
        OUT = "out"
        DELIVERED = "delivered"
        FAILED = "failed"
        LOST = "lost"
        CAME_BACK = "came_back", "Back at the sender"

    group = models.ForeignKey("orders.OrderGroup", on_delete=models.PROTECT, related_name="shipments")
    carrier = models.CharField(
        max_length=60, default="", db_default="", blank=True, help_text="Empty: our own vans."
    )
    tracking_number = models.CharField(max_length=80, default="", db_default="", blank=True)
    warehouse = models.ForeignKey("stock.Warehouse", on_delete=models.PROTECT, related_name="shipments")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    weight_g = models.PositiveIntegerField()
    promised_from = models.DateTimeField()
    promised_until = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group"], condition=Q(carrier=""), name="one_parcel_by_our_own_vans"
            ),
            models.UniqueConstraint(
                fields=["platform", "carrier", "tracking_number"],
                condition=~Q(carrier=""),
                name="one_parcel_per_tracking_number",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "status", "promised_from"], name="shipment_to_plan")
        ]

    def __str__(self) -> str:
        return f"parcel of {self.group_id}"


class ShipmentPart(TenantModel, AppendOnlyModel):
    """What a parcel carries: units of one order that left together."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="parts")
    fulfilment = models.OneToOneField("orders.Fulfilment", on_delete=models.PROTECT, related_name="part")

    def __str__(self) -> str:
        return f"{self.fulfilment_id} in {self.shipment_id}"


class TrackingEvent(TenantModel, AppendOnlyModel):
    """Something that happened to a parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="tracking")
    status = models.CharField(max_length=10, choices=Shipment.Status.choices)
    note = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.status


class RoutePlan(TenantModel):
    """The routes of one warehouse for one day; a new plan supersedes the draft before it."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        RELEASED = "released"
        SUPERSEDED = "superseded"

    warehouse = models.ForeignKey("stock.Warehouse", on_delete=models.PROTECT, related_name="plans")
    day = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    distance_m = models.PositiveIntegerField()
    cost = models.PositiveBigIntegerField(help_text="Of vehicles and way, in minor units.")
    baseline_cost = models.PositiveBigIntegerField(help_text="What the savings heuristic alone would cost.")
    unserved = models.JSONField(default=list, help_text="Parcels left out, each with the reason.")
    provenance = models.JSONField(default=dict)
    planned_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["warehouse", "day"], condition=~Q(status="superseded"), name="one_plan_per_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.warehouse_id} on {self.day}"


class Route(TenantModel):
    """One vehicle's tour, with the line it drives."""

    plan = models.ForeignKey(RoutePlan, on_delete=models.CASCADE, related_name="routes")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="routes")
    distance_m = models.PositiveIntegerField()
    duration_s = models.PositiveIntegerField()
    load_g = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    geometry = models.JSONField(help_text="[[longitude, latitude], …]")

    def __str__(self) -> str:
        return f"route of {self.vehicle_id}"


class Stop(TenantModel):
    """One door on a route."""

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="stops")
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="stops")
    sequence = models.PositiveSmallIntegerField()
    arrives_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["route", "sequence"], name="one_stop_per_place"),
            models.UniqueConstraint(fields=["route", "shipment"], name="one_stop_per_parcel"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.shipment_id}"
