"""What has been imported from elsewhere, so that the same file twice changes nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ImportedChunk(models.Model):
    """A part of a source that is in the database; written in the transaction that brought it in."""

    source = models.CharField(max_length=60)
    chunk = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "chunk"], name="one_import_per_chunk")]

    def __str__(self) -> str:
        return f"{self.source}/{self.chunk}"
