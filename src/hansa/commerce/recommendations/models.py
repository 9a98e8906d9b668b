"""Which recommender serves which platform, how it was made and how well it did."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class RecommenderModel(TenantModel):
    """One fitted model: arrays as a NumPy archive, everything else as JSON."""

    fitted_at = models.DateTimeField()
    as_of = models.DateTimeField(help_text="No event after this moment was seen in fitting.")
    is_serving = models.BooleanField(default=False)
    arrays = models.BinaryField()
    meta = models.JSONField()
    metrics = models.JSONField(default=dict, help_text="Held-out accuracy beside the popularity baseline.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform"], condition=Q(is_serving=True), name="one_serving_model"
            )
        ]

    def __str__(self) -> str:
        return f"model {self.pk}"
