"""Orders: one purchase (OrderGroup) makes one Order for each merchant; lines keep what was agreed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.commerce.orders.domain import OrderStatus
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel

STATUSES = [(status.value, status.value) for status in OrderStatus]


class OrderGroup(TenantModel):
    """One purchase of one buyer, paid once. ``number`` is what the buyer sees, ``token`` opens a guest's page."""

    class Source(models.TextChoices):
        SHOP = "shop"
        PARTNER = "partner", "Sold by another platform of the alliance"
        IMPORT = "import", "History from another system"

    number = models.CharField(max_length=32)
    token = models.CharField(max_length=48, default="", blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.SHOP)
    buyer = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="purchases", db_index=False
    )
    sold_by = models.ForeignKey(
        "accounts.Platform", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    email = models.EmailField(default="", blank=True)
    outlet = models.ForeignKey("stock.Warehouse", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    items_total = models.PositiveBigIntegerField()
    delivery_fee = models.PositiveBigIntegerField(default=0)
    grand_total = models.PositiveBigIntegerField()
    recipient = models.CharField(max_length=120, default="", blank=True)
    street = models.CharField(max_length=200, default="", blank=True)
    city = models.CharField(max_length=80, default="", blank=True)
    postal_code = models.CharField(max_length=20, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    window_start = models.DateTimeField(null=True, help_text="Promised delivery window.")
    window_end = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="one_purchase_per_number"),
            models.CheckConstraint(
                condition=Q(grand_total=F("items_total") + F("delivery_fee")), name="purchase_adds_up"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "-placed_at"], name="purchase_by_time"),
            models.Index(fields=["buyer", "-placed_at"], name="purchase_by_buyer"),
        ]

    def __str__(self) -> str:
        return self.number


class Order(TenantModel):
    """The part of a purchase that one merchant fulfils."""

    group = models.ForeignKey(OrderGroup, on_delete=models.PROTECT, related_name="orders", db_index=False)
    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    status = models.CharField(max_length=10, choices=STATUSES)
    currency = models.CharField(max_length=3)
    items_total = models.PositiveBigIntegerField()
    commission = models.PositiveBigIntegerField(help_text="Frozen when the order was placed.")
    platform_discount = models.PositiveBigIntegerField(
        default=0, help_text="The part of discounts the platform pays."
    )
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "merchant"], name="one_order_per_merchant"),
            models.CheckConstraint(
                condition=Q(commission__lte=F("items_total") + F("platform_discount")),
                name="commission_within_total",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "platform", "-placed_at"], name="order_by_merchant")
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"


class OrderLine(TenantModel):
    """What was agreed for one offer: quantity, list price, discount, total. Never changed afterwards.

    A void line records that an imported receipt showed the good with nothing handed over.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    title = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    is_void = models.BooleanField(default=False)
    unit_price = models.PositiveBigIntegerField()
    discount = models.PositiveBigIntegerField(default=0)
    platform_discount = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField()
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total=F("quantity") * F("unit_price") - F("discount")), name="line_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(is_void=True), name="line_sells_something"
            ),
            models.CheckConstraint(
                condition=Q(platform_discount__lte=F("discount")), name="platform_pays_part_of_discount"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["offer", "placed_at"], include=["quantity", "total"], name="line_by_offer"),
            models.Index(fields=["buyer", "placed_at"], include=["offer"], name="line_by_buyer"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class OrderStatusChange(TenantModel, AppendOnlyModel):
    """One step in the life of an order: who moved it, when, from where to where."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    old = models.CharField(max_length=10, default="", blank=True)
    new = models.CharField(max_length=10, choices=STATUSES)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.old} > {self.new}"
