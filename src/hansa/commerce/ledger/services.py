"""Writing the books. What a fact does to them is said by `templates`, whose legs are zero-sum by construction.

Money comes in as minor units; debit is positive. A fact is posted once: the journal's kind and
reference are unique, and posting it again returns the journal that is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hansa.commerce.ledger.models import Account
from hansa.foundation import statements
from hansa.foundation.statements import Later
from hansa.kernel.errors import BrokenInvariant

Kind = Account.Kind


@dataclass(frozen=True)
class Leg:
    """One side of a posting: an account named by what it is, and a signed amount."""

    kind: Account.Kind
    amount: int
    merchant_id: int | None = None
    partner_id: int | None = None


def post(
    *, platform_id: int, kind: str, reference: str, currency: str, legs: list[Leg], now: datetime
) -> Later[int]:
    """Write one journal with all its legs in one statement; its id comes later. Legs of nothing are left out.

    Refuses, as our own fault, legs that do not sum to zero.
    """
    if sum(leg.amount for leg in legs) != 0:
        raise BrokenInvariant(f"the legs of {kind} {reference} do not sum to zero: {legs}")
    merged = _merged(legs)
    return statements.send(
        _POST,
        [
            platform_id,
            kind,
            reference,
            currency,
            [account.kind.value for account in merged],
            [account.merchant_id for account in merged],
            [account.partner_id for account in merged],
            list(merged.values()),
            now,
        ],
        lambda rows: int(rows[0][0]),
    )


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


_POST = """
select ledger_post(
  %s::bigint, %s::text, %s::text, %s::text, %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz)
"""
