"""What has been imported from elsewhere, so that the same file twice changes nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ImportedSource(models.Model):
    """A source that is in the database, or on its way there, with the choices its first run made."""

    source = models.CharField(max_length=60, unique=True)
    scale = models.CharField(max_length=10, default="full")
    as_of = models.DateField(null=True, help_text="The day the first run took for today.")
    shift_days = models.IntegerField(default=0, help_text="Days added to every date of the source.")
    seed = models.BigIntegerField(default=0)
    report = models.JSONField(default=dict)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.source


class ImportedChunk(models.Model):
    """A part of a source that is in the database; written in the transaction that brought it in."""

    source = models.CharField(max_length=60)
    chunk = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "chunk"], name="one_import_per_chunk")
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.chunk}"


class SetAside(models.Model):
    """An index or foreign key taken down for a first bulk load, to be put back at its end.

    As long as a row stands here, an import was interrupted and the schema is not whole: run it again.
    """

    class Kind(models.TextChoices):
        INDEX = "index"
        FOREIGN_KEY = "foreign_key"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    table = models.CharField(max_length=80)
    name = models.CharField(max_length=80, unique=True)
    definition = models.TextField()

    def __str__(self) -> str:
        return self.name


class HouseholdProfile(models.Model):
    """What a source tells of the household behind a shopper; blank where it says nothing."""

    user = models.OneToOneField("accounts.User", on_delete=models.CASCADE, related_name="household")
    age = models.CharField(max_length=10, default="", blank=True)
    income = models.CharField(max_length=20, default="", blank=True)
    home_ownership = models.CharField(max_length=20, default="", blank=True)
    marital_status = models.CharField(max_length=20, default="", blank=True)
    household_size = models.CharField(max_length=5, default="", blank=True)
    household_comp = models.CharField(max_length=30, default="", blank=True)
    kids_count = models.CharField(max_length=5, default="", blank=True)

    def __str__(self) -> str:
        return f"household of {self.user_id}"
