"""Demand forecasts, what they make us order, and the purchase orders that bring the goods."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class ForecastRun(TenantModel):
    """One run of the forecast engine for one merchant, and how it was made."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="forecast_runs")
    as_of = models.DateField()
    horizon_days = models.PositiveSmallIntegerField()
    levels = ArrayField(models.FloatField(), help_text="Quantile levels of every forecast in this run.")
    error = models.FloatField(help_text="Mean absolute scaled error of the backtest.")
    naive_error = models.FloatField(help_text="The same error of the seasonal naive forecast.")
    provenance = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["platform", "merchant", "-id"], name="run_by_merchant")]

    def __str__(self) -> str:
        return f"{self.merchant_id} as of {self.as_of}"


class Forecast(TenantModel):
    """The expected daily demand of one offer over the run's horizon."""

    run = models.ForeignKey(ForecastRun, on_delete=models.CASCADE, related_name="forecasts")
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.PROTECT, related_name="forecasts")
    model = models.CharField(max_length=40)
    mean = ArrayField(
        models.FloatField(), help_text="Units a day, one value per day from the day after as_of."
    )
    quantiles = ArrayField(ArrayField(models.FloatField()), help_text="One row per level of the run.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "offer"], name="one_forecast_per_run")
        ]
        indexes: ClassVar = [models.Index(fields=["offer", "-run"], name="forecast_by_offer")]

    def __str__(self) -> str:
        return f"forecast of {self.offer_id}"


class ReorderProposal(TenantModel):
    """What a run advises to order of one offer for one warehouse, with its reasons."""

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        SUPERSEDED = "superseded"

    run = models.ForeignKey(ForecastRun, on_delete=models.CASCADE, related_name="proposals")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.PROTECT, related_name="+")
    warehouse = models.ForeignKey("stock.Warehouse", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    target = models.FloatField()
    stockout_before = models.FloatField(help_text="Probability of running out if nothing is ordered.")
    stockout_after = models.FloatField()
    reasons = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    decided_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "offer", "warehouse"], name="one_proposal_per_run"),
            models.CheckConstraint(condition=Q(units__gt=0), name="proposal_orders_something"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "platform", "status"], name="proposal_by_merchant")
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.offer_id}"


class PurchaseOrder(TenantModel):
    """Goods ordered from a supplier, on their way to a warehouse, received once."""

    class Status(models.TextChoices):
        ORDERED = "ordered"
        RECEIVED = "received"
        CANCELLED = "cancelled"

    proposal = models.OneToOneField(
        ReorderProposal, on_delete=models.PROTECT, null=True, related_name="purchase_order"
    )
    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="purchase_orders"
    )
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.PROTECT, related_name="+")
    warehouse = models.ForeignKey("stock.Warehouse", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    unit_cost = models.PositiveBigIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ORDERED)
    ordered_at = models.DateTimeField()
    expected_on = models.DateField()
    received_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(units__gt=0), name="purchase_order_orders_something")
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "platform", "status"], name="purchase_order_by_merchant")
        ]

    def __str__(self) -> str:
        return f"purchase order {self.pk}"
