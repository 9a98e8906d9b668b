"""What a buyer's dispute does to the books: templates of legs that sum to zero, for the ledger to post once it has their accounts.

Debit is positive, minor units. Accounts are named by kind: ``provider`` (money at the provider), ``disputed``
(money that the provider holds back), ``payable`` (owed to a merchant), ``commission``, ``promotion``,
``delivery`` and ``dispute_fees``. A lost dispute is borne as a refund would be: each merchant gives back what
they were owed for the disputed part, the platform its commission, its discount and its delivery fee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hansa.kernel.money import split


@dataclass(frozen=True)
class Side:
    """One leg of a posting."""

    account: str
    amount: int
    merchant_id: int | None = None


@dataclass(frozen=True)
class Share:
    """One merchant's part of the purchase, as it was captured."""

    merchant_id: int
    paid: int
    platform_discount: int
    commission: int


def opened(amount: int) -> list[Side]:
    """The provider takes the disputed amount out of our money until it is decided."""
    return [Side("disputed", amount), Side("provider", -amount)]


def won(amount: int) -> list[Side]:
    """The provider gives it back."""
    return [Side("provider", amount), Side("disputed", -amount)]


def lost(amount: int, shares: Sequence[Share], *, delivery_fee: int, fee: int = 0) -> list[Side]:
    """The money is gone: who was owed it bears it, in proportion when only a part was disputed.

    ``fee`` is what the provider asks for the dispute; the platform bears it.
    """
    paid = sum(share.paid for share in shares) + delivery_fee
    parts = split(amount, [*(share.paid for share in shares), delivery_fee])
    legs = [Side("disputed", -amount), Side("delivery", parts[-1])]
    for share, part in zip(shares, parts, strict=False):
        discount = share.platform_discount * part // share.paid if share.paid else 0
        commission = share.commission * part // share.paid if share.paid else 0
        legs += [
            Side("payable", part + discount - commission, share.merchant_id),
            Side("commission", commission),
            Side("promotion", -discount),
        ]
    if fee:
        legs += [Side("dispute_fees", fee), Side("provider", -fee)]
    assert paid >= amount, "a dispute is about what was paid"
    return [leg for leg in legs if leg.amount]
