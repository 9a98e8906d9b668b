"""Where events are sent, what was sent, and what came of every try."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import TenantModel


class Endpoint(TenantModel):
    """An address that hears of some kinds of event: a merchant's own, or the whole platform's.

    Secrets are sealed with a key of this installation: a copy of the database alone signs nothing.
    """

    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, default="", blank=True)
    kinds = ArrayField(models.CharField(max_length=40))
    secret = models.CharField(max_length=400)
    old_secret = models.CharField(max_length=400, default="", blank=True)
    old_secret_until = models.DateTimeField(null=True)
    private_key = models.CharField(max_length=400, default="", blank=True)
    is_active = models.BooleanField(default=True)
    off_because = models.CharField(max_length=200, default="", blank=True)
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["platform", "merchant"], name="webhook_endpoint_of_desk")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(old_secret="", old_secret_until__isnull=True)
                | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
                name="old_webhook_secret_ends",
            )
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(TenantModel):
    """One message to one endpoint. ``body`` is sent as it stands, try after try, so that its signature holds."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="one_message_per_event"),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False)
                | (~Q(state="delivered") & Q(delivered_at__isnull=True)),
                name="delivered_webhook_says_when",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("created_at")), name="webhook_due_after_made"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="webhook_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def message_id(self) -> str:
        """What receivers tell repetitions by."""
        return f"msg_{self.event_id}_{self.endpoint_id}"


class Attempt(TenantModel):
    """What came of one try."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, help_text="Null where nothing answered.")
    error = models.CharField(max_length=300, default="", blank=True)
    answer = models.TextField(default="", blank=True, help_text="The beginning of what came back.")
    took_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.status or self.error} after {self.took_ms} ms"
