"""Lists of goods that somebody would like to have, and what they were last told about each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class Wishlist(TenantModel):
    """A list of a person, or of a visitor until they sign in; the first one has no name of its own."""

    owner = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, related_name="wishlists", db_index=False
    )
    visitor = models.CharField(
        max_length=64, default="", blank=True, help_text="Who keeps it without a name."
    )
    name = models.CharField(max_length=80, default="", blank=True)
    is_first = models.BooleanField(default=False, help_text="Where one click puts things.")
    token = models.CharField(
        max_length=48, default="", blank=True, help_text="Opens a shared list; empty: private."
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, visitor="") | (Q(owner__isnull=True) & ~Q(visitor="")),
                name="wishlist_of_one_person",
            ),
            models.CheckConstraint(
                condition=Q(is_first=True) | ~Q(name=""), name="other_wishlists_have_names"
            ),
            models.UniqueConstraint(
                fields=["platform", "owner"],
                condition=Q(is_first=True, owner__isnull=False),
                name="one_first_wishlist_per_person",
            ),
            models.UniqueConstraint(
                fields=["platform", "visitor"],
                condition=Q(is_first=True) & ~Q(visitor=""),
                name="one_first_wishlist_per_visitor",
            ),
            models.UniqueConstraint(fields=["token"], condition=~Q(token=""), name="one_wishlist_per_token"),
        ]
        indexes: ClassVar = [models.Index(fields=["owner", "platform"], name="wishlist_by_owner")]

    def __str__(self) -> str:
        return self.name or f"wishlist {self.pk}"


class Wish(TenantModel):
    """A good on a list, with the price and the stock that its owner knows of."""

    wishlist = models.ForeignKey(Wishlist, on_delete=models.CASCADE, related_name="wishes", db_index=False)
    listing = models.ForeignKey("catalogue.Listing", on_delete=models.CASCADE, related_name="+")
    price_known = models.PositiveBigIntegerField(
        help_text="When it was put here, or last told of; minor units."
    )
    was_out = models.BooleanField(default=False, help_text="It could not be had when we last looked.")
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wishlist", "listing"], name="one_wish_per_listing")
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "listing"], condition=Q(was_out=True), name="wish_waiting")
        ]

    def __str__(self) -> str:
        return f"listing {self.listing_id} on {self.wishlist_id}"
