"""Classes of preference: goods that the same people like, with names in words."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hansa.foundation.tenancy import TenantModel


class PreferenceClass(TenantModel):
    """One class of a platform; its number stays from night to night while most of its goods do."""

    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200, help_text="The words that set its titles apart.")
    name_zh = models.CharField(max_length=200, default="", blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "number"], name="one_class_of_number")
        ]

    def __str__(self) -> str:
        return self.name


class ClassedGood(TenantModel):
    """A listing in its class, and how near it is to the middle of it."""

    preference_class = models.ForeignKey(
        PreferenceClass, on_delete=models.CASCADE, related_name="goods", db_index=False
    )
    listing = models.OneToOneField("catalogue.Listing", on_delete=models.CASCADE, related_name="+")
    nearness = models.FloatField(help_text="Cosine with the middle of the class.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["preference_class", "-nearness"], name="good_by_class")]

    def __str__(self) -> str:
        return f"{self.listing_id} in {self.preference_class_id}"
