"""Which rule holds for a line, and what it keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.commerce.commission.domain import Charge, Line, Rule, commission_of, reversal_of
from hansa.kernel.errors import InvalidInput

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEA = [30, 20, 10]  # green tea, tea, pantry


def a_line(base: int = 1_000, **more: object) -> Line:
    return Line(
        **({"merchant_id": 1, "category_ids": TEA, "unit_price": 500, "quantity": 2, "base": base} | more)
    )  # type: ignore[arg-type]


def rule_of(line: Line, *rules: Rule, at: datetime = NOON) -> int | None:
    (charge,) = commission_of([line], rules, at, default_bp=1_000)
    return charge.rule_id


def test_without_rules_a_basket_pays_the_usual_rate_of_its_sum_however_it_is_cut() -> None:
    lines = [a_line(333), a_line(333), a_line(334, merchant_id=2), a_line(5)]

    charges = commission_of(lines, [], NOON, default_bp=1_000)

    # 67.1 of merchant 1 is 67: shares of 33.25, 33.25 and 0.5, so the last cent goes to the last line
    assert [charge.commission for charge in charges] == [33, 33, 33, 1]


def test_priority_comes_first_then_merchant_then_the_deepest_category_then_the_band_then_the_newest() -> None:
    everything = Rule(1, 500)
    pantry, green = Rule(2, 600, category_id=10), Rule(3, 700, category_id=30)
    band, newer = Rule(4, 800, category_id=30, from_price=400), Rule(5, 900, category_id=30, from_price=400)
    own, strong = Rule(6, 100, merchant_id=1), Rule(7, 50, priority=1)

    winners = []
    rules: list[Rule] = []
    for rule in (everything, pantry, green, band, newer, own, strong):
        rules.insert(0, rule)
        winners.append(rule_of(a_line(), *rules))

    assert winners == [1, 2, 3, 4, 5, 6, 7]


def test_a_rule_holds_from_its_first_moment_until_before_its_last() -> None:
    rule = Rule(1, 500, valid_from=NOON, valid_until=NOON + timedelta(days=1))

    found = [rule_of(a_line(), rule, at=NOON + timedelta(seconds=late)) for late in (-1, 0, 86_399, 86_400)]

    assert found == [None, 1, 1, None]


@pytest.mark.parametrize(("price", "found"), [(399, None), (400, 1), (599, 1), (600, None)])
def test_a_band_of_prices_includes_its_beginning_only(price: int, found: int | None) -> None:
    assert rule_of(a_line(unit_price=price), Rule(1, 500, from_price=400, below_price=600)) == found


def test_fees_are_by_unit_the_minimum_by_line_and_tax_comes_on_top() -> None:
    fee = Rule(1, 1_000, fixed_fee=30, tax_bp=1_900, category_id=30)
    least = Rule(2, 100, minimum=250, category_id=99)
    lines = [a_line(1_000, quantity=2), a_line(1_000, category_ids=[99])]

    assert commission_of(lines, [fee, least], NOON, default_bp=0) == [
        Charge(1, 1_000, commission=160, tax=30),  # 100 and twice 30; 19 % of it is 30.4
        Charge(2, 1_000, commission=250, tax=0),
    ]


def test_nobody_pays_more_than_the_goods_are_worth() -> None:
    (charge,) = commission_of([a_line(100)], [Rule(1, 9_000, minimum=90, tax_bp=1_900)], NOON, default_bp=0)

    assert charge == Charge(1, 100, commission=90, tax=10)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(TEA), st.integers(0, 10**6), st.integers(0, 9), st.integers(0, 10**9)),
        max_size=8,
    ),
    st.lists(
        st.tuples(
            st.integers(0, 10_000), st.integers(0, 500), st.integers(0, 500), st.integers(0, 3_000), st.integers(0, 2),
            st.none() | st.integers(1, 3), st.none() | st.sampled_from(TEA),
        ),
        max_size=6,
    ),
    st.integers(0, 10_000),
)  # fmt: skip
def test_the_guarantees_hold_for_any_lines_and_rules(
    goods: list[tuple[int, int, int, int, int]], terms: list[tuple[int, ...]], usual: int
) -> None:
    lines = [Line(who, [kind], price, count, base) for who, kind, price, count, base in goods]
    rules = [Rule(number, *term) for number, term in enumerate(terms, start=1)]

    charges = commission_of(lines, rules, NOON, default_bp=usual)

    assert [charge.base for charge in charges] == [line.base for line in lines]
    for charge in charges:
        assert charge.commission >= 0
        assert charge.tax >= 0
        assert charge.commission + charge.tax <= charge.base
    assert charges == commission_of(lines, rules, NOON, default_bp=usual)


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**8), st.data())
def test_parts_that_make_up_the_whole_undo_the_charge(
    total: int, commission: int, tax: int, data: st.DataObject
) -> None:
    charge = Charge(None, commission + tax, commission, tax)
    first = data.draw(st.integers(0, total))

    one = reversal_of(charge, total=total, before=0, now=first)
    other = reversal_of(charge, total=total, before=first, now=total - first)

    assert (one[0] + other[0], one[1] + other[1]) == (commission, tax)


def test_more_than_all_cannot_go_back() -> None:
    with pytest.raises(InvalidInput, match="6 cannot go back of 10, of which 5 went back before"):
        reversal_of(Charge(None, 10, 1, 0), total=10, before=5, now=6)


@pytest.mark.parametrize("wrong", [{"rate_bp": 10_001}, {"rate_bp": -1}, {"rate_bp": 1, "tax_bp": -1}])
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Rule(1, **wrong)
