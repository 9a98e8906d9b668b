"""Experiments, their arms, who was shown what since when, and what each night's look saw."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.commerce.experiments.domain import VARIANTS, Metric, Subject
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel

_METRICS = [(each.value, each.value) for each in Metric]


class Experiment(TenantModel):
    """A question put to people by showing them different things. Once started only its end can be written."""

    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Subject])
    salt = models.CharField(max_length=40)
    slot_from = models.PositiveSmallIntegerField(default=0)
    slot_below = models.PositiveSmallIntegerField(default=1_000)
    metric = models.CharField(max_length=10, choices=_METRICS)
    guardrail = models.CharField(max_length=10, choices=_METRICS, default="", blank=True)
    window_days = models.PositiveSmallIntegerField()
    sharpest_at = models.PositiveIntegerField()
    drafted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "name"], name="one_experiment_of_a_name"),
            models.CheckConstraint(
                condition=Q(slot_from__lt=F("slot_below"), slot_below__lte=1_000),
                name="experiment_takes_some_slots",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="experiment_stops_after_it_started",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """Where it stands: draft, running or stopped."""
        if self.started_at is None:
            return "draft"
        return "running" if self.stopped_at is None else "stopped"

    @property
    def control(self) -> str:
        """The variant that everybody sees without an experiment."""
        return VARIANTS[Subject(self.subject)][0]


class Arm(TenantModel):
    """One variant in an experiment, with its share of the people; the control has place 0."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    place = models.PositiveSmallIntegerField()
    variant = models.CharField(max_length=30)
    weight = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["experiment", "place"], name="one_arm_at_a_place"),
            models.UniqueConstraint(fields=["experiment", "variant"], name="one_arm_of_a_variant"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="arm_has_a_share"),
        ]

    def __str__(self) -> str:
        return self.variant


class Exposure(TenantModel, AppendOnlyModel):
    """That a person was shown their arm for the first time; ``visitor`` names them as the log of acts does."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="exposures")
    arm = models.ForeignKey(Arm, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    visitor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["experiment", "visitor"], name="one_exposure_of_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.visitor} in {self.experiment_id}"


class Look(TenantModel, AppendOnlyModel):
    """What was known after a day: counts, comparisons with their confidence sequences, or why there are none."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="looks")
    day = models.DateField()
    at = models.DateTimeField()
    figures = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["experiment", "day"], name="one_look_a_day")]

    def __str__(self) -> str:
        return f"{self.experiment_id} on {self.day}"
