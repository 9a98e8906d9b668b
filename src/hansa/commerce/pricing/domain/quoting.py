"""The pricing algorithm. Pure; the order of lines and of rules never matters.

1. Each line alone: the best of one exclusive promotion and of all stackable ones, each on what the one before left.
2. The basket: stackable promotions that look at several lines, have a cap or ask for a smallest purchase, in the
   order of priority, on what is left. One exclusive such promotion is taken instead of all that step 1 and 2 gave
   its goods, when the buyer gains by it.
3. Delivery, then tax.

Guarantees (docs/explanation/pricing.md has worked examples):
lines, items' total and grand total add up; no line falls below nothing; every discount is paid by platform and
merchants to the last unit; another unit of a good never raises the goods' total by more than its own price; with
per cent, flash sales and amounts off without a smallest purchase it never lowers it either; ties go to the smaller (priority, id).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hansa.commerce.pricing.domain.basket import (
    DELIVERY_FEE,
    FREE_DELIVERY_FROM,
    Applied,
    Quote,
    QuotedLine,
    WantedLine,
)
from hansa.commerce.pricing.domain.tax import STANDARD, TaxRules, sums_of, taxes_of
from hansa.commerce.promotions.domain import WHOLE, Kind, Rule
from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import share_of, split


@dataclass(slots=True)
class _Line:
    """A line while it is priced: what is left to pay, and what each rule took off for how many units."""

    wanted: WantedLine
    rest: int
    cuts: list[tuple[Rule, int, int]]

    def copy(self) -> _Line:
        return _Line(self.wanted, self.rest, list(self.cuts))

    def take(self, rule: Rule, amount: int, units: int) -> None:
        amount = min(amount, self.rest)
        if amount > 0:
            self.rest -= amount
            self.cuts.append((rule, amount, units))


def quote_total(
    wanted: Sequence[WantedLine],
    *,
    currency: str,
    rules: Sequence[Rule] = (),
    with_delivery: bool = True,
    tax: TaxRules | None = None,
    rates: Mapping[str, int] | None = None,
) -> Quote:
    """Price a basket; the lines come back in the order given, and the empty basket costs nothing.

    ``rates`` is tax class to basis points, needed where ``tax`` is given. Refuses a listing that comes twice.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place].listing_id)
    lines = [_Line(wanted[place], wanted[place].quantity * wanted[place].unit_price, []) for place in order]
    if len({line.wanted.listing_id for line in lines}) != len(lines):
        raise InvalidInput("a listing stands in a basket once, with its whole quantity")
    ranked = sorted(rules, key=lambda rule: (rule.priority, rule.promotion_id))
    priced = _basket([_alone(line, ranked) for line in lines], ranked)
    quoted: list[QuotedLine | None] = [None] * len(wanted)
    for place, line in zip(order, _settled(priced), strict=True):
        quoted[place] = line
    done = [line for line in quoted if line is not None]
    items_total = sum(line.total for line in done)
    fee, off = _delivery(done, ranked, items_total, with_delivery=with_delivery)
    return _taxed(Quote(currency, tuple(done), items_total, fee, items_total + fee, off), tax, rates or {})


def _is_alone(rule: Rule) -> bool:
    """Whether a rule looks at one line only."""
    return (
        rule.kind in {Kind.PERCENT, Kind.FLASH, Kind.GROUP, Kind.TIERED, Kind.BUY_X_GET_Y}
        and rule.cap is None
        and not rule.min_spend
    )


def _alone(line: _Line, ranked: Sequence[Rule]) -> _Line:
    own = [rule for rule in ranked if _is_alone(rule) and _reaches(rule, line)]
    if not own:
        return line
    stacked, best = line.copy(), line
    for rule in own:
        if rule.stacks:
            stacked.take(rule, *_cut(rule, stacked))
        else:
            single = line.copy()
            single.take(rule, *_cut(rule, single))
            if single.rest < best.rest:
                best = single
    return stacked if stacked.rest < best.rest else best


def _reaches(rule: Rule, line: _Line) -> bool:
    return rule.reaches(line.wanted.offer_id, line.wanted.merchant_id)


def _cut(rule: Rule, line: _Line) -> tuple[int, int]:
    """What a rule takes off what is left of a line, and for how many units."""
    quantity = line.wanted.quantity
    if rule.kind is Kind.FLASH:
        units = min(quantity, rule.left.get(line.wanted.offer_id, 0))
        return share_of(line.rest * units // quantity, rule.percent_bp), units
    if rule.kind is Kind.BUY_X_GET_Y:
        rounds, over = divmod(quantity, rule.buy + rule.get)
        units = rounds * rule.get + max(0, over - rule.buy)
        return share_of(line.rest * units // quantity, rule.percent_bp or WHOLE), units
    if rule.kind is Kind.TIERED:
        reached = [tier.percent_bp for tier in rule.tiers if tier.from_units <= quantity]
        return share_of(line.rest, max(reached, default=0)), quantity
    return share_of(line.rest, rule.percent_bp), quantity


def _basket(lines: list[_Line], ranked: Sequence[Rule]) -> list[_Line]:
    shared = [rule for rule in ranked if not _is_alone(rule) and rule.kind is not Kind.FREE_DELIVERY]
    if not shared:
        return lines
    best = [line.copy() for line in lines]
    for rule in shared:
        if rule.stacks:
            _share(rule, best)
    for rule in shared:
        if not rule.stacks:
            other = [_bare(line) if _reaches(rule, line) else line.copy() for line in lines]
            _share(rule, other)
            if sum(line.rest for line in other) < sum(line.rest for line in best):
                best = other
    return best


def _bare(line: _Line) -> _Line:
    return _Line(line.wanted, line.wanted.quantity * line.wanted.unit_price, [])


def _share(rule: Rule, lines: list[_Line]) -> None:
    """Take a rule's discount off the lines it covers, by what is left of each, by largest remainder."""
    own = [line for line in lines if _reaches(rule, line)]
    gross = sum(line.wanted.quantity * line.wanted.unit_price for line in own)
    if not own or gross < rule.min_spend:
        return
    amount, weights, units = _discount(rule, own)
    most = [max(0, min(line.rest, weight)) for line, weight in zip(own, weights, strict=True)]
    amount = min(amount, sum(most), rule.cap if rule.cap is not None else amount)
    if amount > 0:
        for line, part, count in zip(own, split(amount, most), units, strict=True):
            line.take(rule, part, count)


def _discount(rule: Rule, own: list[_Line]) -> tuple[int, list[int], list[int]]:
    """What a rule takes off in all, the most it may take off each line, and the units it is for."""
    quantities = [line.wanted.quantity for line in own]
    if rule.kind is Kind.AMOUNT:
        return rule.amount, [line.rest for line in own], quantities
    if rule.kind is Kind.BUNDLE:
        return _bundles(rule, own)
    cuts = [_cut(rule, line) for line in own]
    return sum(cut for cut, _ in cuts), [cut for cut, _ in cuts], [units for _, units in cuts]


def _bundles(rule: Rule, own: list[_Line]) -> tuple[int, list[int], list[int]]:
    needed = [(rule.covers or {}).get(line.wanted.offer_id, 0) for line in own]
    if len(own) < max(rule.parts, 1) or not all(needed):
        return 0, [0] * len(own), [0] * len(own)
    count = min(line.wanted.quantity // units for line, units in zip(own, needed, strict=True))
    each = sum(line.wanted.unit_price * units for line, units in zip(own, needed, strict=True))
    return (
        max(0, each - rule.amount) * count,
        [line.rest for line in own],
        [units * count for units in needed],
    )


def _settled(lines: list[_Line]) -> list[QuotedLine]:
    """Say who pays each discount: each promotion's total is split between platform and merchants, then over its lines."""
    by_rule: dict[int, list[tuple[int, int, int]]] = {}
    for place, line in enumerate(lines):
        for at, (rule, amount, _) in enumerate(line.cuts):
            by_rule.setdefault(rule.promotion_id, []).append((place, at, amount))
    parts: dict[tuple[int, int], int] = {}
    for cuts in by_rule.values():
        rule = lines[cuts[0][0]].cuts[cuts[0][1]][0]
        amounts = [amount for _, _, amount in cuts]
        platform = _platform_part(rule, sum(amounts))
        for (place, at, _), part in zip(cuts, split(platform, amounts), strict=True):
            parts[place, at] = part
    return [
        _quoted(line, [parts[place, at] for at in range(len(line.cuts))]) for place, line in enumerate(lines)
    ]


def _platform_part(rule: Rule, amount: int) -> int:
    return split(amount, [rule.platform_share_bp, WHOLE - rule.platform_share_bp])[0]


def _quoted(line: _Line, platform_parts: list[int]) -> QuotedLine:
    if not line.cuts:
        return QuotedLine(line.wanted, 0, 0, line.rest)
    applied = tuple(
        Applied(rule.promotion_id, rule.name, rule.kind, amount, part, units, rule.needs_coupon)
        for (rule, amount, units), part in zip(line.cuts, platform_parts, strict=True)
    )
    named = max(line.cuts, key=lambda cut: (cut[0].needs_coupon, cut[1]))[0]
    wanted = replace(
        line.wanted,
        reduction_bp=named.percent_bp,
        reduction_name=named.name,
        paid_by_platform=named.platform_share_bp == WHOLE,
    )
    return QuotedLine(wanted, sum(each.amount for each in applied), sum(platform_parts), line.rest, applied)


def _delivery(
    lines: Sequence[QuotedLine], ranked: Sequence[Rule], items_total: int, *, with_delivery: bool
) -> tuple[int, tuple[Applied, ...]]:
    if not (with_delivery and lines and items_total < FREE_DELIVERY_FROM):
        return 0, ()
    for rule in ranked:
        if rule.kind is Kind.FREE_DELIVERY:
            own = [line for line in lines if rule.reaches(line.wanted.offer_id, line.wanted.merchant_id)]
            if own and sum(line.wanted.quantity * line.wanted.unit_price for line in own) >= rule.min_spend:
                off = min(DELIVERY_FEE, rule.cap if rule.cap is not None else DELIVERY_FEE)
                part = _platform_part(rule, off)
                given = Applied(rule.promotion_id, rule.name, rule.kind, off, part, 1, rule.needs_coupon)
                return DELIVERY_FEE - off, (given,)
    return DELIVERY_FEE, ()


def _taxed(quote: Quote, tax: TaxRules | None, rates: Mapping[str, int]) -> Quote:
    if tax is None or not quote.lines:
        return quote
    standard = rates[STANDARD]
    amounts = [(line.total, rates.get(line.wanted.tax_class, standard)) for line in quote.lines]
    if quote.delivery_fee:
        amounts.append((quote.delivery_fee, standard))
    taxes = taxes_of(amounts, tax)
    added = 0 if tax.prices_include_tax else sum(taxes)
    return replace(
        quote,
        lines=tuple(
            replace(line, tax_bp=amounts[place][1], tax=taxes[place])
            for place, line in enumerate(quote.lines)
        ),
        taxes=sums_of(amounts, taxes),
        tax_added=added,
        grand_total=quote.grand_total + added,
    )
