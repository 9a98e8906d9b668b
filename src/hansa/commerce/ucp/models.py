"""Agents that shop for people, and their sessions: a cart, a checkout and an order over one cart of ours."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class Agent(models.Model):
    """What an agent's profile says, as last read from its address; of every platform alike."""

    url = models.CharField(max_length=500, unique=True)
    document = models.JSONField(default=dict, blank=True)
    problem = models.CharField(
        max_length=40, default="", blank=True, help_text="Why it cannot be used, as a code."
    )
    fetched_at = models.DateTimeField()
    fresh_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.url


class Session(TenantModel):
    """One agent's shopping for one buyer. Its goods lie in the cart of its visitor; its public ids are secrets.

    ``details`` holds what the agent told (buyer, destination, codes) until the purchase is made.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        COMPLETING = "completing"
        COMPLETED = "completed"
        CANCELED = "canceled"

    agent = models.CharField(max_length=500, help_text="The address of the agent's profile.")
    is_proved = models.BooleanField(help_text="Opened by a signed request: only signed ones may touch it.")
    visitor = models.CharField(max_length=64, unique=True)
    cart_key = models.CharField(max_length=48, unique=True, null=True, blank=True)
    checkout_key = models.CharField(max_length=48, unique=True, null=True, blank=True)
    order_key = models.CharField(max_length=48, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    attempt = models.PositiveSmallIntegerField(default=1, help_text="Grows when a payment is declined.")
    agreed_total = models.PositiveBigIntegerField(default=0, help_text="What the agent was last shown.")
    webhook_url = models.CharField(max_length=500, default="", blank=True)
    base_url = models.CharField(max_length=200)
    details = models.JSONField(default=dict, blank=True)
    group = models.OneToOneField(
        "orders.OrderGroup", on_delete=models.PROTECT, null=True, related_name="ucp_session"
    )
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(cart_key__isnull=False) | Q(checkout_key__isnull=False), name="session_has_a_key"
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(group__isnull=False), name="completed_session_has_bought"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="ucp_session_by_expiry")]

    def __str__(self) -> str:
        return f"session {self.pk}"


class KeptAnswer(TenantModel):
    """What was answered to a keyed request about a session; it goes when the session goes."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="answers")
    body = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"answer {self.pk}"


class Telling(TenantModel):
    """That an agent is to hear how its order stands; it goes when the agent has taken it."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="tellings")
    group = models.ForeignKey("orders.OrderGroup", on_delete=models.CASCADE, related_name="+")
    event_id = models.BigIntegerField(unique=True, help_text="What happened; repetitions bear the same.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="Empty once it was given up.")
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, default="", blank=True, help_text="Why the last try failed.")
    noted_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="ucp_telling_by_due")]

    def __str__(self) -> str:
        return f"telling {self.pk}"
