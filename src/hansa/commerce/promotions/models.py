"""Price reductions: promotions that apply by themselves, coupons that are handed in, flash sales, group buys, and who
pays for them. Limits that a race could break are counters with a check in the database.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value

from hansa.commerce.promotions.domain import MOST_OFF, USUAL_PRIORITY, WHOLE, GroupState, Kind
from hansa.foundation.tenancy import TenantModel

KINDS = [(kind.value, kind.value) for kind in Kind]
GROUP_STATES = [(state.value, state.value) for state in GroupState]


class Promotion(TenantModel):
    """A reduction for some goods of one merchant (or of all), within a time span. `domain.Rule` says what each field does."""

    class FundedBy(models.TextChoices):
        PLATFORM = "platform"
        MERCHANT = "merchant"
        SHARED = "shared"

    name = models.CharField(max_length=120)
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(
        max_length=16, choices=KINDS, default=Kind.PERCENT.value, db_default=Kind.PERCENT.value
    )
    percent_bp = models.PositiveIntegerField(default=0, help_text="Basis points off the list price.")
    amount = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Minor units off, or the price of the bundle."
    )
    buy_units = models.PositiveIntegerField(default=0, db_default=0)
    get_units = models.PositiveIntegerField(default=0, db_default=0)
    tiers = models.JSONField(
        default=list, db_default=Value("[]"), help_text="Pairs of units and basis points."
    )
    min_spend = models.PositiveBigIntegerField(default=0, db_default=0)
    cap = models.PositiveBigIntegerField(null=True, help_text="The most it takes off a purchase.")
    parts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Goods in a bundle.")
    priority = models.PositiveSmallIntegerField(default=USUAL_PRIORITY, db_default=USUAL_PRIORITY)
    stacks = models.BooleanField(default=False, db_default=False)
    covers_all = models.BooleanField(default=False, db_default=False)
    most_per_buyer = models.PositiveIntegerField(null=True, help_text="Units of a flash sale.")
    needed_buyers = models.PositiveIntegerField(null=True, help_text="Buyers that form a group.")
    funded_by = models.CharField(max_length=10, choices=FundedBy.choices)
    platform_share_bp = models.PositiveIntegerField(
        default=0, db_default=0, help_text="The platform's part of a shared discount."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    awaits_platform = models.BooleanField(
        default=False, db_default=False, help_text="The platform has not yet agreed to pay its part."
    )
    needs_coupon = models.BooleanField(default=False)
    external_ref = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent_bp__gt=0, percent_bp__lte=MOST_OFF)
                | Q(kind=Kind.BUY_X_GET_Y, percent_bp__lte=WHOLE, buy_units__gt=0, get_units__gt=0)
                | Q(kind__in=[Kind.AMOUNT, Kind.BUNDLE], amount__gt=0)
                | Q(kind__in=[Kind.TIERED, Kind.FREE_DELIVERY]),
                name="promotion_percent",
            ),
            models.CheckConstraint(
                condition=Q(platform_share_bp__lte=WHOLE), name="promotion_shared_in_whole"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="promotion_ends_after_start"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["platform", "ends_at"], condition=Q(covers_all=True), name="promotion_of_all"
            ),
            models.Index(
                fields=["platform", "ends_at"], condition=Q(kind=Kind.GROUP), name="promotion_of_groups"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def share_of_platform(self) -> int:
        """The platform's part of the discount in basis points."""
        shares = {self.FundedBy.PLATFORM: WHOLE, self.FundedBy.MERCHANT: 0}
        return shares.get(self.FundedBy(self.funded_by), self.platform_share_bp)


class PromotedOffer(TenantModel):
    """One offer that a promotion covers; in a flash sale with a stock of its own, in a bundle with its units."""

    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="promoted_offers", db_index=False
    )
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.CASCADE, related_name="+")
    units = models.PositiveIntegerField(default=1, db_default=1, help_text="Units in one bundle.")
    flash_stock = models.PositiveIntegerField(null=True)
    flash_sold = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["promotion", "offer"], name="one_promoted_offer"),
            models.CheckConstraint(
                condition=Q(flash_stock__isnull=True, flash_sold=0) | Q(flash_sold__lte=F("flash_stock")),
                name="flash_not_oversold",
            ),
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
    budget = models.PositiveBigIntegerField(
        null=True, help_text="The most it may take off in all, minor units."
    )
    spent = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "code"], name="one_coupon_per_code"),
            models.CheckConstraint(condition=Q(uses__lte=F("most_uses")), name="coupon_not_overused"),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(spent__lte=F("budget")), name="coupon_within_budget"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(TenantModel):
    """One use of a coupon by one buyer; released again when the order comes to nothing."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    buyer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    reference = models.CharField(max_length=64, help_text="The purchase it was used for.")
    amount = models.PositiveBigIntegerField(default=0, db_default=0, help_text="What it took off.")
    released = models.BooleanField(default=False)
    redeemed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["coupon", "reference"], name="one_redemption_per_purchase")
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} for {self.reference}"


class FlashBuyer(TenantModel):
    """How many units of a flash sale one buyer holds now: the counter that keeps the cap for each buyer."""

    promoted = models.ForeignKey(PromotedOffer, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["promoted", "buyer"], name="one_flash_counter_per_buyer")
        ]

    def __str__(self) -> str:
        return f"{self.buyer_id}: {self.units}"


class FlashClaim(TenantModel):
    """Units of a flash sale that a purchase took; released when it comes to nothing."""

    promoted = models.ForeignKey(
        PromotedOffer, on_delete=models.PROTECT, related_name="claims", db_index=False
    )
    buyer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=64, help_text="The purchase.")
    units = models.PositiveIntegerField()
    released = models.BooleanField(default=False)
    claimed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["promoted", "reference"], name="one_flash_claim_per_purchase"),
            models.CheckConstraint(condition=Q(units__gt=0), name="flash_claim_takes_something"),
        ]
        indexes: ClassVar = [models.Index(fields=["reference"], name="flash_claim_by_purchase")]

    def __str__(self) -> str:
        return f"{self.units} for {self.reference}"


class BuyingGroup(TenantModel):
    """Buyers of one good who buy together: it forms when the money of enough of them is held, else it fails.

    ``joined`` counts the places that are taken, whether or not their money is held yet.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="groups")
    listing = models.ForeignKey("catalogue.Listing", on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=8, choices=GROUP_STATES, default=GroupState.OPEN.value, db_default=GroupState.OPEN.value
    )
    needed = models.PositiveIntegerField(help_text="Frozen when it was opened.")
    joined = models.PositiveIntegerField(default=0, db_default=0)
    deadline = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When it formed or failed.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(joined__lte=F("needed")), name="group_not_overfull"),
            models.CheckConstraint(
                condition=~Q(state=GroupState.FORMED) | Q(joined=F("needed")), name="group_forms_when_full"
            ),
            models.CheckConstraint(
                condition=Q(state=GroupState.OPEN, ended_at__isnull=True)
                | (~Q(state=GroupState.OPEN) & Q(ended_at__isnull=False)),
                name="group_ends_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["deadline"], condition=Q(state="open"), name="open_group_by_deadline")
        ]

    def __str__(self) -> str:
        return f"group {self.pk}: {self.joined}"

    def has_room(self, now: datetime) -> bool:
        """Say whether somebody can still join."""
        return self.state == GroupState.OPEN and self.deadline > now and self.joined < self.needed


class GroupMember(TenantModel):
    """One buyer's place in a group, with the purchase that waits for it, and whether its money is held."""

    group = models.ForeignKey(BuyingGroup, on_delete=models.PROTECT, related_name="members")
    buyer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=64)
    is_held = models.BooleanField(default=False, db_default=False)
    has_left = models.BooleanField(default=False)
    joined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "reference"], name="one_place_per_purchase"),
            models.UniqueConstraint(
                fields=["group", "buyer"], condition=Q(has_left=False), name="one_place_per_buyer"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["reference"], name="group_place_by_purchase")]

    def __str__(self) -> str:
        return self.reference
