"""Giving money back by line: what units or amounts are worth, the refund of them, and the books.

What a line's units carried of discounts and commission goes back with them, to the cent; where the commission was
frozen by line, `commission` says how much of it. The delivery fee goes back with the last unit of a purchase that is
called off or sent back, never in parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from hansa.commerce.commission import services as commission
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.templates import Share
from hansa.commerce.orders import domain
from hansa.commerce.orders.domain import Worth
from hansa.commerce.orders.events import MoneyGivenBack
from hansa.commerce.orders.locking import Locked, raise_counter
from hansa.commerce.orders.models import LineRefund, Order, OrderGroup, OrderLine
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.models import Chargeback, Payment
from hansa.commerce.wallets import services as wallets
from hansa.foundation import outbox
from hansa.kernel.errors import Refused
from hansa.kernel.money import split

Reason = LineRefund.Reason
_NOTHING = Worth(0, 0, 0)


class MoreThanWasPaid(Refused):
    """More would be given back than is left of what was paid."""

    code = "more_than_was_paid"


@dataclass(frozen=True)
class Back:
    """What one line gives back."""

    line: OrderLine
    units: int
    worth: Worth


def of_units(locked: Locked, units: Mapping[int, int]) -> list[Back]:
    """What units (line id to quantity) are worth, of those whose money was not given back yet.

    What others went out for stands apart: `of_exchanged`.
    """
    given, parts = _given_back(locked), _as_sold(locked)
    backs = []
    for line, count in locked.chosen(units):
        past, worth = given.get(line.pk, (0, _NOTHING))
        left = line.quantity - past - line.exchanged
        if count > left:
            raise MoreThanWasPaid(f"{line.title}: {count} to be given back, {left} left")
        still = domain.worth_beside(parts[line.pk].minus(worth), apart=line.exchanged_paid)
        backs.append(Back(line, count, domain.worth_of_units(still, units=count, units_left=left)))
    return backs


def of_exchanged(locked: Locked, line_id: int, *, units: int, paid: int) -> Back:
    """What units are worth that went out in an exchange, by what is left of the line's price for them."""
    left = _as_sold(locked)[line_id].minus(_given_back(locked).get(line_id, (0, _NOTHING))[1])
    worth = domain.worth_of_amount(left, amount=min(paid, left.paid))
    return Back(locked.lines[line_id], units, worth)


def of_amount(locked: Locked, lines: Sequence[OrderLine], amount: int) -> list[Back]:
    """An amount out of what is left of the price of some lines, borne by them in proportion."""
    given, parts = _given_back(locked), _as_sold(locked)
    left = {line.pk: parts[line.pk].minus(given.get(line.pk, (0, _NOTHING))[1]) for line in lines}
    whole = sum(worth.paid for worth in left.values())
    if not 0 < amount <= whole:
        raise MoreThanWasPaid(f"{amount} to be given back, {whole} left")
    shares = zip(left, split(amount, [worth.paid for worth in left.values()]), strict=True)
    return [
        Back(locked.lines[line_id], 0, domain.worth_of_amount(left[line_id], amount=share))
        for line_id, share in shares
        if share
    ]


@transaction.atomic
def give_back(
    *,
    locked: Locked,
    backs: Iterable[Back],
    reason: LineRefund.Reason,
    reference: str,
    as_credit: bool = False,
    now: datetime,
) -> int:
    """Give money back for lines under lock, as money or as store credit; answers how much, with the delivery fee.

    The same reference again gives nothing more and answers 0. A buyer without an account cannot get credit.
    """
    group = locked.group
    if LineRefund.objects.filter(line__order__group=group, reference=reference).exists():
        return 0
    backs = _with_what_was_kept(list(backs), reference, now)
    fee = _delivery_fee(locked) if reason in {Reason.CANCELLED, Reason.RETURNED} else 0
    LineRefund.objects.bulk_create(
        LineRefund(
            platform_id=group.platform_id,
            line=back.line,
            reference=reference,
            reason=reason,
            units=back.units,
            paid=back.worth.paid,
            platform_discount=back.worth.platform_discount,
            commission=back.worth.commission,
            commission_tax=back.worth.commission_tax,
            tax=back.worth.tax,
            as_credit=as_credit,
            at=now,
        )
        for back in backs
    )
    _count(locked, backs, fee)
    tax = sum(back.worth.tax for back in backs) + _delivery_tax(group, fee)
    part = _Part(_shares(locked, backs), fee, tax)
    _move_money(group, part, reference, as_credit=as_credit, now=now)
    outbox.record(
        MoneyGivenBack(
            platform_id=group.platform_id,
            group_id=group.pk,
            reference=reference,
            reason=reason.value,
            amount=part.amount,
            delivery_fee=fee,
            as_credit=as_credit,
            at=now.isoformat(),
        )
    )
    return part.amount


def tax_left(locked: Locked) -> int:
    """The tax that came on top of a purchase and was not given back yet."""
    given = sum(worth.tax for _, worth in _given_back(locked).values())
    return locked.group.tax_added - given - _delivery_tax(locked.group, locked.group.delivery_refunded)


@dataclass(frozen=True)
class _Part:
    """What is given back of a purchase: the merchants' part, the delivery fee, and the tax that came on top of both."""

    shares: list[Share]
    delivery_fee: int
    tax: int

    @property
    def amount(self) -> int:
        return sum(share.paid for share in self.shares) + self.delivery_fee + self.tax


def _move_money(group: OrderGroup, part: _Part, reference: str, *, as_credit: bool, now: datetime) -> None:
    """Money first, up to what the provider took; the rest goes back into the accounts that it came from."""
    payment = Payment.objects.select_for_update().get(reference=group.number)
    if as_credit and part.amount:
        _insist_on_free(payment, part.amount)
        _credit(group, part, reference, now)
        return
    money = min(part.amount, payment.captured - payment.refunded)
    _insist_on_free(payment, money)
    rest = part.amount - money
    if rest:
        wallets.give_back(reference=group.number, amount=rest, part=reference, now=now)
    legs = templates.refund(part.shares, delivery_fee=part.delivery_fee, tendered=rest, tax=part.tax)
    payments.request_refund(payment_id=payment.pk, reference=reference, amount=money, legs=legs, now=now)


def _insist_on_free(payment: Payment, money: int) -> None:
    """Refuse when some of that money is held or lost at the buyer's bank."""
    taken = Chargeback.objects.filter(payment=payment).exclude(state=Chargeback.State.WON)
    at_the_bank = taken.aggregate(amount=Sum("amount"))["amount"] or 0
    if at_the_bank and payment.refunded + at_the_bank + money > payment.captured:
        raise Refused("the buyer's bank has taken this money back, or will decide on it")


def _credit(group: OrderGroup, part: _Part, reference: str, now: datetime) -> None:
    """Owe the buyer store credit instead."""
    if group.buyer_id is None:
        raise Refused("only a buyer with an account can get store credit")
    wallets.credit_refund(
        platform_id=group.platform_id,
        owner_id=group.buyer_id,
        currency=group.currency,
        amount=part.amount,
        reference=reference,
        now=now,
    )
    legs = templates.refund_as_credit(part.shares, delivery_fee=part.delivery_fee, tax=part.tax)
    ledger.post(
        platform_id=group.platform_id,
        kind="credit",
        reference=reference,
        currency=group.currency,
        legs=legs,
        now=now,
    )


def _with_what_was_kept(backs: list[Back], reference: str, now: datetime) -> list[Back]:
    """The same with commission and tax as they were frozen; purchases from before that keep their proportion."""
    taken = commission.take_back(
        reference=reference,
        order_lines=[back.line.pk for back in backs],
        paid=[back.worth.paid if back.line.total else back.worth.platform_discount for back in backs],
        now=now,
    ).value
    frozen = {line_id: {"commission": kept, "commission_tax": tax} for line_id, kept, tax in taken}
    return [replace(back, worth=replace(back.worth, **frozen.get(back.line.pk, {}))) for back in backs]


def _as_sold(locked: Locked) -> dict[int, Worth]:
    """What each line came to; an order's commission is borne by its lines in proportion, to the cent."""
    sold = {}
    for order in locked.orders:
        lines = locked.lines_of(order)
        weights = [line.total + line.platform_discount for line in lines]
        for line, kept in zip(lines, split(order.commission, weights) if lines else [], strict=True):
            tax = line.tax if locked.group.tax_added else 0
            sold[line.pk] = Worth(line.total, line.platform_discount, kept, tax)
    return sold


def _given_back(locked: Locked) -> dict[int, tuple[int, Worth]]:
    """Units and worth that each line has given back already."""
    rows = (
        LineRefund.objects.filter(line__in=locked.lines)
        .values("line_id")
        .annotate(
            Sum("units"),
            Sum("paid"),
            Sum("platform_discount"),
            Sum("commission"),
            Sum("tax"),
            Sum("commission_tax"),
        )
    )
    return {
        row["line_id"]: (
            row["units__sum"],
            Worth(
                row["paid__sum"],
                row["platform_discount__sum"],
                row["commission__sum"],
                row["tax__sum"],
                row["commission_tax__sum"],
            ),
        )
        for row in rows
    }


def _shares(locked: Locked, backs: list[Back]) -> list[Share]:
    shares = []
    for order in locked.orders:
        own = [back.worth for back in backs if back.line.order_id == order.pk]
        if own:
            shares.append(
                Share(
                    order.merchant_id,
                    sum(worth.paid for worth in own),
                    sum(worth.platform_discount for worth in own),
                    sum(worth.commission for worth in own),
                    sum(worth.commission_tax for worth in own),
                )
            )
    return shares


def _count(locked: Locked, backs: list[Back], fee: int) -> None:
    for back in backs:
        raise_counter(back.line, "refunded", back.worth.paid)
    for order in locked.orders:
        paid = sum(back.worth.paid for back in backs if back.line.order_id == order.pk)
        if paid:
            order.refunded += paid
            Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + paid)
    if fee:
        locked.group.delivery_refunded += fee
        OrderGroup.objects.filter(pk=locked.group.pk).update(delivery_refunded=F("delivery_refunded") + fee)


def _delivery_fee(locked: Locked) -> int:
    """The fee, when no unit of the purchase is left with the buyer or on its way there."""
    sold = [line for order in locked.orders for line in locked.lines_of(order)]
    if any(line.cancelled + line.returned - line.exchanged < line.quantity for line in sold):
        return 0
    return locked.group.delivery_fee - locked.group.delivery_refunded


def _delivery_tax(group: OrderGroup, fee: int) -> int:
    """The tax that came on top of the delivery fee; it goes back with it."""
    return group.delivery_tax if fee and group.tax_added else 0
