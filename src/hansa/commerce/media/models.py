"""Pictures that were taken in. What they show, and of which product, is said above; the bytes are in the store."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Picture(models.Model):
    """A picture by the digest of the file that somebody gave; the same file again is the same picture."""

    digest = models.CharField(max_length=64, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    stored_bytes = models.PositiveIntegerField(help_text="All its sizes together.")
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="picture_has_digest"),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="picture_shows_something"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]
