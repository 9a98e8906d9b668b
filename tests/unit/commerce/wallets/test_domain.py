"""What points are worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.commerce.wallets.domain import (
    Programme,
    points_for,
    points_needed,
    worth_of,
)
from hansa.kernel.errors import InvalidInput


def test_a_point_for_each_euro_and_a_cent_for_each_point() -> None:
    programme = Programme(earn_bp=100, worth_bp=10_000)

    assert points_for(1_999, programme) == 19
    assert worth_of(19, programme) == 19
    assert points_needed(19, programme) == 19


@given(st.integers(1, 10**9), st.integers(1, 100_000))
def test_the_points_needed_for_an_amount_are_the_fewest_that_are_worth_it(amount: int, worth_bp: int) -> None:
    programme = Programme(100, worth_bp)

    points = points_needed(amount, programme)

    assert worth_of(points, programme) >= amount > worth_of(points - 1, programme)


def test_a_programme_without_worth_is_refused() -> None:
    with pytest.raises(InvalidInput, match="worth something"):
        Programme(100, 0)
