"""Price lists, and how a platform taxes. Without rows the listing's own price holds and no tax is reported."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.commerce.pricing.domain.tax import REDUCED, STANDARD, ZERO, Rounding
from hansa.foundation.tenancy import TenantModel

TAX_CLASSES = [(each, each) for each in (STANDARD, REDUCED, ZERO)]
ROUNDINGS = [(each.value, each.value) for each in Rounding]


class CustomerGroup(TenantModel):
    """Buyers who get prices of their own."""

    name = models.CharField(max_length=80)
    members = models.ManyToManyField("accounts.User", through="GroupedBuyer", related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "name"], name="one_customer_group_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class GroupedBuyer(TenantModel):
    """A buyer in a group."""

    group = models.ForeignKey(CustomerGroup, on_delete=models.CASCADE, related_name="+")
    buyer = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["buyer", "group"], name="one_place_in_customer_group")
        ]

    def __str__(self) -> str:
        return f"{self.buyer_id} in {self.group_id}"


class PriceList(TenantModel):
    """Prices in one currency, for everybody or one group of buyers, within a time span or always."""

    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, null=True, related_name="+")
    priority = models.PositiveSmallIntegerField(default=100, help_text="The smallest number decides.")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "name"], name="one_price_list_per_name"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="price_list_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListPrice(TenantModel):
    """The price of one unit of a listing on a price list, from so many units on."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices", db_index=False)
    listing = models.ForeignKey("catalogue.Listing", on_delete=models.CASCADE, related_name="+")
    min_quantity = models.PositiveIntegerField(default=1)
    price = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["price_list", "listing", "min_quantity"], name="one_list_price"),
            models.CheckConstraint(condition=Q(price__gt=0, min_quantity__gt=0), name="list_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.price} from {self.min_quantity}"


class TaxSettings(TenantModel):
    """How a platform taxes: where, whether its prices contain the tax, where it is rounded."""

    country = models.CharField(max_length=2)
    prices_include_tax = models.BooleanField(default=True)
    rounding = models.CharField(max_length=5, choices=ROUNDINGS, default=Rounding.LINE.value)

    class Meta:
        verbose_name_plural = "tax settings"
        constraints: ClassVar = [models.UniqueConstraint(fields=["platform"], name="one_tax_setting")]

    def __str__(self) -> str:
        return self.country


class CategoryTax(TenantModel):
    """A platform's tax class of a category (and of those below it) in a country, where it is not the standard one."""

    country = models.CharField(max_length=2)
    category = models.ForeignKey("catalogue.Category", on_delete=models.CASCADE, related_name="+")
    tax_class = models.CharField(max_length=10, choices=TAX_CLASSES)

    class Meta:
        verbose_name_plural = "category taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "country", "category"], name="one_tax_class_per_category"
            )
        ]

    def __str__(self) -> str:
        return f"{self.country}: {self.tax_class}"
