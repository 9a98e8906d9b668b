"""What settlement does when a purchase sold by another platform is paid or cancelled.

Subscribe `on_purchase_paid` to PurchasePaid and `on_purchase_cancelled` to PurchaseCancelled, in a transaction.
"""

from __future__ import annotations

from datetime import datetime

from hansa.alliance.settlement.domain import Part
from hansa.alliance.settlement.services import Sale, reverse_sale, settle_sale
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.events import PurchaseCancelled, PurchasePaid
from hansa.foundation.outbox import Delivered


def on_purchase_paid(delivered: Delivered) -> None:
    """Settle a purchase that another platform has sold."""
    event = delivered.event
    assert isinstance(event, PurchasePaid)
    if event.sold_by_id is not None and event.sold_by_id != event.platform_id:
        settle_sale(_sale(event.group_id), now=datetime.fromisoformat(event.at))


def on_purchase_cancelled(delivered: Delivered) -> None:
    """Turn the settlement of a cancelled purchase back."""
    event = delivered.event
    assert isinstance(event, PurchaseCancelled)
    if not event.was_paid:
        return
    sale = _sale(event.group_id)
    if sale.seller_id != sale.fulfiller_id:
        reverse_sale(sale, now=datetime.fromisoformat(event.at))


def _sale(group_id: int) -> Sale:
    group = orders.group_with_lines(group_id)
    return Sale(
        reference=group.number,
        seller_id=group.sold_by_id or group.platform_id,
        fulfiller_id=group.platform_id,
        currency=group.currency,
        parts=[
            Part(
                order.merchant_id,
                order.items_total,
                order.platform_discount,
                order.commission,
                order.commission_tax,
            )
            for order in sorted(group.orders.all(), key=lambda order: order.pk)
        ],
        delivery_fee=group.delivery_fee,
        at=group.placed_at,
    )
