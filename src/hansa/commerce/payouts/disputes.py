"""Who bears a dispute that was lost: the merchants for their goods, the platform for its part. Posted once."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.templates import Share
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.payments.models import Chargeback


def bear(*, platform_id: int, chargeback_id: int, now: datetime) -> int:
    """Post a lost dispute as a refund would be borne; posting it again answers the journal that is there.

    What was given back before is not taken from a merchant a second time: the platform bears that part.
    """
    chargeback = Chargeback.objects.select_related("payment").get(pk=chargeback_id, platform_id=platform_id)
    payment = chargeback.payment
    group = OrderGroup.objects.filter(platform_id=platform_id, number=payment.reference).first()
    owing = min(chargeback.amount, payment.captured - payment.refunded) if group else 0
    shares, delivery_fee, tax = (
        templates.parts_of(_shares(group), group.delivery_fee, group.tax_added, owing)
        if group and owing
        else ([], 0, 0)
    )
    legs = templates.dispute_lost(
        shares, delivery_fee=delivery_fee, tax=tax, borne_by_platform=chargeback.amount - owing
    )
    return ledger.post(
        platform_id=platform_id,
        kind="dispute_lost",
        reference=f"dispute-{chargeback.pk}",
        currency=chargeback.currency,
        legs=legs,
        now=now,
    ).value


def _shares(group: OrderGroup) -> list[Share]:
    return [
        Share(order.merchant_id, order.items_total, order.platform_discount, order.commission)
        for order in Order.objects.filter(group=group).order_by("pk")
    ]
