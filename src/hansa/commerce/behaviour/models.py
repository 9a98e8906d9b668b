"""What people do, in an append-only log; what is made of it, a profile for each person; what they say to that."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from hansa.foundation.tenancy import AppendOnlyModel, TenantModel

if TYPE_CHECKING:
    _DecimalColumn = models.Field[Decimal, Decimal]
else:
    _DecimalColumn = models.Field


class ExactField(_DecimalColumn):
    """PostgreSQL's numeric without a bound: sums of it are the same in whatever order they are made."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"


class BehaviourEvent(TenantModel, AppendOnlyModel):
    """One act of one visitor; ``visitor`` is the user's id or the anonymous session's key.

    What the good was then (category, brand, price) is written beside it by a trigger (migration 0004): a good that
    is moved to another shelf or gets another price changes nothing of what was done.
    """

    class Kind(models.TextChoices):
        IMPRESSION = "impression"
        CLICK = "click"
        VIEW = "view"
        SEARCH = "search"
        CART = "cart"
        PURCHASE = "purchase"
        RATING = "rating"
        FOLLOW = "follow"
        UNFOLLOW = "unfollow"
        HIDE = "hide"
        UNHIDE = "unhide"
        RETURN = "return"
        SHARE = "share"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    visitor = models.CharField(max_length=64)
    listing = models.ForeignKey(
        "catalogue.Listing", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    category_id = models.BigIntegerField(null=True)
    brand_id = models.BigIntegerField(null=True)
    price = models.BigIntegerField(null=True, help_text="Minor units of the platform's currency.")
    placement = models.CharField(
        max_length=30, default="", blank=True, help_text="home, search, category, cart…"
    )
    position = models.PositiveSmallIntegerField(null=True)
    value = models.BigIntegerField(null=True, help_text="Stars of a rating, units of a cart or purchase.")
    words = models.CharField(max_length=200, default="", blank=True, help_text="What was searched for.")
    source = models.CharField(max_length=40, default="", blank=True, help_text="Campaign or referrer.")
    request_id = models.CharField(max_length=40, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "at"], name="event_by_user"),
            models.Index(fields=["visitor", "at"], name="event_by_visitor"),
            models.Index(fields=["platform", "merchant", "kind", "at"], name="event_by_merchant"),
            models.Index(fields=["platform", "kind", "at"], name="event_by_kind"),
            models.Index(
                fields=["platform", "visitor", "-at"],
                condition=~Q(kind__in=["impression", "click"]),
                name="act_by_visitor",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "request_id", "listing", "visitor"],
                condition=~Q(request_id=""),
                name="one_event_per_request",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.visitor}"


class Follow(models.Model):
    """A person who wants to hear of a merchant."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="follows")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="followers")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "merchant"], name="one_follow")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.merchant_id}"


class Profile(TenantModel):
    """What is believed of one person's taste on one platform; its row is the lock under which its lines change."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "user"], name="one_profile_per_person_and_platform")
        ]

    def __str__(self) -> str:
        return f"profile of {self.user_id}"


class ProfileLine(TenantModel):
    """How much of a person's acts went to one category, brand, merchant, price band or hour of the day.

    ``mass`` is the sum of the acts' weights, each grown to the age of the scale (`profiles.decay`), so that old acts fade
    without anybody writing; ``acts`` and ``last_at`` say in plain words where it comes from.
    """

    class Axis(models.TextChoices):
        CATEGORY = "category"
        BRAND = "brand"
        MERCHANT = "merchant"
        PRICE = "price"
        HOUR = "hour"

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="lines", db_index=False)
    axis = models.CharField(max_length=8, choices=Axis.choices)
    key = models.BigIntegerField(
        help_text="The id on the axis, the number of the price band, the hour in UTC."
    )
    mass = ExactField()
    acts = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["profile", "axis", "key"], name="one_profile_line_per_key"),
            models.CheckConstraint(condition=Q(acts__gt=0), name="profile_line_comes_from_acts"),
        ]

    def __str__(self) -> str:
        return f"{self.axis} {self.key}"


class RemovedLine(TenantModel):
    """A person took a line off their profile: acts up to that moment no longer count for it."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    axis = models.CharField(max_length=8, choices=ProfileLine.Axis.choices)
    key = models.BigIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "user", "axis", "key"], name="one_removal_per_profile_line"
            )
        ]

    def __str__(self) -> str:
        return f"{self.axis} {self.key} of {self.user_id} until {self.until}"


class ForgottenSpan(TenantModel):
    """A time whose acts a person had deleted; purchases stay in the books, but nothing is recommended for them."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(since__lt=models.F("until")), name="forgotten_span_lasts")
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "user"], name="forgotten_span_of")]

    def __str__(self) -> str:
        return f"{self.since} to {self.until} of {self.user_id}"


class Mute(TenantModel):
    """A visitor does not want this good, merchant, category or brand recommended; taking it back deletes the row."""

    class Kind(models.TextChoices):
        GOOD = "good"
        MERCHANT = "merchant"
        CATEGORY = "category"
        BRAND = "brand"

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, null=True, related_name="+")
    visitor = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.BigIntegerField(help_text="The product's id, or that of the merchant, category or brand.")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "visitor", "kind", "key"], name="one_mute_per_thing")
        ]

    def __str__(self) -> str:
        return f"no {self.kind} {self.key} for {self.visitor}"
