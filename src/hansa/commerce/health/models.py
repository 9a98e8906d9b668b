"""Weeks that have been counted already, so that a page need not go through all history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hansa.foundation.tenancy import TenantModel


class WeeklyFigure(TenantModel):
    """One node's value in one week, on one platform or (without a platform) in the whole alliance.

    ``value`` is null where the week has been looked at and there was nothing to compute it from. A row
    without a platform passes the tenants' wall only in the alliance's scope.
    """

    platform = models.ForeignKey(  # type: ignore[assignment]  # the alliance's own rows have no platform
        "accounts.Platform", on_delete=models.CASCADE, null=True, related_name="+"
    )
    node = models.CharField(max_length=30)
    week = models.DateField(help_text="The Monday on which the week begins.")
    value = models.FloatField(null=True)
    n = models.PositiveBigIntegerField(default=0, help_text="How many observations stand behind the value.")
    counted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "node", "week"], name="one_figure_per_week", nulls_distinct=False
            )
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "week"], name="figure_by_week")]

    def __str__(self) -> str:
        return f"{self.node} in {self.week}"
