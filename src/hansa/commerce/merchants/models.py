"""Merchants of the alliance and the stores they keep on its platforms."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hansa.foundation.tenancy import TenantModel


class Merchant(models.Model):
    """A legal party that sells; known to the whole alliance."""

    class Status(models.TextChoices):
        APPLIED = "applied"
        APPROVED = "approved"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.APPLIED)
    home_platform = models.ForeignKey("accounts.Platform", on_delete=models.PROTECT, related_name="merchants")
    story = models.TextField(default="", blank=True)
    external_ref = models.CharField(max_length=64, unique=True, null=True, blank=True)
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Store(TenantModel):
    """A merchant's presence on one platform."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="stores")
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "merchant"], name="one_store_per_platform")
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} on {self.platform_id}"
