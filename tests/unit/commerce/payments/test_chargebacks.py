"""What a dispute does to the books."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hansa.commerce.payments.domain.chargebacks import Share, Side, lost, opened, won


def test_a_lost_dispute_over_all_undoes_the_sale() -> None:
    shares = [Share(merchant_id=1, paid=1000, platform_discount=100, commission=110)]

    legs = lost(1490, shares, delivery_fee=490, fee=1500)

    assert legs == [
        Side("disputed", -1490),
        Side("delivery", 490),
        Side("payable", 990, 1),
        Side("commission", 110),
        Side("promotion", -100),
        Side("dispute_fees", 1500),
        Side("provider", -1500),
    ]


def test_a_lost_dispute_over_a_part_is_borne_in_proportion() -> None:
    shares = [Share(1, 1000, 0, 100), Share(2, 500, 0, 50)]

    legs = lost(750, shares, delivery_fee=0)

    assert legs == [
        Side("disputed", -750),
        Side("payable", 450, 1),
        Side("commission", 50),
        Side("payable", 225, 2),
        Side("commission", 25),
    ]


def test_a_dispute_that_is_won_leaves_the_books_as_they_were() -> None:
    legs = opened(1990) + won(1990)

    assert sum(leg.amount for leg in legs if leg.account == "provider") == 0
    assert sum(leg.amount for leg in legs if leg.account == "disputed") == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=5
    ),
    st.integers(0, 10_000),
    st.integers(0, 5_000),
    st.data(),
)
def test_every_template_sums_to_zero(
    parts: list[tuple[int, int, int]], delivery_fee: int, fee: int, data: st.DataObject
) -> None:
    shares = [Share(merchant, *part) for merchant, part in enumerate(parts)]
    paid = sum(share.paid for share in shares) + delivery_fee
    amount = data.draw(st.integers(0, paid))

    for legs in (opened(amount), won(amount), lost(amount, shares, delivery_fee=delivery_fee, fee=fee)):
        assert sum(leg.amount for leg in legs) == 0
