"""The cart: what a visitor means to buy, until it becomes a purchase."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class Cart(TenantModel):
    """One open cart per visitor and platform."""

    class Status(models.TextChoices):
        OPEN = "open"
        COMPLETED = "completed"

    visitor = models.CharField(max_length=64, help_text="The user's id or the session's key.")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    coupon_code = models.CharField(max_length=40, default="", blank=True)
    group = models.OneToOneField(
        "orders.OrderGroup", on_delete=models.PROTECT, null=True, related_name="cart"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "visitor"], condition=Q(status="open"), name="one_open_cart"
            )
        ]

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartLine(TenantModel):
    """So many units of one listing."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    listing = models.ForeignKey("catalogue.Listing", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    source = models.CharField(max_length=40, default="", blank=True, help_text="Where it was found.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cart", "listing"], name="one_line_per_listing"),
            models.CheckConstraint(condition=Q(quantity__gt=0, quantity__lte=999), name="cart_quantity_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.listing_id}"
