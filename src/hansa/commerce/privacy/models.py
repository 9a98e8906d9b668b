"""Copies of a person's data that they asked for, and the list of those who asked to be forgotten."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Export(models.Model):
    """A copy of everything kept of one person, made by the worker and kept for a few days."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="exports")
    token = models.CharField(max_length=48, unique=True, help_text="Part of the link, beside signing in.")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    archive = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ready_at__isnull=True), name="one_export_in_the_making"
            )
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"


class Erasure(models.Model):
    """That a person was forgotten, and when; what is restored from a backup is forgotten again by this list."""

    person_id = models.BigIntegerField(unique=True)
    erased_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"person {self.person_id} forgotten"
