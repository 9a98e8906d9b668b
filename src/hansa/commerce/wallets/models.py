"""Gift cards, store credit and points: accounts of append-only movements whose balance never falls below nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hansa.commerce.wallets.domain import Kind
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel

KINDS = [(kind.value, kind.value) for kind in Kind]


class Wallet(TenantModel):
    """One account: a gift card by its code, or a person's store credit or points. ``balance`` is in minor units or points."""

    kind = models.CharField(max_length=12, choices=KINDS)
    owner = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    code_hash = models.CharField(
        max_length=64, default="", help_text="Of a gift card's code; the code is not kept."
    )
    last_four = models.CharField(max_length=4, default="")
    currency = models.CharField(max_length=3, default="", help_text="Empty for points.")
    balance = models.PositiveBigIntegerField(default=0)
    is_blocked = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="wallet_never_negative"),
            models.UniqueConstraint(
                fields=["platform", "code_hash"], condition=~Q(code_hash=""), name="one_gift_card_per_code"
            ),
            models.UniqueConstraint(
                fields=["owner", "platform", "kind", "currency"],
                condition=~Q(kind=Kind.GIFT_CARD),
                name="one_wallet_per_kind",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "kind", "-opened_at"], name="wallet_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Movement(TenantModel, AppendOnlyModel):
    """What went into or out of an account, and why; a reason moves an account once for each reference."""

    class Reason(models.TextChoices):
        ISSUED = "issued"
        GRANTED = "granted"
        EARNED = "earned"
        SPENT = "spent"
        GIVEN_BACK = "given_back"
        EXPIRED = "expired"

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="movements", db_index=False)
    amount = models.BigIntegerField()
    worth = models.BigIntegerField(help_text="In minor units; of points, at the rate of that moment.")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    reference = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wallet", "reason", "reference"], name="one_movement_per_fact"),
            models.CheckConstraint(
                condition=~Q(amount=0) | ~Q(worth=0), name="wallet_movement_moves_something"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["reference"], name="movement_by_reference")]

    def __str__(self) -> str:
        return f"{self.amount} {self.reason}"


class Loyalty(TenantModel):
    """A platform's points programme; without a row there is none."""

    earn_bp = models.PositiveIntegerField()
    worth_bp = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "loyalty programmes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform"], name="one_loyalty_programme"),
            models.CheckConstraint(condition=Q(worth_bp__gt=0), name="points_are_worth_something"),
        ]

    def __str__(self) -> str:
        return f"{self.earn_bp} / {self.worth_bp}"
