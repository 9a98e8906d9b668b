"""What units of a line are worth: every portion to the cent, and the same sum in whatever portions they come."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.commerce.orders.domain import Worth, worth_of_amount, worth_of_units

MONEY = st.integers(0, 10**9)


def test_the_odd_cents_go_back_with_the_units_that_come_first() -> None:
    line = Worth(paid=1000, platform_discount=0, commission=100)

    first = worth_of_units(line, units=1, units_left=3)
    rest = worth_of_units(line.minus(first), units=2, units_left=2)

    assert first == Worth(334, 0, 34)
    assert rest == Worth(666, 0, 66)


@given(
    paid=MONEY, discount=MONEY, commission=MONEY, portions=st.lists(st.integers(1, 9), min_size=1, max_size=8)
)
@settings(deadline=None)
def test_all_portions_together_are_the_line(
    paid: int, discount: int, commission: int, portions: list[int]
) -> None:
    left, units_left = Worth(paid, discount, commission), sum(portions)

    for units in portions:
        worth = worth_of_units(left, units=units, units_left=units_left)
        assert min(worth.paid, worth.platform_discount, worth.commission) >= 0
        left, units_left = left.minus(worth), units_left - units

    assert left == Worth(0, 0, 0)


def test_an_amount_carries_its_part_of_discount_and_commission() -> None:
    left = Worth(paid=1000, platform_discount=101, commission=99)

    assert worth_of_amount(left, amount=500) == Worth(500, 50, 49)
    assert worth_of_amount(left, amount=1000) == left
