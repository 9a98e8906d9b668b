"""What people do: an append-only log of exposure, clicks, views, carts, purchases, ratings and follows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class BehaviourEvent(TenantModel, AppendOnlyModel):
    """One act of one visitor; ``visitor`` is the user's id or the anonymous session's key."""

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
