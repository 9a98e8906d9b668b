"""Settling between platforms: each sale in both books at once, items netted into batches, batches compared.

Debits are positive. The seller's books: money at the provider; the finder's fee earned; the rest owed to the
partner. The fulfiller's books: the same amount due from the partner; owed to its merchants; its commission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from hansa.alliance.governance import audit
from hansa.alliance.governance import selectors as governance
from hansa.alliance.models import SettlementBatch, SettlementItem
from hansa.alliance.settlement.domain import Part, Share, divide, net
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.services import Kind
from hansa.kernel.errors import InvalidInput, NotFound, Refused, Unavailable

FORWARD = "order.forward"
_SALE, _RETURN, _PAYMENT = "alliance_sale", "alliance_return", "alliance_payment"


@dataclass(frozen=True)
class Sale:
    """A purchase that one platform sold and another fulfils; ``at`` is when it was agreed, on which terms."""

    reference: str
    seller_id: int
    fulfiller_id: int
    currency: str
    parts: Sequence[Part]
    delivery_fee: int
    at: datetime


@dataclass(frozen=True)
class Difference:
    """Where two books do not tell the same: what should stand there, and what each side says."""

    reference: str
    expected: int
    debtor_says: int
    creditor_says: int


@dataclass(frozen=True)
class _Debt:
    reference: str
    kind: str
    debtor_id: int
    creditor_id: int


def fee_bp_between(*, fulfiller_id: int, seller_id: int, at: datetime) -> int:
    """The finder's fee that was agreed when the sale was made; without an agreement there is none."""
    terms = governance.find_terms(giver_id=fulfiller_id, receiver_id=seller_id, scope=FORWARD, at=at)
    return terms.fee_bp if terms else 0


@transaction.atomic
def settle_sale(sale: Sale, *, now: datetime) -> SettlementItem:
    """Post a cross-platform sale in both books and note what is owed; doing it again changes nothing.

    Runs in the alliance's scope, because it writes the books of two platforms.
    """
    earlier = SettlementItem.objects.filter(reference=sale.reference).first()
    if earlier is not None:
        return earlier
    debt = _Debt(sale.reference, _SALE, debtor_id=sale.seller_id, creditor_id=sale.fulfiller_id)
    return _post(sale, debt, is_return=False, now=now)


@transaction.atomic
def reverse_sale(sale: Sale, *, now: datetime) -> SettlementItem:
    """Turn a settled sale back in both books after its purchase was cancelled; again changes nothing.

    Refuses with Unavailable a sale that is not settled yet: its own event is still on its way.
    """
    reference = f"{sale.reference}-return"
    earlier = SettlementItem.objects.filter(reference=reference).first()
    if earlier is not None:
        return earlier
    if not SettlementItem.objects.filter(reference=sale.reference).exists():
        raise Unavailable(f"the sale {sale.reference} is not settled yet, so it cannot be turned back")
    debt = _Debt(reference, _RETURN, debtor_id=sale.fulfiller_id, creditor_id=sale.seller_id)
    return _post(sale, debt, is_return=True, now=now)


@transaction.atomic
def close_batch(
    *, between: tuple[int, int], currency: str, actor_name: str, now: datetime
) -> SettlementBatch:
    """Net everything open between two platforms into one payment and post it in both books.

    Refuses when nothing is open. Runs in the alliance's scope.
    """
    one, two = sorted(between)
    if one == two:
        raise InvalidInput("a settlement is between two platforms")
    items = list(
        SettlementItem.objects.select_for_update()
        .filter(Q(debtor_id=one, creditor_id=two) | Q(debtor_id=two, creditor_id=one))
        .filter(batch__isnull=True, currency=currency)
        .order_by("pk")
    )
    if not items:
        raise Refused(f"nothing is open in {currency} between {_code(one)} and {_code(two)}")
    netted = net([(item.debtor_id, item.creditor_id, item.amount) for item in items], between=(one, two))
    batch = SettlementBatch.objects.create(
        debtor_id=netted.debtor_id,
        creditor_id=netted.creditor_id,
        currency=currency,
        amount=netted.amount,
        closed_at=now,
    )
    SettlementItem.objects.filter(pk__in=[item.pk for item in items]).update(batch=batch)
    _pay(batch, now)
    body: dict[str, object] = {
        "batch": batch.pk,
        "items": len(items),
        "debtor": _code(netted.debtor_id),
        "creditor": _code(netted.creditor_id),
        "amount": netted.amount,
        "currency": currency,
    }
    audit.record(act="settlement.closed", actor=actor_name, body=body, now=now)
    return batch


def reconcile(batch: SettlementBatch) -> list[Difference]:
    """Compare both sides' books item by item, then the payment; an empty list means that they agree.

    Runs in the alliance's scope.
    """
    items = list(batch.items.order_by("pk"))
    by_debtor = _legs_in(SettlementItem.objects.filter(batch=batch), "debtor_journal", partner="creditor")
    by_creditor = _legs_in(SettlementItem.objects.filter(batch=batch), "creditor_journal", partner="debtor")
    found = [
        Difference(item.reference, item.amount, -by_debtor[item.pk], by_creditor[item.pk])
        for item in items
        if not item.amount == -by_debtor[item.pk] == by_creditor[item.pk]
    ]
    return found + _payment_differences(batch, items)


def get_batch(batch_id: int) -> SettlementBatch:
    """The batch with this number."""
    found = SettlementBatch.objects.filter(pk=batch_id).first()
    if found is None:
        raise NotFound(f"there is no settlement batch {batch_id}")
    return found


def _as_posted(share: Share) -> templates.Share:
    """A merchant's part as the books know it: what the buyers paid there, less the finder's fee."""
    paid = share.payable + share.commission + share.commission_tax - share.promotion
    return templates.Share(share.merchant_id, paid, share.promotion, share.commission, share.commission_tax)


def _post(sale: Sale, debt: _Debt, *, is_return: bool, now: datetime) -> SettlementItem:
    """Post both books, the legs as they are or turned back, and note the debt with its audit line."""
    fee_bp = fee_bp_between(fulfiller_id=sale.fulfiller_id, seller_id=sale.seller_id, at=sale.at)
    division = divide(sale.parts, delivery_fee=sale.delivery_fee, fee_bp=fee_bp)
    legs = {
        sale.seller_id: templates.partner_sale_at_seller(
            fee=division.fee, owed=division.owed, fulfiller_id=sale.fulfiller_id
        ),
        sale.fulfiller_id: templates.partner_sale_at_fulfiller(
            [_as_posted(share) for share in division.shares],
            delivery_fee=sale.delivery_fee,
            seller_id=sale.seller_id,
        ),
    }
    journals = {
        platform_id: ledger.post(
            platform_id=platform_id,
            kind=debt.kind,
            reference=debt.reference,
            currency=sale.currency,
            legs=templates.turned(own) if is_return else own,
            now=now,
        ).value
        for platform_id, own in sorted(legs.items())
    }
    body: dict[str, object] = {
        "reference": debt.reference,
        "debtor": _code(debt.debtor_id),
        "creditor": _code(debt.creditor_id),
        "owed": division.owed,
        "fee": division.fee,
        "currency": sale.currency,
    }
    audit.record(act=debt.kind.replace("_", "."), actor=_code(sale.seller_id), body=body, now=now)
    return SettlementItem.objects.create(
        reference=debt.reference,
        debtor_id=debt.debtor_id,
        creditor_id=debt.creditor_id,
        currency=sale.currency,
        amount=division.owed,
        fee=division.fee,
        debtor_journal_id=journals[debt.debtor_id],
        creditor_journal_id=journals[debt.creditor_id],
        at=now,
    )


def _pay(batch: SettlementBatch, now: datetime) -> None:
    """Post the payment in both books: the debtor's bank pays, the creditor's receives."""
    if not batch.amount:
        return
    sides = ((batch.debtor_id, batch.creditor_id, 1), (batch.creditor_id, batch.debtor_id, -1))
    batch.debtor_journal_id, batch.creditor_journal_id = (
        ledger.post(
            platform_id=own_id,
            kind=_PAYMENT,
            reference=f"batch-{batch.pk}",
            currency=batch.currency,
            legs=templates.partner_payment(sign * batch.amount, partner_id=partner_id),
            now=now,
        ).value
        for own_id, partner_id, sign in sides
    )
    batch.save(update_fields=["debtor_journal", "creditor_journal"])


def _payment_differences(batch: SettlementBatch, items: Sequence[SettlementItem]) -> list[Difference]:
    due = sum(item.amount if item.debtor_id == batch.debtor_id else -item.amount for item in items)
    own = SettlementBatch.objects.filter(pk=batch.pk)
    paid = _legs_in(own, "debtor_journal", partner="creditor")[batch.pk]
    received = -_legs_in(own, "creditor_journal", partner="debtor")[batch.pk]
    agree = due == batch.amount == paid == received
    return [] if agree else [Difference(f"batch {batch.pk}", due, paid, received)]


def _legs_in(rows: QuerySet[Any], journal: str, *, partner: str) -> dict[int, int]:
    """What each row's journal says on the account with the partner: one statement for all rows."""
    with_partner = Q(
        **{
            f"{journal}__entries__account__kind": Kind.ALLIANCE,
            f"{journal}__entries__account__partner": F(partner),
        }
    )
    said = rows.annotate(said=Sum(f"{journal}__entries__amount", filter=with_partner)).values_list(
        "pk", "said"
    )
    return {pk: amount or 0 for pk, amount in said}


def _code(platform_id: int) -> str:
    return accounts.platform_by_id(platform_id).code
