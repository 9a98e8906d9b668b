"""Tables of the foundation: the outbox, its effects, and the memory of requests already answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class OutboxEvent(models.Model):
    """A fact, written in the transaction that made it true, delivered at least once afterwards."""

    platform_id = models.SmallIntegerField(null=True)
    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    parked_reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "outbox_event"
        indexes: ClassVar = [
            models.Index(
                fields=["not_before", "id"],
                name="outbox_waiting",
                condition=Q(done_at__isnull=True, parked_reason=""),
            ),
            models.Index(fields=["kind", "id"], name="outbox_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Effect(models.Model):
    """The proof that a consumer has handled an event; unique, so a second delivery does nothing."""

    consumer = models.CharField(max_length=120)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="effects")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "outbox_effect"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "consumer"], name="one_effect_per_consumer")
        ]

    def __str__(self) -> str:
        return f"{self.consumer} of {self.event_id}"


class IdempotencyRecord(models.Model):
    """The answer given to a keyed request, kept so that a retry gets the same one."""

    scope = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "idempotency_record"
        constraints: ClassVar = [models.UniqueConstraint(fields=["scope", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.scope}/{self.key}"
