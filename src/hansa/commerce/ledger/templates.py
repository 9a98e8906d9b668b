"""The posting templates: what each business fact does to the books, as legs that sum to zero for all amounts.

Pure and linear: amounts are only added and subtracted, so that a solver can prove the promise (see the tests of the
ledger). `services.post` merges the legs by account and leaves out those of nothing. How an amount is divided between
several is decided before, by `kernel.money.split`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hansa.commerce.ledger.services import Kind, Leg
from hansa.kernel.money import split

HELD_BY_PEOPLE = (Kind.GIFT_CARD, Kind.STORE_CREDIT, Kind.POINTS)


@dataclass(frozen=True)
class Share:
    """One merchant's part of a purchase, or of what is given back of it; minor units."""

    merchant_id: int
    paid: int  # what the buyer paid for this merchant's goods
    platform_discount: int  # what the platform adds, because it gave that discount
    commission: int  # what the platform keeps
    tax_on_commission: int = 0  # what the platform keeps for the treasury

    @property
    def owed(self) -> int:
        """What the merchant is owed for it."""
        return self.paid + self.platform_discount - self.commission - self.tax_on_commission


def capture(shares: Sequence[Share], *, delivery_fee: int, tendered: int = 0, tax: int = 0) -> list[Leg]:
    """Money taken from a buyer: the merchants are owed their share, the platform earns the rest.

    ``tendered`` is the part that was paid from gift cards, credit and points; the provider took the other.
    ``tax`` came on top of prices without tax, and is the treasury's.
    """
    legs = [
        Leg(Kind.PROVIDER, sum(share.paid for share in shares) + delivery_fee + tax - tendered),
        Leg(Kind.TENDER, tendered),
        Leg(Kind.DELIVERY, -delivery_fee),
        Leg(Kind.TAX_COLLECTED, -tax),
    ]
    return legs + _earned(shares)


def refund(shares: Sequence[Share], *, delivery_fee: int, tendered: int = 0, tax: int = 0) -> list[Leg]:
    """Money given back, whole or for some lines: the capture of these shares with every sign turned."""
    return turned(capture(shares, delivery_fee=delivery_fee, tendered=tendered, tax=tax))


def refund_as_credit(shares: Sequence[Share], *, delivery_fee: int, tax: int = 0) -> list[Leg]:
    """The same, but nothing leaves the provider: the buyer is owed store credit for it."""
    amount = sum(share.paid for share in shares) + delivery_fee + tax
    legs = [Leg(Kind.STORE_CREDIT, -amount), Leg(Kind.DELIVERY, delivery_fee), Leg(Kind.TAX_COLLECTED, tax)]
    return legs + turned(_earned(shares))


def gift_card_sold(amount: int) -> list[Leg]:
    """A gift card is sold: money at the provider, owed to whoever holds the card."""
    return [Leg(Kind.PROVIDER, amount), Leg(Kind.GIFT_CARD, -amount)]


def given(kind: Kind, worth: int) -> list[Leg]:
    """The platform gives a card, credit or points: a cost, and owed to the holder."""
    return [Leg(Kind.GOODWILL, worth), Leg(kind, -worth)]


def tendered(kind: Kind, worth: int) -> list[Leg]:
    """A purchase is paid from a card, credit or points: less is owed to the holder, and the capture will take it."""
    return [Leg(kind, worth), Leg(Kind.TENDER, -worth)]


def tender_returned(kind: Kind, worth: int) -> list[Leg]:
    """The purchase came to nothing, or was given back: it is owed to the holder again."""
    return turned(tendered(kind, worth))


def expired(kind: Kind, worth: int) -> list[Leg]:
    """A card, credit or points run out of time: what was owed to the holder is earned."""
    return [Leg(kind, worth), Leg(Kind.BREAKAGE, -worth)]


def dispute_opened(amount: int) -> list[Leg]:
    """The provider takes the disputed amount out of our money until it is decided."""
    return [Leg(Kind.DISPUTED, amount), Leg(Kind.PROVIDER, -amount)]


def dispute_won(amount: int) -> list[Leg]:
    """The provider gives it back."""
    return turned(dispute_opened(amount))


def dispute_lost(
    shares: Sequence[Share], *, delivery_fee: int, tax: int = 0, borne_by_platform: int = 0, fee: int = 0
) -> list[Leg]:
    """The money is gone, and who was owed it bears it, as a refund would be borne.

    ``borne_by_platform`` is what no merchant owes, having been given back before; ``fee`` is what the provider asks.
    """
    gone = sum(share.paid for share in shares) + delivery_fee + tax + borne_by_platform
    legs = [
        Leg(Kind.DISPUTED, -gone),
        Leg(Kind.DELIVERY, delivery_fee),
        Leg(Kind.TAX_COLLECTED, tax),
        Leg(Kind.DISPUTE_LOSSES, borne_by_platform),
        Leg(Kind.DISPUTE_FEES, fee),
        Leg(Kind.PROVIDER, -fee),
    ]
    return legs + turned(_earned(shares))


def payout(merchant_id: int, amount: int) -> list[Leg]:
    """A payout is made up: what was owed is set apart."""
    return [Leg(Kind.PAYABLE, amount, merchant_id), Leg(Kind.IN_PAYOUT, -amount, merchant_id)]


def payout_released(merchant_id: int, amount: int) -> list[Leg]:
    """A payout was called off: what was set apart is owed again."""
    return turned(payout(merchant_id, amount))


def payout_sent(merchant_id: int, amount: int, *, fee: int = 0) -> list[Leg]:
    """The bank has carried a payout over, for a fee that the platform bears."""
    return [
        Leg(Kind.IN_PAYOUT, amount, merchant_id),
        Leg(Kind.BANK_FEES, fee),
        Leg(Kind.PROVIDER, -amount - fee),
    ]


def payout_returned(merchant_id: int, amount: int) -> list[Leg]:
    """The merchant's bank sent a payout back: it is owed again, and the next payout takes it along."""
    return [Leg(Kind.PROVIDER, amount), Leg(Kind.PAYABLE, -amount, merchant_id)]


def clawed_back(merchant_id: int, amount: int) -> list[Leg]:
    """A merchant who owes us has paid it into the bank."""
    return [Leg(Kind.BANK, amount), Leg(Kind.PAYABLE, -amount, merchant_id)]


def correction(merchant_id: int, amount: int, *, against: Kind) -> list[Leg]:
    """The merchant is owed this much more (or less), at the cost of one of the platform's accounts."""
    return [Leg(Kind.PAYABLE, -amount, merchant_id), Leg(against, amount)]


def partner_sale_at_seller(*, fee: int, owed: int, fulfiller_id: int) -> list[Leg]:
    """We sold what another platform delivers: its part is owed to it, the finder's fee is ours."""
    return [
        Leg(Kind.PROVIDER, fee + owed),
        Leg(Kind.COMMISSION, -fee),
        Leg(Kind.ALLIANCE, -owed, partner_id=fulfiller_id),
    ]


def partner_sale_at_fulfiller(shares: Sequence[Share], *, delivery_fee: int, seller_id: int) -> list[Leg]:
    """Another platform sold what we deliver: it owes us what the buyer paid there, less its fee, and we our merchants."""
    legs = [
        Leg(Kind.ALLIANCE, sum(share.paid for share in shares) + delivery_fee, partner_id=seller_id),
        Leg(Kind.DELIVERY, -delivery_fee),
    ]
    return legs + _earned(shares)


def partner_payment(amount: int, *, partner_id: int) -> list[Leg]:
    """What was open with another platform is paid to it (or by it, when negative)."""
    return [Leg(Kind.ALLIANCE, amount, partner_id=partner_id), Leg(Kind.BANK, -amount)]


def turned(legs: Sequence[Leg]) -> list[Leg]:
    """The same legs with every sign turned."""
    return [Leg(leg.kind, -leg.amount, leg.merchant_id, leg.partner_id) for leg in legs]


def part_of(share: Share, paid: int, *, before: int = 0) -> Share:
    """The part of a share that goes with ``paid`` of what the buyer paid, after ``before`` went the same way.

    Commission, tax and discount go in proportion. Each is rounded on the sum so far, so that parts that make up the
    whole undo it to the cent, however it was cut.
    """
    return Share(
        share.merchant_id,
        paid,
        *(
            _so_far(whole, before + paid, share.paid) - _so_far(whole, before, share.paid)
            for whole in (share.platform_discount, share.commission, share.tax_on_commission)
        ),
    )


def parts_of(
    shares: Sequence[Share], delivery_fee: int, tax: int, amount: int, *, before: Sequence[int]
) -> tuple[list[Share], int, int]:
    """Divide an amount of what is left of a purchase between merchants, delivery fee and tax, in proportion.

    ``before`` is what went the same way already, by share; fee and tax come as they are left.
    """
    left = [share.paid - gone for share, gone in zip(shares, before, strict=True)]
    *parts, fee, treasury = split(amount, [*left, delivery_fee, tax])
    cut = zip(shares, parts, before, strict=True)
    return [part_of(share, part, before=gone) for share, part, gone in cut], fee, treasury


def _earned(shares: Sequence[Share]) -> list[Leg]:
    """What a sale makes the platform owe and earn; with what the buyers paid for the goods it sums to zero."""
    return [
        leg
        for share in shares
        for leg in (
            Leg(Kind.PAYABLE, -share.owed, share.merchant_id),
            Leg(Kind.COMMISSION, -share.commission),
            Leg(Kind.TAX_ON_COMMISSION, -share.tax_on_commission),
            Leg(Kind.PROMOTION, share.platform_discount),
        )
    ]


def _so_far(whole: int, gone: int, of: int) -> int:
    return whole * gone // of if of else 0
