"""Reviews by people who received the goods."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class Review(TenantModel):
    """One verdict on one bought line: stars for the good and for its delivery, and words."""

    line = models.OneToOneField("orders.OrderLine", on_delete=models.PROTECT, related_name="review")
    listing = models.ForeignKey(
        "catalogue.Listing", on_delete=models.PROTECT, related_name="reviews", db_index=False
    )
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="reviews")
    stars = models.PositiveSmallIntegerField()
    delivery_stars = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(default="", blank=True)
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="stars_one_to_five"),
            models.CheckConstraint(
                condition=Q(delivery_stars__isnull=True) | Q(delivery_stars__range=(1, 5)),
                name="delivery_stars_one_to_five",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["listing", "-written_at"], name="review_by_listing")]

    def __str__(self) -> str:
        return f"{self.stars} for {self.listing_id}"
