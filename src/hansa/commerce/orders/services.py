"""Making orders and moving them along. Each step is legal by `domain`, logged, and told to the outbox."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from hansa.commerce.ledger.services import MerchantShare
from hansa.commerce.orders import domain
from hansa.commerce.orders.domain import OrderStatus, Step
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.events import (
    LineFact,
    PurchaseCancelled,
    PurchaseDelivered,
    PurchasePaid,
    PurchasePlaced,
    PurchaseShipped,
)
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine, OrderStatusChange
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.models import Payment
from hansa.commerce.pricing.domain import Quote, QuotedLine
from hansa.commerce.promotions import services as promotions
from hansa.commerce.stock import services as stock
from hansa.foundation import outbox
from hansa.kernel import ids
from hansa.kernel.money import share_of


@dataclass(frozen=True)
class Destination:
    """Where a purchase goes, copied from an address so that later changes do not reach it."""

    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class NewPurchase:
    """All that makes a purchase, beside its quote."""

    platform_id: int
    outlet_id: int
    destination: Destination
    window_start: datetime
    window_end: datetime
    commission_bp: int
    buyer_id: int | None = None
    email: str = ""
    source: OrderGroup.Source = OrderGroup.Source.SHOP
    sold_by_id: int | None = None
    number: str = field(default_factory=lambda: ids.readable_number("H"))
    token: str = field(default_factory=ids.token)


@transaction.atomic
def create_purchase(*, new: NewPurchase, quote: Quote, actor_name: str, now: datetime) -> OrderGroup:
    """Write down a purchase and its order for each merchant, with prices and commission frozen."""
    group = OrderGroup.objects.create(
        platform_id=new.platform_id,
        number=new.number,
        token=new.token,
        source=new.source,
        buyer_id=new.buyer_id,
        sold_by_id=new.sold_by_id,
        email=new.email,
        outlet_id=new.outlet_id,
        currency=quote.currency,
        items_total=quote.items_total,
        delivery_fee=quote.delivery_fee,
        grand_total=quote.grand_total,
        window_start=new.window_start,
        window_end=new.window_end,
        placed_at=now,
        **asdict(new.destination),
    )
    by_merchant: dict[int, list[QuotedLine]] = defaultdict(list)
    for line in quote.lines:
        by_merchant[line.wanted.merchant_id].append(line)
    orders = Order.objects.bulk_create(
        _order(group, merchant_id, lines, new.commission_bp, now)
        for merchant_id, lines in sorted(by_merchant.items())
    )
    OrderLine.objects.bulk_create(
        _line(group, order, line, now) for order in orders for line in by_merchant[order.merchant_id]
    )
    _log(orders, old="", new=OrderStatus.PLACED, actor_name=actor_name, now=now)
    outbox.record(PurchasePlaced(platform_id=group.platform_id, group_id=group.pk, at=now.isoformat()))
    return group


@transaction.atomic
def mark_paid(*, group_id: int, now: datetime) -> None:
    """Move a purchase's orders on to paid and make its stock firm; doing it again changes nothing."""
    group, orders = _locked(group_id)
    if all(order.status != OrderStatus.PLACED for order in orders):
        return
    _step(orders, Step.PAY, actor_name="payment", now=now)
    stock.allocate(reference=group.number)
    lines = (
        OrderLine.objects.filter(order__group=group).select_related("order", "offer__variant").order_by("pk")
    )
    outbox.record(
        PurchasePaid(
            platform_id=group.platform_id,
            group_id=group.pk,
            buyer_id=group.buyer_id,
            sold_by_id=group.sold_by_id,
            currency=group.currency,
            lines=[_fact(line) for line in lines],
            at=now.isoformat(),
        )
    )


@transaction.atomic
def cancel_purchase(*, group_id: int, reason: str, actor_name: str, now: datetime) -> None:
    """Cancel a purchase that has not been shipped, giving back its stock, coupons and money.

    Refuses with IllegalStep once a parcel has left; cancelling again changes nothing.
    """
    group, orders = _locked(group_id)
    if all(order.status == OrderStatus.CANCELLED for order in orders):
        return
    was_paid = any(order.status == OrderStatus.PAID for order in orders)
    _step(orders, Step.CANCEL, actor_name=actor_name, now=now)
    stock.release(reference=group.number)
    promotions.release(reference=group.number)
    if (
        was_paid and group.source != OrderGroup.Source.PARTNER
    ):  # a partner's buyer is paid back by the partner
        payments.request_refund(
            payment_id=Payment.objects.get(reference=group.number).pk,
            reference=f"{group.number}-cancel",
            shares=shares_of(orders),
            delivery_fee=group.delivery_fee,
            now=now,
        )
    outbox.record(
        PurchaseCancelled(
            platform_id=group.platform_id,
            group_id=group.pk,
            was_paid=was_paid,
            reason=reason,
            at=now.isoformat(),
        )
    )


@transaction.atomic
def mark_shipped(*, group_id: int, actor_name: str, now: datetime) -> None:
    """Move a purchase's orders on to shipped and take its goods off the shelf."""
    group, orders = _locked(group_id)
    if all(order.status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED} for order in orders):
        return
    _step(orders, Step.SHIP, actor_name=actor_name, now=now)
    stock.dispatch(reference=group.number, now=now)
    outbox.record(PurchaseShipped(platform_id=group.platform_id, group_id=group.pk, at=now.isoformat()))


@transaction.atomic
def mark_delivered(*, group_id: int, actor_name: str, now: datetime) -> None:
    """Move a purchase's orders on to delivered."""
    group, orders = _locked(group_id)
    if all(order.status == OrderStatus.DELIVERED for order in orders):
        return
    _step(orders, Step.DELIVER, actor_name=actor_name, now=now)
    on_time = group.window_end is None or now <= group.window_end
    outbox.record(
        PurchaseDelivered(
            platform_id=group.platform_id, group_id=group.pk, on_time=on_time, at=now.isoformat()
        )
    )


def shares_of(orders: list[Order]) -> list[MerchantShare]:
    """Each merchant's part of a purchase, as the ledger posts it."""
    return [
        MerchantShare(order.merchant_id, order.items_total, order.platform_discount, order.commission)
        for order in orders
    ]


def _order(
    group: OrderGroup, merchant_id: int, lines: list[QuotedLine], commission_bp: int, now: datetime
) -> Order:
    items_total = sum(line.total for line in lines)
    platform_discount = sum(line.platform_discount for line in lines)
    return Order(
        platform_id=group.platform_id,
        group=group,
        merchant_id=merchant_id,
        status=OrderStatus.PLACED,
        currency=group.currency,
        items_total=items_total,
        commission=share_of(items_total + platform_discount, commission_bp),
        platform_discount=platform_discount,
        placed_at=now,
    )


def _line(group: OrderGroup, order: Order, line: QuotedLine, now: datetime) -> OrderLine:
    return OrderLine(
        platform_id=group.platform_id,
        order=order,
        offer_id=line.wanted.offer_id,
        buyer_id=group.buyer_id,
        title=line.wanted.title,
        quantity=line.wanted.quantity,
        unit_price=line.wanted.unit_price,
        discount=line.discount,
        platform_discount=line.platform_discount,
        total=line.total,
        placed_at=now,
    )


def _fact(line: OrderLine) -> dict[str, int]:
    return asdict(
        LineFact(
            offer_id=line.offer_id,
            merchant_id=line.order.merchant_id,
            product_id=line.offer.variant.product_id,
            quantity=line.quantity,
            total=line.total,
        )
    )


def _locked(group_id: int) -> tuple[OrderGroup, list[Order]]:
    group = OrderGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise NoSuchPurchase(f"there is no purchase {group_id}")
    return group, list(Order.objects.select_for_update().filter(group=group).order_by("pk"))


def _step(orders: list[Order], step: Step, *, actor_name: str, now: datetime) -> None:
    old = orders[0].status
    new = domain.status_after(old, step)
    for order in orders:
        order.status = domain.status_after(order.status, step)
    Order.objects.bulk_update(orders, ["status"])
    _log(orders, old=old, new=new, actor_name=actor_name, now=now)


def _log(orders: list[Order], *, old: str, new: OrderStatus, actor_name: str, now: datetime) -> None:
    OrderStatusChange.objects.bulk_create(
        OrderStatusChange(
            platform_id=order.platform_id, order=order, old=old, new=new, actor=actor_name[:80], at=now
        )
        for order in orders
    )
