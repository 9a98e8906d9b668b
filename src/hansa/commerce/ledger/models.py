"""The books: append-only double entry. Debits are positive, credits negative; each journal sums to zero.

A trigger refuses any statement whose entries do not sum to zero per journal and currency, so a journal
is complete the moment it exists. Only `services.post` writes here, and only through posting templates.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class Account(TenantModel):
    """One account of a platform's books, of a merchant or of the platform itself."""

    class Kind(models.TextChoices):
        PROVIDER = "provider", "Money at the payment provider"
        BANK = "bank", "Money paid out of the provider"
        PAYABLE = "payable", "Owed to the merchant"
        COMMISSION = "commission", "Commission earned"
        DELIVERY = "delivery", "Delivery fees earned"
        PROMOTION = "promotion", "Discounts paid by the platform"
        ALLIANCE = "alliance", "Owed between platforms"
        IN_PAYOUT = "in_payout", "On its way to the merchant"
        TENDER = "tender", "Taken from gift cards, credit and points for purchases that are not booked yet"
        GIFT_CARD = "gift_card", "Owed to holders of gift cards"
        STORE_CREDIT = "store_credit", "Owed as store credit"
        POINTS = "points", "Owed as points"
        GOODWILL = "goodwill", "Given away: cards, credit, points, corrections"
        BREAKAGE = "breakage", "Earned from cards, credit and points that ran out of time"
        DISPUTED = "disputed", "Held back by the provider in disputes"
        DISPUTE_LOSSES = "dispute_losses", "Lost in disputes, borne by the platform"
        DISPUTE_FEES = "dispute_fees", "What providers ask for disputes"
        BANK_FEES = "bank_fees", "What providers ask for payouts"
        TAX_ON_COMMISSION = "tax_on_commission", "Tax on commission, owed to the treasury"
        TAX_COLLECTED = "tax_collected", "Tax that buyers paid on top, owed to the treasury"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, null=True, related_name="+")
    partner = models.ForeignKey("accounts.Platform", on_delete=models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "kind", "merchant", "partner", "currency"],
                name="one_account",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.merchant_id or ''}{self.currency}"


class JournalEntry(TenantModel, AppendOnlyModel):
    """One business fact in the books; ``kind`` and ``reference`` name the fact, once."""

    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=64)
    posted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "journal entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "kind", "reference"], name="one_journal_per_fact")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class LedgerEntry(TenantModel, AppendOnlyModel):
    """One leg of a journal, in minor units: debit positive, credit negative, never zero."""

    journal = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(amount=0), name="leg_moves_money")]
        indexes: ClassVar = [
            models.Index(fields=["account", "id"], include=["amount"], name="entry_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Correction(TenantModel):
    """A merchant is owed more (or less) than the books say, for a reason: one person proposes it, another posts it."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        POSTED = "posted"
        REFUSED = "refused"

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(help_text="Minor units; positive: the merchant is owed more.")
    against = models.CharField(max_length=20, choices=Account.Kind.choices)
    reason = models.CharField(max_length=400)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    journal = models.ForeignKey(
        JournalEntry, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount=0), name="correction_moves_money"),
            models.CheckConstraint(
                condition=~Q(state="posted")
                | (Q(decided_by__isnull=False, journal__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="correction_needs_two_people",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "-id"], name="corrections_by_time")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}: {self.reason}"
