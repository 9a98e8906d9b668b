"""Payments: what was asked of the provider, what it answered, and the sandbox provider's own book."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import TenantModel


class Payment(TenantModel):
    """The money of one purchase. ``reference`` names the purchase; there is one payment for it."""

    class State(models.TextChoices):
        CREATED = "created"
        AUTHORISED = "authorised"
        CAPTURED = "captured"
        DECLINED = "declined"
        VOIDED = "voided"

    reference = models.CharField(max_length=64)
    provider = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=64, default="", blank=True)
    method_token = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CREATED)
    currency = models.CharField(max_length=3)
    amount = models.PositiveBigIntegerField()
    authorised = models.PositiveBigIntegerField(default=0)
    captured = models.PositiveBigIntegerField(default=0)
    refunded = models.PositiveBigIntegerField(default=0)
    decline_reason = models.CharField(max_length=120, default="", blank=True)
    journal = models.ForeignKey(
        "ledger.JournalEntry", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference"], name="one_payment_per_purchase"),
            models.CheckConstraint(
                condition=Q(refunded__lte=F("captured")) & Q(captured__lte=F("authorised")),
                name="refunded_within_captured_within_authorised",
            ),
            models.CheckConstraint(condition=Q(authorised__lte=F("amount")), name="authorised_within_amount"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=Q(state="created"), name="payment_unfinished")
        ]

    def __str__(self) -> str:
        return self.reference


class Refund(TenantModel):
    """Money given back for one reason, once."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    reference = models.CharField(max_length=64, unique=True)
    amount = models.PositiveBigIntegerField()
    is_done = models.BooleanField(default=False)
    provider_ref = models.CharField(max_length=64, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_gives_something")
        ]

    def __str__(self) -> str:
        return self.reference


class SandboxCharge(models.Model):
    """A line in the sandbox provider's book, as a foreign company would keep it."""

    class Kind(models.TextChoices):
        CHARGE = "charge"
        REFUND = "refund"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    idempotency_key = models.CharField(max_length=80, unique=True)
    provider_ref = models.CharField(max_length=64, unique=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=12)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.provider_ref
