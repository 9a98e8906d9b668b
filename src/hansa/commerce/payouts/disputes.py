"""Who bears a dispute that was lost: the merchants for their goods, the platform for its part. Posted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from hansa.commerce.commission import services as commission
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.templates import Share
from hansa.commerce.orders import refunds
from hansa.commerce.orders import services as orders
from hansa.commerce.orders.locking import Locked, lock
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.payments.models import Chargeback
from hansa.kernel.money import split


@transaction.atomic
def bear(*, platform_id: int, chargeback_id: int, now: datetime) -> int:
    """Post a lost dispute as a refund would be borne; posting it again answers the journal that is there.

    What was given back before is not taken from a merchant a second time: the platform bears that part.
    """
    known = Chargeback.objects.filter(pk=chargeback_id, platform_id=platform_id)
    number = known.values_list("payment__reference", flat=True).get()
    group = OrderGroup.objects.filter(platform_id=platform_id, number=number).first()
    locked = lock(group.pk) if group else None
    chargeback = known.select_related(
        "payment"
    ).get()  # under the lock: money may have been given back meanwhile
    payment = chargeback.payment
    reference = f"dispute-{chargeback.pk}"
    owing = min(chargeback.amount, payment.captured - payment.refunded, _left(locked)) if locked else 0
    shares, delivery_fee, tax = _borne(locked, owing, reference, now) if locked and owing else ([], 0, 0)
    legs = templates.dispute_lost(
        shares, delivery_fee=delivery_fee, tax=tax, borne_by_platform=chargeback.amount - owing
    )
    return ledger.post(
        platform_id=platform_id,
        kind="dispute_lost",
        reference=reference,
        currency=chargeback.currency,
        legs=legs,
        now=now,
    ).value


def _borne(locked: Locked, owing: int, reference: str, now: datetime) -> tuple[list[Share], int, int]:
    """What the merchants, the delivery and the treasury bear of it, each out of what they have not given back yet.

    Commission that was frozen goes back by its lines.
    """
    shares, delivery_fee, tax = templates.parts_of(
        orders.shares_of(locked.orders),
        _delivery_left(locked),
        refunds.tax_left(locked),
        owing,
        before=[order.refunded for order in locked.orders],
    )
    gone = {
        line.pk: paid
        for order, share in zip(locked.orders, shares, strict=True)
        if (lines := locked.lines_of(order))
        for line, paid in zip(
            lines, split(share.paid, [line.total - line.refunded for line in lines]), strict=True
        )
    }
    taken = commission.take_back(
        reference=reference, order_lines=list(gone), paid=list(gone.values()), now=now
    ).value
    return [_with(share, locked, taken) for share in shares], delivery_fee, tax


def _left(locked: Locked) -> int:
    """What was not given back of a purchase, as money or as credit."""
    goods = sum(order.items_total - order.refunded for order in locked.orders)
    return goods + _delivery_left(locked) + refunds.tax_left(locked)


def _delivery_left(locked: Locked) -> int:
    return locked.group.delivery_fee - locked.group.delivery_refunded


def _with(share: Share, locked: Locked, taken: list[tuple[int, int, int]]) -> Share:
    own = [
        (kept, tax)
        for line, kept, tax in taken
        if locked.order(locked.lines[line].order_id).merchant_id == share.merchant_id
    ]
    if not own:
        return share
    return replace(
        share, commission=sum(kept for kept, _ in own), tax_on_commission=sum(tax for _, tax in own)
    )
