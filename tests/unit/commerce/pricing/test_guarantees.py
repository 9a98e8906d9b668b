"""What the price of a basket promises, over baskets and promotions drawn at random."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.commerce.pricing.domain import Quote, TaxRules, WantedLine, quote_total
from hansa.commerce.pricing.domain.tax import Rounding
from hansa.commerce.promotions.domain import Kind, Rule, Tier

RATES = {"standard": 1_900, "reduced": 700, "zero": 0}
STEADY = [Kind.PERCENT, Kind.FLASH, Kind.AMOUNT, Kind.FREE_DELIVERY]


def line(listing: int, quantity: int, price: int, tax_class: str = "standard") -> WantedLine:
    return WantedLine(
        listing, listing + 100, 1 + listing % 2, f"good {listing}", quantity, price, tax_class=tax_class
    )


@st.composite
def baskets(draw: st.DrawFn) -> list[WantedLine]:
    count = draw(st.integers(1, 4))
    return [
        line(
            number,
            draw(st.integers(1, 9)),
            draw(st.integers(1, 5_000)),
            draw(st.sampled_from(["standard", "reduced", "zero"])),
        )
        for number in range(1, count + 1)
    ]


@st.composite
def rule(draw: st.DrawFn, kinds: Sequence[Kind], number: int, *, plain: bool = False) -> Rule:
    kind = draw(st.sampled_from(kinds))
    offers = draw(st.sets(st.integers(101, 104), min_size=1))
    covers = (
        None
        if kind is not Kind.BUNDLE and draw(st.booleans())
        else {offer: draw(st.integers(1, 2)) for offer in sorted(offers)}
    )
    first, second = draw(st.integers(100, 4_000)), draw(st.integers(4_001, 9_000))
    return Rule(
        promotion_id=number,
        name=f"promotion {number}",
        kind=kind,
        platform_share_bp=draw(st.sampled_from([0, 3_333, 5_000, 10_000])),
        merchant_id=draw(st.sampled_from([None, 1, 2])),
        priority=draw(st.integers(1, 3)),
        stacks=draw(st.booleans()),
        percent_bp=draw(st.integers(1, 9_000))
        if kind is not Kind.BUY_X_GET_Y
        else draw(st.integers(1, 10_000)),
        amount=draw(st.integers(1, 6_000)),
        buy=draw(st.integers(1, 3)),
        get=draw(st.integers(1, 2)),
        tiers=(Tier(2, first), Tier(draw(st.integers(3, 6)), second)) if kind is Kind.TIERED else (),
        min_spend=0 if plain else draw(st.sampled_from([0, 0, 2_000])),
        cap=None if plain else draw(st.sampled_from([None, None, 150])),
        parts=len(covers or {}),
        covers=covers,
        left={offer: draw(st.integers(0, 4)) for offer in range(101, 105)},
    )


@st.composite
def promotions(draw: st.DrawFn, kinds: Sequence[Kind] = tuple(Kind), *, plain: bool = False) -> list[Rule]:
    return [draw(rule(kinds, number, plain=plain)) for number in range(1, draw(st.integers(0, 4)) + 1)]


def priced(basket: Sequence[WantedLine], rules: Sequence[Rule]) -> Quote:
    return quote_total(basket, currency="EUR", rules=rules)


@settings(max_examples=120, deadline=None)
@given(baskets(), promotions())
def test_everything_adds_up_and_nothing_is_negative(basket: list[WantedLine], rules: list[Rule]) -> None:
    quote = priced(basket, rules)

    assert quote.items_total == sum(each.total for each in quote.lines)
    assert quote.grand_total == quote.items_total + quote.delivery_fee
    assert 0 <= quote.delivery_fee <= 490
    for before, after in zip(basket, quote.lines, strict=True):
        assert after.wanted.listing_id == before.listing_id
        assert after.total == before.quantity * before.unit_price - after.discount
        assert after.total >= 0


@settings(max_examples=120, deadline=None)
@given(baskets(), promotions())
def test_who_pays_each_discount_is_kept_to_the_last_unit(basket: list[WantedLine], rules: list[Rule]) -> None:
    quote = priced(basket, rules)

    for each in quote.lines:
        assert each.discount == sum(cut.amount for cut in each.applied)
        assert each.platform_discount == sum(cut.platform_part for cut in each.applied)
        assert all(cut.amount > 0 and 0 <= cut.platform_part <= cut.amount for cut in each.applied)
    for one in rules:
        cuts = [cut for each in quote.lines for cut in each.applied if cut.promotion_id == one.promotion_id]
        whole, platform = sum(cut.amount for cut in cuts), sum(cut.platform_part for cut in cuts)
        assert (
            abs(platform * 10_000 - whole * one.platform_share_bp) < 10_000
        )  # within one unit of the exact share
        assert one.cap is None or whole <= one.cap


@settings(max_examples=80, deadline=None)
@given(baskets(), promotions(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_of_promotions_does_not_matter(
    basket: list[WantedLine], rules: list[Rule], chance: random.Random
) -> None:
    other_basket, other_rules = chance.sample(basket, len(basket)), chance.sample(rules, len(rules))

    first, second = priced(basket, rules), priced(other_basket, other_rules)

    assert sorted(first.lines, key=lambda each: each.wanted.listing_id) == sorted(
        second.lines, key=lambda each: each.wanted.listing_id
    )
    assert first.grand_total == second.grand_total


@settings(max_examples=150, deadline=None)
@given(baskets(), promotions(), st.integers(0, 3))
def test_another_unit_never_raises_the_goods_by_more_than_its_price(
    basket: list[WantedLine], rules: list[Rule], place: int
) -> None:
    place %= len(basket)
    more = list(basket)
    more[place] = replace(basket[place], quantity=basket[place].quantity + 1)

    before, after = priced(basket, rules), priced(more, rules)

    assert after.items_total <= before.items_total + basket[place].unit_price


@settings(max_examples=150, deadline=None)
@given(baskets(), promotions(STEADY, plain=True), st.integers(0, 3))
def test_another_unit_never_lowers_the_goods_without_thresholds(
    basket: list[WantedLine], rules: list[Rule], place: int
) -> None:
    place %= len(basket)
    more = list(basket)
    more[place] = replace(basket[place], quantity=basket[place].quantity + 1)

    before, after = priced(basket, rules), priced(more, rules)

    assert after.items_total >= before.items_total


@settings(max_examples=80, deadline=None)
@given(baskets(), promotions(), st.booleans(), st.sampled_from(list(Rounding)))
def test_tax_is_the_sum_of_its_lines_and_comes_on_top_only_of_net_prices(
    basket: list[WantedLine], rules: list[Rule], included: bool, rounding: Rounding
) -> None:
    bare = priced(basket, rules)

    taxed = quote_total(
        basket, currency="EUR", rules=rules, tax=TaxRules("DE", included, rounding), rates=RATES
    )

    assert taxed.items_total == bare.items_total
    assert taxed.grand_total == bare.grand_total + (0 if included else taxed.tax_total)
    assert sum(each.base for each in taxed.taxes) == taxed.items_total + taxed.delivery_fee
    assert sum(each.tax for each in taxed.lines) <= taxed.tax_total
    for each in taxed.taxes:
        exact = each.base * each.rate_bp / ((10_000 + each.rate_bp) if included else 10_000)
        lines = 1 if rounding is Rounding.TOTAL else len(basket) + 1
        assert abs(each.amount - exact) <= 0.5 * lines + 1e-6
