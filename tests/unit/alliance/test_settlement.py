"""How the money of a cross-platform sale is divided."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.alliance.settlement.domain import Netted, Part, Share, divide, fee_of, net
from hansa.kernel.errors import InvalidInput


def test_the_seller_keeps_the_fee_and_the_rest_is_shared_in_proportion() -> None:
    # 15.00 of goods at 10 % commission: 13.50 to the merchant, 1.50 to the platform. A fee of 5 % is 0.75:
    # 0.675 from the merchant and 0.075 from the platform; the odd unit goes to the larger remainder, the first.
    division = divide([Part(1, 1_500, 0, 150)], delivery_fee=490, fee_bp=500)

    assert (division.total, division.fee, division.owed) == (1_990, 75, 1_915)
    assert division.shares == [Share(1, payable=1_350 - 68, commission=150 - 7, promotion=0)]


def test_two_merchants_bear_the_fee_by_their_goods() -> None:
    division = divide([Part(1, 1_000, 0, 100), Part(2, 500, 0, 0)], delivery_fee=0, fee_bp=1_000)

    assert division.fee == 150
    assert division.shares == [Share(1, 900 - 90, 100 - 10, 0), Share(2, 500 - 50, 0, 0)]


def test_a_discount_of_the_platform_still_reaches_the_merchant() -> None:
    # 10.00 paid, 2.00 more from the platform, 1.20 commission: 10.80 to the merchant.
    division = divide([Part(1, 1_000, 200, 120)], delivery_fee=0, fee_bp=0)

    assert division.shares == [Share(1, payable=1_080, commission=120, promotion=200)]


def test_a_fee_of_everything_leaves_one_unit() -> None:
    assert (fee_of(1_000, 10_000), fee_of(1, 9_000), fee_of(0, 500)) == (999, 0, 0)


def test_a_sale_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        divide([], delivery_fee=0, fee_bp=0)


parts = st.lists(
    st.tuples(st.integers(1, 10**7), st.integers(0, 10**6), st.integers(0, 10_000)).map(
        lambda drawn: Part(1, drawn[0], drawn[1], (drawn[0] + drawn[1]) * drawn[2] // 10_000)
    ),
    min_size=1,
    max_size=5,
)


@given(parts=parts, delivery_fee=st.integers(0, 1_000), fee_bp=st.integers(0, 10_000))
def test_no_unit_is_lost_or_made(parts: list[Part], delivery_fee: int, fee_bp: int) -> None:
    division = divide(parts, delivery_fee=delivery_fee, fee_bp=fee_bp)

    assert division.fee + division.owed == division.total
    given_out = sum(share.payable + share.commission - share.promotion for share in division.shares)
    assert given_out + delivery_fee == division.owed
    assert all(share.payable >= 0 and share.commission >= 0 for share in division.shares)


def test_debts_in_both_directions_are_netted() -> None:
    assert net([(1, 2, 500), (2, 1, 800), (1, 2, 100)], between=(1, 2)) == Netted(2, 1, 200)
    assert net([(1, 2, 500), (2, 1, 500)], between=(1, 2)) == Netted(1, 2, 0)


def test_a_debt_of_somebody_else_is_refused() -> None:
    with pytest.raises(InvalidInput):
        net([(1, 3, 500)], between=(1, 2))
