"""Orders: one purchase (OrderGroup) makes one Order for each merchant; lines keep what was agreed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When

from hansa.commerce.orders.domain import FulfilmentStatus, OrderStatus, PaymentStatus
from hansa.foundation.tenancy import AppendOnlyModel, TenantModel

STATUSES = [(status.value, status.value) for status in OrderStatus]
# `domain.payment_status` and `domain.fulfilment_status` as the database keeps them, whoever writes the row.
_PAYMENT_STATUS = Case(
    When(status="placed", then=Value(PaymentStatus.UNPAID.value)),
    When(refunded=0, status="cancelled", then=Value(PaymentStatus.VOID.value)),
    When(refunded=0, then=Value(PaymentStatus.PAID.value)),
    When(refunded__lt=F("items_total"), then=Value(PaymentStatus.PARTLY_REFUNDED.value)),
    default=Value(PaymentStatus.REFUNDED.value),
)
_FULFILMENT_STATUS = Case(
    When(status="cancelled", then=Value(FulfilmentStatus.REMOVED.value)),
    When(status="delivered", then=Value(FulfilmentStatus.DELIVERED.value)),
    When(status="shipped", then=Value(FulfilmentStatus.FULFILLED.value)),
    When(shipped__gt=0, then=Value(FulfilmentStatus.PARTIAL.value)),
    default=Value(FulfilmentStatus.UNFULFILLED.value),
)


class OrderGroup(TenantModel):
    """One purchase of one buyer, paid once. ``number`` is what the buyer sees, ``token`` opens a guest's page."""

    class Source(models.TextChoices):
        SHOP = "shop"
        PARTNER = "partner", "Sold by another platform of the alliance"
        IMPORT = "import", "History from another system"

    number = models.CharField(max_length=32)
    token = models.CharField(max_length=48, default="", blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.SHOP)
    buyer = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="purchases", db_index=False
    )
    sold_by = models.ForeignKey(
        "accounts.Platform", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    email = models.EmailField(default="", blank=True)
    outlet = models.ForeignKey("stock.Warehouse", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    items_total = models.PositiveBigIntegerField()
    delivery_fee = models.PositiveBigIntegerField(default=0)
    delivery_refunded = models.PositiveBigIntegerField(default=0, db_default=0)
    tax_added = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Tax on top of prices that do not contain it, delivery's too."
    )
    delivery_tax = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="In the delivery fee, or on top of it."
    )
    grand_total = models.PositiveBigIntegerField()
    tendered = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Paid from gift cards, credit and points."
    )
    recipient = models.CharField(max_length=120, default="", blank=True)
    street = models.CharField(max_length=200, default="", blank=True)
    city = models.CharField(max_length=80, default="", blank=True)
    postal_code = models.CharField(max_length=20, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    window_start = models.DateTimeField(null=True, help_text="Promised delivery window.")
    window_end = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="one_purchase_per_number"),
            models.CheckConstraint(
                condition=Q(grand_total=F("items_total") + F("delivery_fee") + F("tax_added")),
                name="purchase_adds_up",
            ),
            models.CheckConstraint(condition=Q(tendered__lte=F("grand_total")), name="tendered_within_total"),
            models.CheckConstraint(
                condition=Q(delivery_refunded__lte=F("delivery_fee")), name="delivery_refunded_within_fee"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "-placed_at"], name="purchase_by_time"),
            models.Index(fields=["buyer", "-placed_at"], name="purchase_by_buyer"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def tax_included(self) -> int:
        """The tax that its prices contain; nought where it came on top."""
        if self.tax_added:
            return 0
        return self.delivery_tax + sum(line.tax for order in self.orders.all() for line in order.lines.all())


class Order(TenantModel):
    """The part of a purchase that one merchant fulfils."""

    group = models.ForeignKey(OrderGroup, on_delete=models.PROTECT, related_name="orders", db_index=False)
    merchant = models.ForeignKey(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    status = models.CharField(max_length=10, choices=STATUSES)
    currency = models.CharField(max_length=3)
    items_total = models.PositiveBigIntegerField()
    commission = models.PositiveBigIntegerField(help_text="Frozen when the order was placed.")
    commission_tax = models.PositiveBigIntegerField(default=0, db_default=0, help_text="On top of it.")
    platform_discount = models.PositiveBigIntegerField(
        default=0, help_text="The part of discounts the platform pays."
    )
    shipped = models.PositiveIntegerField(default=0, db_default=0, help_text="Units that have left.")
    refunded = models.PositiveBigIntegerField(default=0, db_default=0, help_text="Given back of the items.")
    payment_status = models.GeneratedField(
        expression=_PAYMENT_STATUS, output_field=models.CharField(max_length=16), db_persist=True
    )
    fulfilment_status = models.GeneratedField(
        expression=_FULFILMENT_STATUS, output_field=models.CharField(max_length=12), db_persist=True
    )
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "merchant"], name="one_order_per_merchant"),
            models.CheckConstraint(
                condition=Q(commission__lte=F("items_total") + F("platform_discount") - F("commission_tax")),
                name="commission_within_total",
            ),
            models.CheckConstraint(
                condition=Q(refunded__lte=F("items_total")), name="order_refunded_within_total"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "platform", "-placed_at"], name="order_by_merchant")
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"

    @property
    def owed(self) -> int:
        """What the merchant was owed for it when it was sold."""
        return self.items_total + self.platform_discount - self.commission - self.commission_tax


class OrderLine(TenantModel):
    """What was agreed for one offer: quantity, list price, discount, total. None of it changes afterwards.

    The counters beside it do: units that were called off, left, arrived, are on their way back, are back, were
    exchanged for others that the buyer has now, and the money given back for them. A void line records that an imported receipt showed the good with nothing handed over.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    offer = models.ForeignKey("catalogue.Offer", on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    title = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    is_void = models.BooleanField(default=False)
    unit_price = models.PositiveBigIntegerField()
    discount = models.PositiveBigIntegerField(default=0)
    platform_discount = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField()
    tax = models.PositiveBigIntegerField(default=0, db_default=0, help_text="In the total, or on top of it.")
    cancelled = models.PositiveIntegerField(default=0, db_default=0)
    shipped = models.PositiveIntegerField(default=0, db_default=0)
    delivered = models.PositiveIntegerField(default=0, db_default=0)
    coming_back = models.PositiveIntegerField(default=0, db_default=0, help_text="Units in an open return.")
    returned = models.PositiveIntegerField(default=0, db_default=0)
    exchanged = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units that are back, for which others went out."
    )
    exchanged_paid = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="What is left of the price for the units that went out."
    )
    refunded = models.PositiveBigIntegerField(default=0, db_default=0)
    placed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quantity__gte=F("shipped") + F("cancelled")), name="line_ships_what_was_ordered"
            ),
            models.CheckConstraint(
                condition=Q(delivered__lte=F("shipped")), name="line_delivers_what_was_shipped"
            ),
            models.CheckConstraint(
                condition=Q(delivered__gte=F("returned") + F("coming_back")),
                name="line_takes_back_what_was_delivered",
            ),
            models.CheckConstraint(
                condition=Q(exchanged__lte=F("returned")), name="line_exchanges_what_came_back"
            ),
            models.CheckConstraint(condition=Q(refunded__lte=F("total")), name="line_refunded_within_total"),
            models.CheckConstraint(
                condition=Q(total=F("quantity") * F("unit_price") - F("discount")), name="line_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(is_void=True), name="line_sells_something"
            ),
            models.CheckConstraint(
                condition=Q(platform_discount__lte=F("discount")), name="platform_pays_part_of_discount"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["offer", "placed_at"], include=["quantity", "total"], name="line_by_offer"),
            models.Index(fields=["buyer", "placed_at"], include=["offer"], name="line_by_buyer"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def left_to_send(self) -> int:
        """Units that have neither left nor been called off."""
        return self.quantity - self.shipped - self.cancelled

    @property
    def left_to_send_back(self) -> int:
        """Units that arrived and neither are back nor on their way."""
        return self.delivered - self.returned - self.coming_back


class OrderStatusChange(TenantModel, AppendOnlyModel):
    """One step in the life of an order: who moved it, when, from where to where."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    old = models.CharField(max_length=10, default="", blank=True)
    new = models.CharField(max_length=10, choices=STATUSES)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.old} > {self.new}"


class Fulfilment(TenantModel):
    """Units of one order that left together; ``reference`` names the handing over, once."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfilments")
    reference = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "reference"], name="one_fulfilment_per_reference")
        ]

    def __str__(self) -> str:
        return self.reference


class FulfilmentLine(TenantModel, AppendOnlyModel):
    """How many units of one line left in a fulfilment."""

    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="fulfilled")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fulfilment", "line"], name="line_once_in_a_fulfilment"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="fulfilment_sends_something"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"


class LineRefund(TenantModel, AppendOnlyModel):
    """What was given back for units of a line, or as an amount out of its price (then ``units`` is 0), and why."""

    class Reason(models.TextChoices):
        CANCELLED = "cancelled"
        RETURNED = "returned"
        DISPUTE = "dispute"
        EXCHANGE = "exchange", "The price difference of an exchange"

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    reference = models.CharField(max_length=64, help_text="Of the refund or the credit.")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    units = models.PositiveIntegerField()
    paid = models.PositiveBigIntegerField()
    platform_discount = models.PositiveBigIntegerField()
    commission = models.PositiveBigIntegerField()
    commission_tax = models.PositiveBigIntegerField(default=0, db_default=0)
    tax = models.PositiveBigIntegerField(default=0, db_default=0, help_text="That had come on top.")
    as_credit = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "reference"], name="one_line_refund_per_reference")
        ]
        indexes: ClassVar = [models.Index(fields=["reference"], name="line_refund_by_reference")]

    def __str__(self) -> str:
        return self.reference
