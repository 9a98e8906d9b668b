"""Writing the books. One function per posting template; each is zero-sum by construction.

Money comes in as minor units; debit is positive. A fact is posted once: the journal's kind and
reference are unique, and posting it again returns the journal that is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.ledger.models import Account
from hansa.foundation import statements
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
) -> int:
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
) -> int:
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
) -> int:
    """Post money sent to a merchant."""
    legs = [Leg(Kind.PAYABLE, amount, merchant_id), Leg(Kind.PROVIDER, -amount)]
    return post(
        platform_id=platform_id, kind="payout", reference=reference, currency=currency, legs=legs, now=now
    )


@transaction.atomic(savepoint=False)
def post(
    *, platform_id: int, kind: str, reference: str, currency: str, legs: list[Leg], now: datetime
) -> int:
    """Write one journal with all its legs in one statement and answer its id; legs of nothing are left out.

    Refuses, as our own fault, legs that do not sum to zero.
    """
    if sum(leg.amount for leg in legs) != 0:
        raise BrokenInvariant(f"the legs of {kind} {reference} do not sum to zero: {legs}")
    merged = _merged(legs)
    values = {
        "platform": platform_id,
        "kind": kind,
        "reference": reference,
        "currency": currency,
        "now": now,
        "kinds": [account.kind.value for account in merged],
        "merchants": [account.merchant_id for account in merged],
        "partners": [account.partner_id for account in merged],
        "amounts": list(merged.values()),
    }
    rows = statements.run(_POST, values) or statements.run(_POSTED, values)
    if (
        not rows
    ):  # an account is still to be opened; whoever opened it meanwhile may have posted this very fact
        statements.run(_OPEN_ACCOUNTS, values)
        rows = statements.run(_POST, values) or statements.run(_POSTED, values)
    return int(rows[0][0])


@dataclass(frozen=True)
class _Named:
    kind: Account.Kind
    merchant_id: int | None
    partner_id: int | None


def _merged(legs: list[Leg]) -> dict[_Named, int]:
    """Sum the legs by account; accounts that nothing is left for are left out."""
    amounts: dict[_Named, int] = {}
    for leg in legs:
        account = _Named(leg.kind, leg.merchant_id, leg.partner_id)
        amounts[account] = amounts.get(account, 0) + leg.amount
    return {account: amount for account, amount in amounts.items() if amount}


_LEGS = """
with legs as (
  select * from unnest(%(kinds)s::text[], %(merchants)s::bigint[], %(partners)s::bigint[], %(amounts)s::bigint[])
    as l (kind, merchant_id, partner_id, amount)
)"""

# The unique index answers each of the three kinds of account; one join with "is not distinct from" could not use it.
_POST = f"""
{_LEGS}, found as (
  select a.id, l.amount from legs l join ledger_account a
    on a.platform_id = %(platform)s and a.currency = %(currency)s and a.kind = l.kind
    and a.merchant_id is null and a.partner_id is null
  where l.merchant_id is null and l.partner_id is null
  union all
  select a.id, l.amount from legs l join ledger_account a
    on a.platform_id = %(platform)s and a.currency = %(currency)s and a.kind = l.kind
    and a.merchant_id = l.merchant_id and a.partner_id is null
  where l.merchant_id is not null and l.partner_id is null
  union all
  select a.id, l.amount from legs l join ledger_account a
    on a.platform_id = %(platform)s and a.currency = %(currency)s and a.kind = l.kind
    and a.merchant_id is null and a.partner_id = l.partner_id
  where l.merchant_id is null and l.partner_id is not null
), journal as (
  insert into ledger_journalentry (platform_id, kind, reference, posted_at)
  select %(platform)s, %(kind)s, %(reference)s, %(now)s
  where (select count(*) from found) = (select count(*) from legs)
  on conflict do nothing
  returning id
), entries as (
  insert into ledger_ledgerentry (platform_id, journal_id, account_id, currency, amount)
  select %(platform)s, journal.id, found.id, %(currency)s, found.amount from journal, found
)
select id from journal
"""  # noqa: S608 - our own text

_POSTED = """
select id from ledger_journalentry
where platform_id = %(platform)s and kind = %(kind)s and reference = %(reference)s
"""

_OPEN_ACCOUNTS = f"""
{_LEGS}
insert into ledger_account (platform_id, kind, merchant_id, partner_id, currency)
select %(platform)s, kind, merchant_id, partner_id, %(currency)s from legs
order by kind, merchant_id, partner_id
on conflict do nothing
"""  # noqa: S608 - our own text
