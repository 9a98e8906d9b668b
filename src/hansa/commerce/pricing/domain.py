"""The price of a basket as a pure function.

Guarantees: every line's total is quantity × list price − discount; the items' total is the sum of the
lines; the grand total is items plus delivery; nothing is negative; who pays each discount is kept.
Discounts are rounded half up, once for each line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import share_of

FREE_DELIVERY_FROM = 3_500  # minor units; below it the flat fee applies
DELIVERY_FEE = 490


@dataclass(frozen=True)
class WantedLine:
    """What is asked for: so many of a listing at its list price, with its best reduction."""

    listing_id: int
    offer_id: int
    merchant_id: int
    title: str
    quantity: int
    unit_price: int
    reduction_bp: int = 0
    reduction_name: str = ""
    paid_by_platform: bool = False

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise InvalidInput(f"{self.title}: the quantity must be at least 1, not {self.quantity}")
        if self.unit_price < 1:
            raise InvalidInput(f"{self.title}: the price must be positive")
        if not 0 <= self.reduction_bp <= 9_000:
            raise InvalidInput(
                f"{self.title}: a reduction of {self.reduction_bp} basis points is out of range"
            )


@dataclass(frozen=True)
class QuotedLine:
    """What a line costs."""

    wanted: WantedLine
    discount: int
    platform_discount: int
    total: int


@dataclass(frozen=True)
class Quote:
    """What a basket costs, all in minor units of one currency."""

    currency: str
    lines: tuple[QuotedLine, ...]
    items_total: int
    delivery_fee: int
    grand_total: int


def quote_total(wanted: Sequence[WantedLine], *, currency: str, with_delivery: bool = True) -> Quote:
    """Price a basket. The empty basket costs nothing."""
    lines = tuple(_quote_line(line) for line in wanted)
    items_total = sum(line.total for line in lines)
    fee = DELIVERY_FEE if with_delivery and lines and items_total < FREE_DELIVERY_FROM else 0
    return Quote(currency, lines, items_total, fee, items_total + fee)


def _quote_line(wanted: WantedLine) -> QuotedLine:
    gross = wanted.quantity * wanted.unit_price
    discount = share_of(gross, wanted.reduction_bp)
    return QuotedLine(wanted, discount, discount if wanted.paid_by_platform else 0, gross - discount)
