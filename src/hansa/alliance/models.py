"""Members and their keys, what they allow one another, what was said and done, and what they owe."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.foundation.tenancy import AppendOnlyModel


class Member(models.Model):
    """A platform's place in the alliance, with the public key its messages are checked against.

    Private keys never enter the database: each platform's lies in its own file (see governance.keys).
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        LEFT = "left"

    platform = models.OneToOneField("accounts.Platform", on_delete=models.PROTECT, related_name="membership")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    key_id = models.CharField(max_length=80, unique=True)
    public_key = models.TextField(help_text="Ed25519, PEM.")
    endpoint = models.CharField(
        max_length=200,
        default="",
        blank=True,
        help_text="Where its gateway answers, such as https://shop.example.",
    )
    joined_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key_id


class Grant(models.Model):
    """A member's leave for another to use a capability or a dataset, for a purpose and a time."""

    giver = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="given")
    receiver = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="received")
    scope = models.CharField(max_length=60)
    purpose = models.CharField(max_length=60)
    fee_bp = models.PositiveIntegerField(
        default=0, help_text="Basis points of the goods that the receiver keeps for finding the buyer."
    )
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(not_after__gt=F("not_before")), name="grant_ends_after_start"),
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="grant_between_two"),
            models.CheckConstraint(condition=Q(fee_bp__lte=10_000), name="fee_at_most_all"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} from {self.giver_id} to {self.receiver_id}"


class GatewayMessage(AppendOnlyModel):
    """A signed call between platforms, accepted or refused; the nonce of an accepted one never returns."""

    sender = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    receiver = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=80)
    scope = models.CharField(max_length=60)
    purpose = models.CharField(max_length=60, default="", blank=True)
    accepted = models.BooleanField()
    reason = models.CharField(max_length=200, default="", blank=True)
    issued_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sender", "nonce"], condition=Q(accepted=True), name="nonce_used_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {'accepted' if self.accepted else 'refused'}"


class AuditEvent(AppendOnlyModel):
    """A line of the audit chain: each carries the hash of the one before."""

    sequence = models.PositiveBigIntegerField(unique=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    actor = models.CharField(max_length=80)
    act = models.CharField(max_length=60)
    body = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sequence}: {self.act}"


class LakeBatch(models.Model):
    """Rows on their way into one lake table. Its sequence is the version of the Delta application
    transaction that carries them, so that a batch which was written is never written again."""

    table = models.CharField(max_length=40)
    sequence = models.PositiveBigIntegerField()
    opened_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "lake batches"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["table", "sequence"], name="one_batch_per_sequence"),
            models.UniqueConstraint(
                fields=["table"], condition=Q(written_at__isnull=True), name="one_open_batch_per_table"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} #{self.sequence}"


class LakeInbox(models.Model):
    """A row that waits to be flushed into the lake, written in the transaction of the effect that made it."""

    table = models.CharField(max_length=40)
    member = models.CharField(max_length=30)
    event_id = models.BigIntegerField(help_text="The member's own number of the fact.")
    payload = models.JSONField()
    batch = models.ForeignKey(LakeBatch, on_delete=models.PROTECT, null=True, related_name="rows")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "lake_inbox"
        verbose_name_plural = "lake inbox rows"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["table", "member", "event_id"], name="one_inbox_row_per_fact")
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.member}/{self.event_id}"


class LakeQuarantine(models.Model):
    """A row that broke its table's contract, kept with the reason; the lake never sees it."""

    table = models.CharField(max_length=40)
    member = models.CharField(max_length=30)
    event_id = models.BigIntegerField()
    payload = models.JSONField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "lake_quarantine"
        verbose_name_plural = "quarantined rows"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["table", "member", "event_id"], name="one_quarantined_row_per_fact"
            )
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.member}/{self.event_id}: {self.reason}"


class JobRun(models.Model):
    """One run of a joint job: what it read, on which engine, and the hash of what came out."""

    job = models.CharField(max_length=60)
    engine = models.CharField(max_length=20)
    code_hash = models.CharField(max_length=64)
    params = models.JSONField()
    inputs = models.JSONField(help_text="Table versions that were read.")
    content_hash = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    cpu_seconds = models.FloatField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job} on {self.engine}"


class CoPurchase(models.Model):
    """Two products bought by the same people across the alliance: a result of the joint job."""

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="pairs")
    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="+")
    buyers = models.PositiveIntegerField()
    members = models.PositiveSmallIntegerField()
    strength_ppm = models.BigIntegerField(help_text="Squared cosine of the two buyer sets, in millionths.")
    rank = models.PositiveSmallIntegerField(
        help_text="Place among the product's partners, 1 is the strongest."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "product", "other"], name="one_pair_per_run")
        ]
        indexes: ClassVar = [models.Index(fields=["product", "run", "rank"], name="pair_by_product")]

    def __str__(self) -> str:
        return f"{self.product_id} + {self.other_id}"


class SettlementItem(models.Model):
    """What one platform owes another for one cross-platform sale."""

    reference = models.CharField(max_length=64, unique=True, help_text="The purchase it comes from.")
    debtor = models.ForeignKey("accounts.Platform", on_delete=models.PROTECT, related_name="+")
    creditor = models.ForeignKey("accounts.Platform", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount = models.PositiveBigIntegerField(help_text="What is owed, the finder's fee already taken off.")
    fee = models.PositiveBigIntegerField(help_text="What the debtor keeps for finding the buyer.")
    debtor_journal = models.ForeignKey("ledger.JournalEntry", on_delete=models.PROTECT, related_name="+")
    creditor_journal = models.ForeignKey("ledger.JournalEntry", on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey("SettlementBatch", on_delete=models.PROTECT, null=True, related_name="items")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(debtor=F("creditor")), name="settled_between_two")
        ]

    def __str__(self) -> str:
        return self.reference


class SettlementBatch(models.Model):
    """Items between two platforms netted into one payment."""

    debtor = models.ForeignKey("accounts.Platform", on_delete=models.PROTECT, related_name="+")
    creditor = models.ForeignKey("accounts.Platform", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount = models.PositiveBigIntegerField(help_text="What the debtor pays after netting.")
    debtor_journal = models.ForeignKey(
        "ledger.JournalEntry", on_delete=models.PROTECT, null=True, related_name="+"
    )
    creditor_journal = models.ForeignKey(
        "ledger.JournalEntry", on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"batch {self.pk}"
