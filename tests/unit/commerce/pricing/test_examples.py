"""The worked examples of docs/explanation/pricing.md are what the code answers, and what else is worked out by hand."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hansa.commerce.pricing.domain import PriceTag, RateTable, TaxRules, WantedLine, price_of, quote_total
from hansa.commerce.pricing.domain.tax import Rate, Rounding, UnknownRate, taxes_of
from hansa.commerce.promotions import domain
from hansa.commerce.promotions.domain import GroupState, Kind, Rule, Tier, group_state
from hansa.kernel.errors import InvalidInput

PAGE = Path(__file__).parents[4] / "docs/explanation/pricing.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_a_worked_example_holds(number: int) -> None:
    place: dict[str, object] = {}

    for example in EXAMPLES[: number + 1]:  # each builds on the ones above it
        exec(compile(example, str(PAGE), "exec"), place)


def test_there_are_worked_examples() -> None:
    assert len(EXAMPLES) >= 6
    assert all("assert" in each for each in EXAMPLES)


@pytest.mark.parametrize(
    ("quantity", "currency", "price"),
    [
        (1, "EUR", 450),  # the list for this buyer's group before the one for everybody
        (10, "EUR", 400),  # the quantity step that is reached
        (1, "CNY", 3_600),
        (1, "USD", None),
    ],
)
def test_the_most_special_price_holds_and_nothing_is_converted(
    quantity: int, currency: str, price: int | None
) -> None:
    tags = [
        PriceTag(1, 100, 480, "EUR"),
        PriceTag(2, 100, 450, "EUR", for_group=True),
        PriceTag(2, 100, 400, "EUR", min_quantity=10, for_group=True),
        PriceTag(3, 100, 3_600, "CNY"),
    ]

    assert price_of(tags, quantity=quantity, currency=currency, own_price=500, own_currency="EUR") == price


def test_without_a_price_list_the_listings_own_price_holds() -> None:
    assert price_of([], quantity=1, currency="EUR", own_price=500, own_currency="EUR") == 500


def test_rates_hold_from_their_first_day() -> None:
    table = RateTable()

    by_day = [
        table.rates(country="DE", on=date(2020, month, day))["standard"]
        for month, day in [(6, 30), (7, 1), (12, 31)]
    ]

    assert [*by_day, table.rates(country="DE", on=date(2021, 1, 1))["standard"]] == [
        1_900,
        1_600,
        1_600,
        1_900,
    ]
    with pytest.raises(UnknownRate, match="no tax rate is known for US"):
        table.rates(country="US", on=date(2026, 1, 1))
    assert RateTable([Rate("XX", "standard", 500, date(2026, 1, 1))]).countries() == ["XX"]


def test_tax_is_rounded_on_each_line_or_once_on_the_sum() -> None:
    amounts = [(103, 1_900)] * 3  # 16.445 each, 49.336 together

    assert taxes_of(amounts, TaxRules("DE")) == [16, 16, 16]
    assert taxes_of(amounts, TaxRules("DE", rounding=Rounding.TOTAL)) == [17, 16, 16]


def test_a_listing_that_comes_twice_is_refused() -> None:
    tea = WantedLine(1, 101, 1, "Tea", 1, 500)

    with pytest.raises(InvalidInput, match="stands in a basket once"):
        quote_total([tea, tea], currency="EUR")


@pytest.mark.parametrize(
    "rule",
    [
        Rule(1, " ", Kind.PERCENT, percent_bp=1_000),
        Rule(1, "a", Kind.PERCENT, percent_bp=0),
        Rule(1, "a", Kind.FLASH, percent_bp=9_001),
        Rule(1, "a", Kind.AMOUNT),
        Rule(1, "a", Kind.BUY_X_GET_Y, buy=1),
        Rule(1, "a", Kind.BUNDLE, amount=500, covers={1: 1}),
        Rule(1, "a", Kind.TIERED),
        Rule(1, "a", Kind.TIERED, tiers=(Tier(3, 1_000), Tier(2, 2_000))),
        Rule(1, "a", Kind.TIERED, tiers=(Tier(2, 2_000), Tier(3, 1_000))),
        Rule(1, "a", Kind.PERCENT, percent_bp=1_000, cap=0),
        Rule(1, "a", Kind.PERCENT, percent_bp=1_000, platform_share_bp=10_001),
    ],
)
def test_a_promotion_that_could_not_be_priced_is_refused(rule: Rule) -> None:
    with pytest.raises(InvalidInput):
        domain.check(rule)


@pytest.mark.parametrize(
    ("state", "held", "minutes", "then"),
    [
        (GroupState.OPEN, 1, -1, GroupState.OPEN),
        (GroupState.OPEN, 2, -1, GroupState.FORMED),
        (GroupState.OPEN, 1, 0, GroupState.FAILED),
        (GroupState.OPEN, 2, 5, GroupState.FORMED),  # the last one came in time, the look at it late
        (GroupState.FORMED, 1, 5, GroupState.FORMED),
        (GroupState.FAILED, 2, -1, GroupState.FAILED),
    ],
)
def test_a_group_forms_with_enough_buyers_and_fails_at_its_deadline(
    state: GroupState, held: int, minutes: int, then: GroupState
) -> None:
    now = NOON + timedelta(minutes=minutes)

    assert group_state(state, held=held, needed=2, deadline=NOON, now=now) is then
