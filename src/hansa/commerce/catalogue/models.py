"""What can be bought: Product > Variant > Offer of a merchant > Listing on a platform."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from hansa.foundation.tenancy import TenantModel


class Category(models.Model):
    """A node of the shared category tree, named in both languages."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    art = models.CharField(max_length=30, default="box", help_text="Name of the drawing that stands for it.")

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """The shared master record of a good, the same on every platform."""

    title = models.CharField(max_length=200)
    title_zh = models.CharField(max_length=200, default="", blank=True)
    brand = models.CharField(max_length=120, default="", blank=True)
    description = models.TextField(default="", blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    gtin = models.CharField(max_length=14, default="", blank=True)
    external_ref = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Variant(models.Model):
    """The thing with a SKU: one size or colour of a product."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    sku = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80, default="", blank=True)
    weight_g = models.PositiveIntegerField(default=500)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="variant_weighs_something")
        ]

    def __str__(self) -> str:
        return self.sku


class Offer(models.Model):
    """A merchant's offer of a variant: what is bought, stocked and forecast."""

    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="offers", db_index=False
    )
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="offers")
    unit_cost = models.PositiveBigIntegerField(help_text="What the merchant pays for one, in minor units.")
    pack_size = models.PositiveIntegerField(default=1, help_text="Suppliers do not split a pack.")
    lead_time_days = models.PositiveSmallIntegerField(default=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merchant", "variant"], name="one_offer_per_merchant_and_variant"
            ),
            models.CheckConstraint(condition=Q(pack_size__gt=0), name="pack_holds_something"),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}"


class Listing(TenantModel):
    """An offer shown on one platform, with its own price there.

    ``title``, ``category`` and ``merchant`` repeat the offer's, so that a page of listings is one query.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="listings")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    price = models.PositiveBigIntegerField(help_text="Minor units of the currency.")
    currency = models.CharField(max_length=3)
    is_active = models.BooleanField(default=True)
    listed_at = models.DateTimeField()
    # Words cut in Python (jieba), because PostgreSQL's own parser sees no words in Chinese.
    words = SearchVectorField(null=True)
    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    sold_count = models.PositiveIntegerField(
        default=0, help_text="Units sold so far; a popularity hint, not stock."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "offer"], name="one_listing_per_offer_and_platform"),
            models.CheckConstraint(condition=Q(price__gt=0), name="listing_costs_something"),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["words"], name="listing_words"),
            models.Index(fields=["platform", "category", "-sold_count"], name="listing_by_category"),
            models.Index(fields=["platform", "-sold_count"], name="listing_by_popularity"),
            models.Index(fields=["platform", "merchant"], name="listing_by_merchant"),
        ]

    def __str__(self) -> str:
        return self.title
