"""Reads of the books. A liability's balance is said as what is owed: a positive number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from hansa.commerce.ledger.models import Account, LedgerEntry


@dataclass(frozen=True)
class Balance:
    """What stands on one kind of account, in minor units; debit positive."""

    kind: str
    currency: str
    amount: int


def balances_of_platform(platform_id: int) -> list[Balance]:
    """The trial balance of a platform, by kind of account; it sums to zero."""
    rows = (
        LedgerEntry.objects.filter(platform_id=platform_id)
        .values("account__kind", "currency")
        .annotate(amount=Sum("amount"))
        .order_by("account__kind")
    )
    return [Balance(row["account__kind"], row["currency"], row["amount"]) for row in rows]


def owed_to_merchant(*, platform_id: int, merchant_id: int) -> int:
    """What the platform owes the merchant now, in minor units."""
    owed = LedgerEntry.objects.filter(
        platform_id=platform_id, account__kind=Account.Kind.PAYABLE, account__merchant_id=merchant_id
    ).aggregate(amount=Sum("amount"))["amount"]
    return -(owed or 0)


def postings_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[LedgerEntry]:
    """Every posting on the merchant's account, newest first."""
    return (
        LedgerEntry.objects.filter(
            platform_id=platform_id, account__kind=Account.Kind.PAYABLE, account__merchant_id=merchant_id
        )
        .select_related("journal")
        .order_by("-pk")
    )
