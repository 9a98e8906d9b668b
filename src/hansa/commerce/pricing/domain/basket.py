"""What goes into a price and what comes out of it. Amounts are minor units of the basket's one currency."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.commerce.pricing.domain.tax import STANDARD, TaxSum
from hansa.commerce.promotions.domain import Kind
from hansa.kernel.errors import InvalidInput

FREE_DELIVERY_FROM = 3_500  # minor units; below it the flat fee applies
DELIVERY_FEE = 490


@dataclass(frozen=True, slots=True)
class WantedLine:
    """What is asked for: so many of a listing at the price of one, before promotions.

    ``list_price`` is what the listing costs everybody, ``unit_price`` what it costs this buyer in this quantity.
    The three fields on reductions are filled in by the price: the coupon's promotion, else the largest one.
    """

    listing_id: int
    offer_id: int
    merchant_id: int
    title: str
    quantity: int
    unit_price: int
    reduction_bp: int = 0
    reduction_name: str = ""
    paid_by_platform: bool = False
    list_price: int = 0
    tax_class: str = STANDARD
    category_ids: tuple[int, ...] = ()  # its own, then the one above

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise InvalidInput(f"{self.title}: the quantity must be at least 1, not {self.quantity}")
        if self.unit_price < 1:
            raise InvalidInput(f"{self.title}: the price must be positive")


@dataclass(frozen=True, slots=True)
class Applied:
    """What one promotion took off a line (or off the delivery), and who pays it; ``units`` is how many it was for."""

    promotion_id: int
    name: str
    kind: Kind
    amount: int
    platform_part: int
    units: int
    needs_coupon: bool = False

    @property
    def merchant_part(self) -> int:
        return self.amount - self.platform_part


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """What a line costs. ``tax`` is contained in ``total`` where prices are gross, and comes on top where they are net."""

    wanted: WantedLine
    discount: int
    platform_discount: int
    total: int
    applied: tuple[Applied, ...] = ()
    tax_bp: int = 0
    tax: int = 0

    @property
    def merchant_discount(self) -> int:
        return self.discount - self.platform_discount


@dataclass(frozen=True, slots=True)
class Quote:
    """What a basket costs. ``tax_added`` is the tax on top of net prices; ``taxes`` reports each rate with its base."""

    currency: str
    lines: tuple[QuotedLine, ...]
    items_total: int
    delivery_fee: int
    grand_total: int
    delivery_discounts: tuple[Applied, ...] = ()
    taxes: tuple[TaxSum, ...] = ()
    tax_added: int = 0

    @property
    def tax_total(self) -> int:
        """All tax, contained and on top."""
        return sum(each.amount for each in self.taxes)

    @property
    def tax_included(self) -> int:
        """The tax that the prices contain."""
        return self.tax_total - self.tax_added

    @property
    def delivery_tax(self) -> int:
        """The delivery fee's part of all tax."""
        return self.tax_total - sum(line.tax for line in self.lines)

    def discount_of(self, promotion_id: int) -> int:
        """What a promotion takes off this basket, goods and delivery together; 0 where it does not apply."""
        own = [each for line in self.lines for each in line.applied] + list(self.delivery_discounts)
        return sum(each.amount for each in own if each.promotion_id == promotion_id)

    def flash_units(self) -> dict[tuple[int, int], int]:
        """Units to be claimed from flash sales: (promotion id, offer id) to units."""
        return {
            (each.promotion_id, line.wanted.offer_id): each.units
            for line in self.lines
            for each in line.applied
            if each.kind is Kind.FLASH
        }
