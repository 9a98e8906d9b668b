"""Writing the books. One function per posting template; each is zero-sum by construction.

Money comes in as minor units; debit is positive. A fact is posted once: the journal's kind and
reference are unique, and posting it again returns the journal that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.ledger.models import Account, JournalEntry, LedgerEntry
from hansa.kernel.errors import BrokenInvariant

Kind = Account.Kind


@dataclass(frozen=True)
class Leg:
    """One side of a posting: an account named by what it is, and a signed amount."""

    kind: Account.Kind
    amount: int
    merchant_id: int | None = None
    partner_id: int | None = None


@dataclass(frozen=True)
class MerchantShare:
    """One merchant's part of a purchase."""

    merchant_id: int
    paid: int  # what the buyer paid for this merchant's goods
    platform_discount: int  # what the platform adds, because it gave that discount
    commission: int  # what the platform keeps


def post_capture(
    *,
    platform_id: int,
    reference: str,
    currency: str,
    shares: list[MerchantShare],
    delivery_fee: int,
    now: datetime,
) -> JournalEntry:
    """Post money taken from a buyer: the merchants are owed their share, the platform earns the rest."""
    legs = [
        Leg(Kind.PROVIDER, sum(share.paid for share in shares) + delivery_fee),
        Leg(Kind.DELIVERY, -delivery_fee),
    ]
    for share in shares:
        legs += [
            Leg(Kind.PAYABLE, -(share.paid + share.platform_discount - share.commission), share.merchant_id),
            Leg(Kind.COMMISSION, -share.commission),
            Leg(Kind.PROMOTION, share.platform_discount),
        ]
    return post(
        platform_id=platform_id, kind="capture", reference=reference, currency=currency, legs=legs, now=now
    )


def post_refund(
    *,
    platform_id: int,
    reference: str,
    currency: str,
    shares: list[MerchantShare],
    delivery_fee: int,
    now: datetime,
) -> JournalEntry:
    """Post money given back: the capture's template with every sign turned."""
    legs = [
        Leg(Kind.PROVIDER, -sum(share.paid for share in shares) - delivery_fee),
        Leg(Kind.DELIVERY, delivery_fee),
    ]
    for share in shares:
        legs += [
            Leg(Kind.PAYABLE, share.paid + share.platform_discount - share.commission, share.merchant_id),
            Leg(Kind.COMMISSION, share.commission),
            Leg(Kind.PROMOTION, -share.platform_discount),
        ]
    return post(
        platform_id=platform_id, kind="refund", reference=reference, currency=currency, legs=legs, now=now
    )


def post_payout(
    *, platform_id: int, reference: str, currency: str, merchant_id: int, amount: int, now: datetime
) -> JournalEntry:
    """Post money sent to a merchant."""
    legs = [Leg(Kind.PAYABLE, amount, merchant_id), Leg(Kind.PROVIDER, -amount)]
    return post(
        platform_id=platform_id, kind="payout", reference=reference, currency=currency, legs=legs, now=now
    )


@transaction.atomic
def post(
    *, platform_id: int, kind: str, reference: str, currency: str, legs: list[Leg], now: datetime
) -> JournalEntry:
    """Write one journal with all its legs in one statement; legs of nothing are left out.

    Refuses, as our own fault, legs that do not sum to zero.
    """
    if sum(leg.amount for leg in legs) != 0:
        raise BrokenInvariant(f"the legs of {kind} {reference} do not sum to zero: {legs}")
    journal, is_new = JournalEntry.objects.get_or_create(
        platform_id=platform_id, kind=kind, reference=reference, defaults={"posted_at": now}
    )
    if is_new:
        accounts = _accounts(platform_id, currency, legs)
        LedgerEntry.objects.bulk_create(
            LedgerEntry(
                platform_id=platform_id,
                journal=journal,
                account_id=account_id,
                currency=currency,
                amount=amount,
            )
            for account_id, amount in _merged(accounts, legs).items()
            if amount
        )
    return journal


def _merged(accounts: Mapping[tuple[str, int | None, int | None], int], legs: list[Leg]) -> dict[int, int]:
    amounts: dict[int, int] = {}
    for leg in legs:
        if leg.amount:
            account_id = accounts[leg.kind.value, leg.merchant_id, leg.partner_id]
            amounts[account_id] = amounts.get(account_id, 0) + leg.amount
    return amounts


def _accounts(
    platform_id: int, currency: str, legs: list[Leg]
) -> dict[tuple[str, int | None, int | None], int]:
    """Find the accounts of the legs, opening those that do not exist yet, in two statements."""
    wanted = {(leg.kind.value, leg.merchant_id, leg.partner_id) for leg in legs if leg.amount}
    found = _find(platform_id, currency, wanted)
    missing = sorted(wanted - found.keys(), key=str)
    if missing:
        Account.objects.bulk_create(
            [
                Account(
                    platform_id=platform_id,
                    kind=kind,
                    merchant_id=merchant_id,
                    partner_id=partner_id,
                    currency=currency,
                )
                for kind, merchant_id, partner_id in missing
            ],
            ignore_conflicts=True,
        )
        found = _find(platform_id, currency, wanted)
    return found


def _find(
    platform_id: int, currency: str, wanted: set[tuple[str, int | None, int | None]]
) -> dict[tuple[str, int | None, int | None], int]:
    rows = Account.objects.filter(
        platform_id=platform_id, currency=currency, kind__in={kind for kind, _, _ in wanted}
    ).values_list("kind", "merchant_id", "partner_id", "pk")
    merchants = {merchant_id for _, merchant_id, _ in wanted if merchant_id is not None}
    found = rows.filter(merchant__isnull=True).union(rows.filter(merchant_id__in=merchants))
    return {
        (kind, merchant_id, partner_id): pk
        for kind, merchant_id, partner_id, pk in found
        if (kind, merchant_id, partner_id) in wanted
    }
