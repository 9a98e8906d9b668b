"""How the money of a cross-platform sale is shared. Pure.

The selling platform took the buyer's money. It keeps the finder's fee, a share of the goods, and owes the
rest to the fulfilling platform. There the fee lessens the merchant's part and the platform's commission
in proportion to what each would have had. Every sum is exact: parts of a split add up to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import share_of, split


@dataclass(frozen=True)
class Part:
    """One merchant's part of a sale as it was ordered, in minor units."""

    merchant_id: int
    items_total: int
    platform_discount: int
    commission: int
    commission_tax: int = 0


@dataclass(frozen=True)
class Share:
    """What one merchant's part comes to after the finder's fee."""

    merchant_id: int
    payable: int  # to the merchant
    commission: int  # kept by the fulfilling platform
    promotion: int  # paid by the fulfilling platform
    commission_tax: int = 0  # kept for the treasury there; no part of the fee comes out of it


@dataclass(frozen=True)
class Division:
    """A sale's money divided: ``fee`` stays with the seller, ``owed`` goes to the fulfiller."""

    total: int
    fee: int
    owed: int
    shares: Sequence[Share]


@dataclass(frozen=True)
class Netted:
    """What flows at last between two platforms; ``amount`` is never negative."""

    debtor_id: int
    creditor_id: int
    amount: int


def fee_of(items_total: int, fee_bp: int) -> int:
    """The finder's fee on goods, rounded half up; the fulfiller always keeps at least one minor unit."""
    return min(share_of(items_total, fee_bp), max(0, items_total - 1))


def divide(parts: Sequence[Part], *, delivery_fee: int, fee_bp: int) -> Division:
    """Divide a sale. Delivery belongs to who delivers; the finder's fee is on goods only."""
    if not parts:
        raise InvalidInput("a sale without goods cannot be divided")
    items_total = sum(part.items_total for part in parts)
    fee = fee_of(items_total, fee_bp)
    fees = split(fee, [part.items_total for part in parts])
    shares = [_share(part, own_fee) for part, own_fee in zip(parts, fees, strict=True)]
    total = items_total + delivery_fee
    return Division(total=total, fee=fee, owed=total - fee, shares=shares)


def net(owed: Sequence[tuple[int, int, int]], *, between: tuple[int, int]) -> Netted:
    """Net debts (debtor, creditor, amount) of two platforms into one payment."""
    one, two = between
    if any({debtor, creditor} != {one, two} for debtor, creditor, _ in owed):
        raise InvalidInput(f"only debts between {one} and {two} can be netted")
    balance = sum(amount if debtor == one else -amount for debtor, _, amount in owed)
    return Netted(one, two, balance) if balance >= 0 else Netted(two, one, -balance)


def _share(part: Part, fee: int) -> Share:
    payable = part.items_total + part.platform_discount - part.commission - part.commission_tax
    from_merchant, from_platform = split(fee, [payable, part.commission])
    return Share(
        part.merchant_id,
        payable - from_merchant,
        part.commission - from_platform,
        part.platform_discount,
        part.commission_tax,
    )
