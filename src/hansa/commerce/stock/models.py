"""Stock: what lies where, what is promised, and every movement that made it so.

Oversell is impossible in the database: reserved and allocated can never exceed what is on hand.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class Warehouse(TenantModel):
    """A place that keeps or sells goods: a fulfilment centre for web orders, or an outlet."""

    class Kind(models.TextChoices):
        CENTRE = "centre"
        OUTLET = "outlet"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    latitude = models.FloatField()
    longitude = models.FloatField()
    external_ref = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - unique

    def __str__(self) -> str:
        return self.name


class StockLevel(TenantModel):
    """How many units of an offer lie in a warehouse, and how many of them are promised."""

    offer = models.ForeignKey(
        "catalogue.Offer", on_delete=models.PROTECT, related_name="stock_levels", db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="stock_levels", db_index=False
    )
    on_hand = models.PositiveIntegerField()
    reserved = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    # Where the goods lie in the centre: picking routes are planned over these.
    aisle = models.PositiveSmallIntegerField(default=0)
    slot = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offer", "warehouse"], name="one_level_per_offer_and_warehouse"),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("reserved") + F("allocated")), name="stock_never_oversold"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "warehouse", "offer"], name="stock_by_warehouse")
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} of {self.offer_id}"


class StockMovement(TenantModel, AppendOnlyModel):
    """A signed change of what is on hand; their sum is the level."""

    class Reason(models.TextChoices):
        OPENING = "opening"
        RECEIPT = "receipt"
        DISPATCH = "dispatch"
        RETURN = "return"
        ADJUSTMENT = "adjustment"

    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="movements", db_index=False)
    quantity = models.IntegerField()
    reason = models.CharField(max_length=12, choices=Reason.choices)
    reference = models.CharField(max_length=64)
    moved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something"),
            models.UniqueConstraint(fields=["level", "reason", "reference"], name="one_movement_per_cause"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+} {self.reason}"


class Reservation(TenantModel):
    """Units promised to one purchase: held while it is paid, allocated once it is, gone at dispatch."""

    class State(models.TextChoices):
        HELD = "held"
        ALLOCATED = "allocated"
        DISPATCHED = "dispatched"
        RELEASED = "released"

    level = models.ForeignKey(
        StockLevel, on_delete=models.PROTECT, related_name="reservations", db_index=False
    )
    reference = models.CharField(max_length=64, help_text="The purchase it belongs to.")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["level", "reference"], name="one_reservation_per_purchase"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_holds_something"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reference"], name="reservation_by_purchase"),
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="reservation_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.reference}"
