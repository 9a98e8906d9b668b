"""Reads of the books. A liability's balance is said as what is owed: a positive number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from hansa.commerce.ledger.models import Account, JournalEntry, LedgerEntry
from hansa.kernel.errors import NotFound


@dataclass(frozen=True)
class Balance:
    """What stands on one kind of account, in minor units; debit positive."""

    kind: str
    currency: str
    amount: int


@dataclass(frozen=True)
class Turnover:
    """What a kind of account held before a time span, what came and went in it, in minor units; debit positive."""

    kind: str
    currency: str
    before: int
    debit: int
    credit: int

    @property
    def after(self) -> int:
        return self.before + self.debit - self.credit


def turnovers_of(platform_id: int, *, since: datetime, until: datetime) -> list[Turnover]:
    """The trial balance of a time span by kind of account; each of its columns sums to zero, debit less credit."""
    is_within = Q(journal__posted_at__gte=since)
    rows = (
        LedgerEntry.objects.filter(platform_id=platform_id, journal__posted_at__lt=until)
        .values("account__kind", "currency")
        .annotate(
            before=Sum("amount", filter=~is_within, default=0),
            debit=Sum("amount", filter=is_within & Q(amount__gt=0), default=0),
            credit=Sum("amount", filter=is_within & Q(amount__lt=0), default=0),
        )
        .order_by("currency", "account__kind")
    )
    return [
        Turnover(row["account__kind"], row["currency"], row["before"], row["debit"], -row["credit"])
        for row in rows
    ]


def entries_on(
    platform_id: int, *, kind: str, currency: str, since: datetime, until: datetime
) -> QuerySet[LedgerEntry]:
    """The postings on a kind of account in a time span, the newest first."""
    return (
        LedgerEntry.objects.filter(
            platform_id=platform_id,
            account__kind=kind,
            currency=currency,
            journal__posted_at__gte=since,
            journal__posted_at__lt=until,
        )
        .select_related("journal", "account__merchant", "account__partner")
        .order_by("-pk")
    )


def get_journal(*, platform_id: int, journal_id: int) -> JournalEntry:
    """One journal. Refuses with NotFound what is not in this platform's books."""
    found = JournalEntry.objects.filter(platform_id=platform_id, pk=journal_id).first()
    if found is None:
        raise NotFound(f"there is no journal {journal_id} in these books")
    return found


def legs_of(journal: JournalEntry) -> list[LedgerEntry]:
    """A journal's legs, debits first; they sum to zero."""
    legs = journal.entries.select_related("account__merchant", "account__partner")
    return list(legs.order_by("-amount", "pk"))


def balances_of_platform(platform_id: int) -> list[Balance]:
    """The trial balance of a platform, by kind of account; it sums to zero."""
    rows = (
        LedgerEntry.objects.filter(platform_id=platform_id)
        .values("account__kind", "currency")
        .annotate(amount=Sum("amount"))
        .order_by("account__kind")
    )
    return [Balance(row["account__kind"], row["currency"], row["amount"]) for row in rows]


def owed_to_merchant(*, platform_id: int, merchant_id: int, currency: str) -> int:
    """What the platform owes the merchant now in a currency, in minor units."""
    owed = LedgerEntry.objects.filter(
        platform_id=platform_id,
        account__kind=Account.Kind.PAYABLE,
        account__merchant_id=merchant_id,
        currency=currency,
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
