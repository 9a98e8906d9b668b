"""Payouts to merchants: what was agreed, each payout with the postings it closes, each attempt to send it.

What a merchant may be paid is no column here: it is the sum of the postings of the books that no payout has closed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.commerce.payouts.domain import Every, Terms
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class PayoutTerms(TenantModel):
    """What a platform agreed with a merchant, or (without one) with all that agreed nothing else."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, null=True, related_name="+")
    hold_days = models.PositiveSmallIntegerField(
        help_text="Days from delivery until the money may be paid out."
    )
    every = models.CharField(max_length=5, choices=[(each.value, each.value) for each in Every])
    minimum = models.PositiveBigIntegerField(help_text="Minor units; less waits for the next period.")
    destination = models.CharField(max_length=80, help_text="The provider's name for the bank account.")

    class Meta:
        verbose_name_plural = "payout terms"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "merchant"], name="one_agreement_on_payouts", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(minimum__gte=1), name="payout_minimum_is_something"),
        ]

    def __str__(self) -> str:
        return f"every {self.every}, {self.hold_days} days"

    def read(self) -> Terms:
        return Terms(self.hold_days, Every(self.every), self.minimum, self.destination)


class Payout(TenantModel):
    """Money for a merchant, closed for one period. Its amount and its lines never change; a trigger holds that."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        APPROVED = "approved"
        SUBMITTED = "submitted"
        PAID = "paid"
        FAILED = "failed"
        REVERSED = "reversed"
        CANCELLED = "cancelled"

    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    currency = models.CharField(max_length=3)
    period_first = models.DateField()
    period_last = models.DateField()
    amount = models.PositiveBigIntegerField()
    destination = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCHEDULED)
    journal = models.ForeignKey(
        "ledger.JournalEntry", on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    proposed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="None: the schedule.",
    )  # fmt: skip
    approved_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    scheduled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "merchant", "currency", "period_first"], name="one_payout_per_period"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_pays_something"),
            models.CheckConstraint(
                condition=Q(state__in=["scheduled", "cancelled"])
                | Q(approved_by__isnull=False, confirmed_by__isnull=False),
                name="payout_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("approved_by")),
                name="payout_second_person_is_another",
            ),
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True)
                | (
                    (Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")))
                    & (Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")))
                ),
                name="payout_proposer_approves_not",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "state", "-id"], name="payout_by_state"),
            models.Index(fields=["merchant", "platform", "-id"], name="payout_by_merchant"),
        ]

    def __str__(self) -> str:
        return f"payout {self.pk}"


class PayoutLine(TenantModel, AppendOnlyModel):
    """A posting on the merchant's account that a payout closed; the payout's own posting is one of them.

    So the lines of a payout sum to zero, and what no line names is the merchant's balance.
    """

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    entry = models.OneToOneField("ledger.LedgerEntry", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.payout_id}: {self.entry_id}"


class PayoutAttempt(TenantModel):
    """One time that a payout was sent. ``key`` makes the provider carry it out once, however often it is asked."""

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        PAID = "paid"
        FAILED = "failed"
        RETURNED = "returned"

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SUBMITTED)
    provider_ref = models.CharField(max_length=80, default="", blank=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    fee = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payout", "number"], name="one_attempt_per_number"),
            models.UniqueConstraint(
                fields=["payout"], condition=~Q(state="failed"), name="payout_sent_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class SandboxTransfer(models.Model):
    """A line in the sandbox bank's book, as a foreign company would keep it."""

    key = models.CharField(max_length=64, unique=True)
    destination = models.CharField(max_length=80)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key
