"""Payments: what was asked of the provider, what it answered and told, where its book and ours differ, disputes.

`SandboxCharge` is the book of the sandbox inside our process; every other provider keeps its own elsewhere.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class Payment(TenantModel):
    """The money of one purchase. ``reference`` names the purchase; there is one payment for it."""

    class State(models.TextChoices):
        CREATED = "created"
        AUTHORISED = "authorised"
        CAPTURED = "captured"
        DECLINED = "declined"
        VOIDED = "voided"

    OPEN = (State.CREATED, State.AUTHORISED)  # asked for or held, its end is not known yet

    reference = models.CharField(max_length=64)
    provider = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=64, default="", blank=True)
    method_token = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CREATED)
    currency = models.CharField(max_length=3)
    amount = models.PositiveBigIntegerField()
    authorised = models.PositiveBigIntegerField(default=0)
    captured = models.PositiveBigIntegerField(default=0)
    refunded = models.PositiveBigIntegerField(default=0)
    decline_reason = models.CharField(max_length=120, default="", blank=True)
    step_url = models.TextField(
        default="", db_default="", blank=True, help_text="Where the buyer does a step at the provider."
    )
    journal = models.ForeignKey(
        "ledger.JournalEntry", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    looked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the worker last looked what became of it."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference"], name="one_payment_per_purchase"),
            models.CheckConstraint(
                condition=Q(refunded__lte=F("captured")) & Q(captured__lte=F("authorised")),
                name="refunded_within_captured_within_authorised",
            ),
            models.CheckConstraint(condition=Q(authorised__lte=F("amount")), name="authorised_within_amount"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["created", "authorised"]),
                name="payment_unfinished",
            )
        ]

    def __str__(self) -> str:
        return self.reference


class Refund(TenantModel):
    """Money given back for one reason, once."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    reference = models.CharField(max_length=64, unique=True)
    amount = models.PositiveBigIntegerField()
    is_done = models.BooleanField(default=False)
    provider_ref = models.CharField(max_length=64, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_gives_something")
        ]

    def __str__(self) -> str:
        return self.reference


class SandboxCharge(models.Model):
    """A line in the sandbox provider's book, as a foreign company would keep it."""

    class Kind(models.TextChoices):
        CHARGE = "charge"
        REFUND = "refund"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    idempotency_key = models.CharField(max_length=80, unique=True)
    provider_ref = models.CharField(max_length=64, unique=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=12)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.provider_ref


class HeardEvent(TenantModel, AppendOnlyModel):
    """A verified webhook as it came: kept once, changed never. What we made of it is its `EventVerdict`."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    topic = models.CharField(max_length=10)
    name = models.CharField(max_length=80)
    reference = models.CharField(max_length=80)
    provider_ref = models.CharField(max_length=80, default="", blank=True)
    payee = models.CharField(max_length=80, default="", blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=8)
    state = models.CharField(max_length=40, default="", blank=True)
    dispute_ref = models.CharField(max_length=80, default="", blank=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    due_by = models.CharField(max_length=40, default="", blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="event_heard_once")
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "-id"], name="events_by_time")]

    def __str__(self) -> str:
        return f"{self.name} {self.event_id}"


class EventVerdict(TenantModel, AppendOnlyModel):
    """What we made of a webhook, once."""

    class Verdict(models.TextChoices):
        BELIEVED = "believed"  # it fits, and the provider says so when asked; perhaps we had done it already
        KNOWN = "known"  # nothing follows from it, or not yet
        DOUBTED = "doubted"  # genuine, and it does not fit our payment: listed as a difference

    event = models.OneToOneField(HeardEvent, on_delete=models.PROTECT, related_name="verdict")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.verdict}: {self.reason}"


class BookDifference(TenantModel):
    """Something that the provider says and we do not, or the other way; open until a person or the truth ends it."""

    provider = models.CharField(max_length=20)
    kind = models.CharField(max_length=24)
    reference = models.CharField(max_length=80)
    provider_ref = models.CharField(max_length=80, default="", blank=True)
    ours = models.BigIntegerField(null=True, help_text="Minor units; none: we know nothing of it.")
    theirs = models.BigIntegerField(null=True, help_text="Minor units; none: they know nothing of it.")
    currency = models.CharField(max_length=8, default="", blank=True)
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=80, default="", blank=True)
    note = models.CharField(max_length=400, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "provider", "kind", "reference", "provider_ref"],
                condition=Q(closed_at__isnull=True),
                name="difference_open_once",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "-id"], name="differences_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Comparison(TenantModel, AppendOnlyModel):
    """One reading of the provider's book beside ours."""

    provider = models.CharField(max_length=20)
    since = models.DateTimeField()
    until = models.DateTimeField()
    lines = models.PositiveIntegerField(help_text="Lines that were compared.")
    differences = models.PositiveIntegerField()
    asked = models.PositiveIntegerField(help_text="Payments whose end was learnt by asking.")
    is_whole_book = models.BooleanField(help_text="False: the provider shows no book; ours were asked after.")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["platform", "-id"], name="comparisons_by_time")]

    def __str__(self) -> str:
        return f"{self.provider} {self.at}"


class Chargeback(TenantModel):
    """A buyer's dispute of a payment at their bank: the provider holds the money back until it is decided."""

    class State(models.TextChoices):
        OPENED = "opened"
        ANSWERED = "answered"
        WON = "won"
        LOST = "lost"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    provider_ref = models.CharField(max_length=80, unique=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200, default="", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPENED)
    opened_at = models.DateTimeField()
    due_by = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="chargeback_takes_something")
        ]

    def __str__(self) -> str:
        return self.provider_ref


class ChargebackEvidence(TenantModel, AppendOnlyModel):
    """What we said in a dispute: a text, perhaps a file."""

    chargeback = models.ForeignKey(Chargeback, on_delete=models.PROTECT, related_name="evidence")
    text = models.TextField()
    file_name = models.CharField(max_length=120, default="", blank=True)
    content_type = models.CharField(max_length=80, default="", blank=True)
    content = models.BinaryField(default=b"")
    by = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "chargeback evidence"

    def __str__(self) -> str:
        return self.text[:40]
