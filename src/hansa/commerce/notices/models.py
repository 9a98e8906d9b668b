"""What somebody is told: on their page of notices, and by mail where that is theirs to have."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class Notice(TenantModel):
    """One thing told to one person once. It keeps values, not sentences: each reader has their own language."""

    class Kind(models.TextChoices):
        ANSWERED = "answered", "Your question has an answer"
        REPLIED = "replied", "The merchant replied to your review"
        TURNED_DOWN = "turned_down", "What you wrote was turned down"
        CHEAPER = "cheaper", "Something on your list costs less"
        BACK = "back", "Something on your list can be had again"
        GROUP_FORMED = "group_formed", "Your group has formed"
        GROUP_FAILED = "group_failed", "Your group has failed"

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=80, help_text="Names the occasion, so that it is told once.")
    listing = models.ForeignKey(
        "catalogue.Listing", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    values = models.JSONField(default=dict)
    by_mail = models.BooleanField(default=False)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "user", "key"], name="one_notice_per_occasion")
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user_id}"
