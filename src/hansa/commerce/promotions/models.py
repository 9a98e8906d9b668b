"""Price reductions: promotions that apply by themselves, coupons that are handed in, and who pays for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import TenantModel


class Promotion(TenantModel):
    """A reduction in basis points for some products of one merchant (or of all), within a time span."""

    class FundedBy(models.TextChoices):
        PLATFORM = "platform"
        MERCHANT = "merchant"

    name = models.CharField(max_length=120)
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, null=True, related_name="+")
    percent_bp = models.PositiveIntegerField(help_text="Basis points off the list price.")
    funded_by = models.CharField(max_length=10, choices=FundedBy.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    needs_coupon = models.BooleanField(default=False)
    external_ref = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent_bp__gt=0, percent_bp__lte=9_000), name="promotion_percent"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="promotion_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PromotedOffer(TenantModel):
    """One offer that a promotion covers."""

    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="promoted_offers", db_index=False
    )
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["promotion", "offer"], name="one_promoted_offer")
        ]

    def __str__(self) -> str:
        return f"{self.promotion_id}: {self.offer_id}"


class Coupon(TenantModel):
    """A code that switches a promotion on, for so many uses in all and for each buyer."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(max_length=40)
    most_uses = models.PositiveIntegerField()
    most_per_buyer = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "code"], name="one_coupon_per_code"),
            models.CheckConstraint(condition=Q(uses__lte=F("most_uses")), name="coupon_not_overused"),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(TenantModel):
    """One use of a coupon by one buyer; released again when the order comes to nothing."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    buyer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    reference = models.CharField(max_length=64, help_text="The purchase it was used for.")
    released = models.BooleanField(default=False)
    redeemed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["coupon", "reference"], name="one_redemption_per_purchase")
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} for {self.reference}"
