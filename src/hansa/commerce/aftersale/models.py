"""After the sale: goods that are sent back, what goes out for them, and what buyer and merchant cannot agree on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hansa.commerce.aftersale.domain import OPEN_DISPUTES, DisputeState, ReturnState, Wish
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel


class ReturnTerms(TenantModel):
    """A platform's own terms; without a row those of `domain.Terms` hold."""

    window_days = models.PositiveSmallIntegerField()
    answer_days = models.PositiveSmallIntegerField()
    review_days = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "return terms"
        constraints: ClassVar = [models.UniqueConstraint(fields=["platform"], name="one_set_of_return_terms")]

    def __str__(self) -> str:
        return f"{self.window_days} days"


class ReturnRequest(TenantModel):
    """Goods of one order on their way back: what the buyer wants for them, and what came of it."""

    class Reason(models.TextChoices):
        CHANGED_MIND = "changed_mind"
        DAMAGED = "damaged"
        WRONG_ITEM = "wrong_item"
        NOT_AS_DESCRIBED = "not_as_described"
        OTHER = "other"

    number = models.CharField(max_length=32)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="returns")
    buyer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in ReturnState])
    reason = models.CharField(max_length=16, choices=Reason.choices)
    wish = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Wish])
    wants = models.ForeignKey(
        "catalogue.Offer", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    sends_back = models.ForeignKey(
        "aftersale.Exchange", on_delete=models.PROTECT, null=True, related_name="returns",
        help_text="The goods came in this exchange.",
    )  # fmt: skip
    note = models.CharField(max_length=1000, default="", blank=True)
    carrier = models.CharField(max_length=60, default="", blank=True)
    tracking_number = models.CharField(max_length=80, default="", blank=True)
    amount = models.PositiveBigIntegerField(default=0, help_text="Given back, in minor units.")
    requested_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="one_return_per_number"),
            models.CheckConstraint(
                condition=Q(wants__isnull=True) | Q(wish="exchange"), name="only_an_exchange_wants_a_good"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "state", "-id"], name="return_by_state")]

    def __str__(self) -> str:
        return self.number


class ReturnLine(TenantModel):
    """Units of one line in a return; after the inspection how many were accepted, and how many can be sold again."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="returns")
    quantity = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField(null=True)
    restocked = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "line"], name="line_once_in_a_return"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_takes_something_back"),
            models.CheckConstraint(
                condition=Q(accepted__isnull=True)
                | (Q(accepted__lte=F("quantity")) & Q(restocked__lte=F("accepted"))),
                name="inspected_within_returned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"


class ReturnPhoto(TenantModel, AppendOnlyModel):
    """A picture that the buyer added, written anew by us."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="photos")
    content = models.BinaryField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"photo {self.pk}"


class ReturnStep(TenantModel, AppendOnlyModel):
    """One step in the life of a return: who moved it, when, and why."""

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="steps")
    old = models.CharField(max_length=10, default="", blank=True)
    new = models.CharField(max_length=10)
    actor = models.CharField(max_length=80)
    note = models.CharField(max_length=1000, default="", blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.old} > {self.new}"


class Exchange(TenantModel):
    """What goes out for accepted units, and how the difference in price was settled; in minor units."""

    request = models.OneToOneField(ReturnRequest, on_delete=models.PROTECT, related_name="exchange")
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField()
    worth = models.PositiveBigIntegerField(help_text="Paid for the units that came back.")
    price = models.PositiveBigIntegerField(help_text="Of the units that go out.")
    commission = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Kept of what they cost more."
    )
    commission_tax = models.PositiveBigIntegerField(default=0, db_default=0)
    tax = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="On top of what they cost more, where prices do not contain it."
    )
    coming_back = models.PositiveIntegerField(default=0, db_default=0, help_text="Units in an open return.")
    returned = models.PositiveIntegerField(default=0, db_default=0)
    carrier = models.CharField(max_length=60, default="", blank=True)
    tracking_number = models.CharField(max_length=80, default="", blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="exchange_sends_something"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("returned") + F("coming_back")),
                name="exchange_takes_back_what_went_out",
            ),
            models.CheckConstraint(
                condition=Q(commission=0, commission_tax=0, tax=0) | Q(price__gt=F("worth")),
                name="exchange_keeps_of_what_came_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.offer_id}"

    @property
    def from_buyer(self) -> int:
        """What the units that went out cost more than those that came back."""
        return max(0, self.price - self.worth)

    @property
    def in_the_line(self) -> int:
        """What is left for them of the price that was paid for the line."""
        return min(self.price, self.worth)

    @property
    def left(self) -> int:
        """Units that can be sent back."""
        return self.quantity - self.returned - self.coming_back if self.sent_at else 0


class Dispute(TenantModel):
    """A buyer's quarrel with a merchant over one order; the platform decides where they do not agree."""

    class Kind(models.TextChoices):
        NOT_RECEIVED = "not_received"
        DAMAGED = "damaged"
        NOT_AS_DESCRIBED = "not_as_described"
        RETURN_REFUSED = "return_refused"
        AT_THE_BANK = "at_the_bank", "Taken to the buyer's bank"
        OTHER = "other"

    number = models.CharField(max_length=32)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="disputes")
    buyer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    chargeback = models.ForeignKey(
        "payments.Chargeback", on_delete=models.PROTECT, null=True, related_name="disputes"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=17, choices=[(each.value, each.value) for each in DisputeState])
    claim = models.PositiveBigIntegerField()
    given_back = models.PositiveBigIntegerField(default=0)
    due_by = models.DateTimeField(null=True, help_text="When the next word is due.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="one_dispute_per_number"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=OPEN_DISPUTES),
                name="one_open_dispute_per_order",
            ),
            models.CheckConstraint(
                condition=Q(claim__gt=0) & Q(given_back__lte=F("claim")), name="dispute_gives_within_claim"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "state", "-id"], name="dispute_by_state")]

    def __str__(self) -> str:
        return self.number


class DisputeEntry(TenantModel, AppendOnlyModel):
    """What somebody said or did in a dispute, perhaps with a file; the last one with a state says where it stands."""

    class Side(models.TextChoices):
        BUYER = "buyer"
        MERCHANT = "merchant"
        PLATFORM = "platform"
        BANK = "bank"
        CLOCK = "clock", "A deadline passed"

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="entries")
    side = models.CharField(max_length=8, choices=Side.choices)
    actor = models.CharField(max_length=80)
    state = models.CharField(max_length=17, help_text="Where the dispute stands after it.")
    text = models.TextField(default="", blank=True)
    file_name = models.CharField(max_length=120, default="", blank=True)
    content_type = models.CharField(max_length=40, default="", blank=True)
    content = models.BinaryField(default=b"")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "dispute entries"

    def __str__(self) -> str:
        return f"{self.side}: {self.text[:40]}"
