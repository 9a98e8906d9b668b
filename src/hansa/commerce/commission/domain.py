"""What a platform keeps of each line of a sale, by rules. Pure.

The rule of a line is the one that fits it with the highest priority; among those the most exact (merchant, then the
deepest category, then a band of prices), then the newest. Lines of one merchant under one rule are reckoned together
and the sum is divided by largest remainder, so that a basket does not pay more for being cut into lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import share_of, split

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """What the platform keeps: ``rate_bp`` of what the goods are worth and ``fixed_fee`` a unit, at least ``minimum`` a line.

    None fits everything. ``from_price`` and ``below_price`` are of one unit; ``valid_until`` is not included.
    ``tax_bp`` is asked on top of the commission, for the treasury.
    """

    id: int | None
    rate_bp: int
    fixed_fee: int = 0
    minimum: int = 0
    tax_bp: int = 0
    priority: int = 0
    merchant_id: int | None = None
    category_id: int | None = None
    from_price: int | None = None
    below_price: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rate_bp <= WHOLE_BP:
            raise InvalidInput(f"a commission is 0 to {WHOLE_BP} basis points, not {self.rate_bp}")
        if min(self.fixed_fee, self.minimum, self.tax_bp) < 0:
            raise InvalidInput("fees, minimum and tax of a commission are not negative")
        if (
            self.from_price is not None
            and self.below_price is not None
            and self.below_price <= self.from_price
        ):
            raise InvalidInput("a band of prices ends above where it begins")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sale. ``base`` is what the merchant's goods are worth: paid, plus the platform's discount.

    Tax that the prices contain is in it, tax that comes on top of them is not. ``category_ids`` go from the good's own category up to the root.
    """

    merchant_id: int
    category_ids: Sequence[int]
    unit_price: int
    quantity: int
    base: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What the platform keeps of a line, and the tax on it; never more than the line is worth together."""

    rule_id: int | None
    base: int
    commission: int
    tax: int

    @property
    def owed(self) -> int:
        """What is left for the merchant."""
        return self.base - self.commission - self.tax


def commission_of(
    lines: Sequence[Line], rules: Sequence[Rule], at: datetime, *, default_bp: int
) -> list[Charge]:
    """What the platform keeps of each line; ``default_bp`` where no rule fits.

    Guarantees: one charge a line, in order; 0 <= commission, 0 <= tax, commission + tax <= base; the same lines and
    rules give the same charges; without rules the charges of a merchant's lines sum to its rate of their sum.
    """
    default = Rule(None, default_bp)
    chosen = [_rule_of(line, rules, at) or default for line in lines]
    charges: dict[int, Charge] = {}
    for merchant_id, rule in dict.fromkeys(zip((line.merchant_id for line in lines), chosen, strict=True)):
        own = [
            place
            for place, line in enumerate(lines)
            if line.merchant_id == merchant_id and chosen[place] is rule
        ]
        shares = _shares([lines[place].base for place in own], rule.rate_bp)
        for place, share in zip(own, shares, strict=True):
            charges[place] = _charge(lines[place], rule, share)
    return [charges[place] for place in range(len(lines))]


def reversal_of(charge: Charge, *, total: int, before: int, now: int) -> tuple[int, int]:
    """Commission and tax that go back with ``now`` of a line's total, after ``before`` went back already.

    Rounded on the sum so far: parts that make up the whole undo the charge to the cent.
    """
    if not 0 <= before <= before + now <= total:
        raise InvalidInput(f"{now} cannot go back of {total}, of which {before} went back before")
    return (
        _so_far(charge.commission, before + now, total) - _so_far(charge.commission, before, total),
        _so_far(charge.tax, before + now, total) - _so_far(charge.tax, before, total),
    )


def _rule_of(line: Line, rules: Sequence[Rule], at: datetime) -> Rule | None:
    fitting = [rule for rule in rules if _fits(rule, line, at)]
    return max(fitting, key=lambda rule: _rank(rule, line), default=None)


def _fits(rule: Rule, line: Line, at: datetime) -> bool:
    return (
        rule.merchant_id in {None, line.merchant_id}
        and (rule.category_id is None or rule.category_id in line.category_ids)
        and (rule.from_price is None or line.unit_price >= rule.from_price)
        and (rule.below_price is None or line.unit_price < rule.below_price)
        and (rule.valid_from is None or at >= rule.valid_from)
        and (rule.valid_until is None or at < rule.valid_until)
    )


def _rank(rule: Rule, line: Line) -> tuple[int, bool, int, bool, int]:
    depth = (
        -line.category_ids.index(rule.category_id)
        if rule.category_id is not None
        else -len(line.category_ids)
    )
    has_band = rule.from_price is not None or rule.below_price is not None
    return (rule.priority, rule.merchant_id is not None, depth, has_band, rule.id or 0)


def _shares(bases: Sequence[int], rate_bp: int) -> list[int]:
    return split(share_of(sum(bases), rate_bp), bases) if sum(bases) else [0] * len(bases)


def _charge(line: Line, rule: Rule, share: int) -> Charge:
    wanted = max(share + rule.fixed_fee * line.quantity, rule.minimum)
    commission = min(wanted, line.base)
    tax = min(share_of(commission, rule.tax_bp), line.base - commission)
    return Charge(rule.id, line.base, commission, tax)


def _so_far(whole: int, gone: int, of: int) -> int:
    return whole * gone // of if of else 0
