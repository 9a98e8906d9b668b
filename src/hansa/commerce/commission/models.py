"""Rules of commission, and what was kept of each line of a sale: frozen when it was placed, taken back by a line of its own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.commerce.commission.domain import Rule
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class CommissionRule(TenantModel):
    """What the platform keeps of which goods, from when to when. Changing one never changes a sale that was made."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey("catalogue.Category", on_delete=models.PROTECT, null=True, related_name="+")
    from_price = models.PositiveBigIntegerField(null=True, help_text="Of a unit, included; minor units.")
    below_price = models.PositiveBigIntegerField(null=True, help_text="Of a unit, not included.")
    rate_bp = models.PositiveIntegerField()
    fixed_fee = models.PositiveBigIntegerField(default=0, help_text="For each unit.")
    minimum = models.PositiveBigIntegerField(default=0, help_text="For each line.")
    tax_bp = models.PositiveIntegerField(default=0, help_text="Tax on the commission.")
    priority = models.IntegerField(default=0)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rate_bp__lte=10_000), name="commission_rule_at_most_all"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="commission_rule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(from_price__isnull=True)
                | Q(below_price__isnull=True)
                | Q(below_price__gt=F("from_price")),
                name="commission_rule_band_holds_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate_bp} basis points"

    def read(self) -> Rule:
        return Rule(
            id=self.pk,
            rate_bp=self.rate_bp,
            fixed_fee=self.fixed_fee,
            minimum=self.minimum,
            tax_bp=self.tax_bp,
            priority=self.priority,
            merchant_id=self.merchant_id,
            category_id=self.category_id,
            from_price=self.from_price,
            below_price=self.below_price,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


class CommissionLine(TenantModel, AppendOnlyModel):
    """What was kept of one line of an order; ``reference`` is empty for the sale and names what took it back.

    A reversal is a negative line; all lines of an order line sum to what is kept of it now.
    """

    order_line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rule = models.ForeignKey(
        CommissionRule, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="None: the platform's usual rate.",
    )  # fmt: skip
    reference = models.CharField(max_length=64, default="", blank=True)
    base = models.BigIntegerField()
    commission = models.BigIntegerField()
    tax = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order_line", "reference"], name="one_commission_per_fact"),
            models.CheckConstraint(
                condition=Q(reference="", commission__gte=0, tax__gte=0, base__gte=F("commission") + F("tax"))
                | (~Q(reference="") & Q(commission__lte=0, tax__lte=0)),
                name="commission_is_taken_once_and_given_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commission} of {self.base}"
