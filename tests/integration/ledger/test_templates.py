"""Every posting template sums to zero for all amounts, proved by a solver; and the proof can fail."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from itertools import count
from typing import get_type_hints

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st

from hansa.commerce.ledger import templates
from hansa.commerce.ledger.services import Kind, Leg
from hansa.commerce.ledger.templates import Share, part_of, parts_of

MOST_MERCHANTS = 3
Example = Callable[[], list[Leg]]


NAMES = count()


def unknown() -> z3.ArithRef:
    return z3.Int(f"x{next(NAMES)}")


def shares(merchants: int) -> list[Share]:
    return [Share(each, unknown(), unknown(), unknown(), unknown()) for each in range(merchants)]


def postings() -> dict[str, list[Example]]:
    """Each template with unknown whole numbers for its amounts: any sign, any size, none to three merchants."""
    x, every = unknown, range(MOST_MERCHANTS + 1)
    kinds = templates.HELD_BY_PEOPLE
    return {
        "capture": [
            lambda n=n: templates.capture(shares(n), delivery_fee=x(), tendered=x(), tax=x()) for n in every
        ],
        "refund": [
            lambda n=n: templates.refund(shares(n), delivery_fee=x(), tendered=x(), tax=x()) for n in every
        ],
        "refund_as_credit": [
            lambda n=n: templates.refund_as_credit(shares(n), delivery_fee=x(), tax=x()) for n in every
        ],
        "gift_card_sold": [lambda: templates.gift_card_sold(x())],
        "given": [lambda k=k: templates.given(k, x()) for k in kinds],
        "tendered": [lambda k=k: templates.tendered(k, x()) for k in kinds],
        "tender_returned": [lambda k=k: templates.tender_returned(k, x()) for k in kinds],
        "expired": [lambda k=k: templates.expired(k, x()) for k in kinds],
        "dispute_opened": [lambda: templates.dispute_opened(x())],
        "dispute_won": [lambda: templates.dispute_won(x())],
        "dispute_lost": [
            lambda n=n: templates.dispute_lost(
                shares(n), delivery_fee=x(), tax=x(), borne_by_platform=x(), fee=x()
            )
            for n in every
        ],
        "payout": [lambda: templates.payout(1, x())],
        "payout_released": [lambda: templates.payout_released(1, x())],
        "payout_sent": [lambda: templates.payout_sent(1, x(), fee=x())],
        "payout_returned": [lambda: templates.payout_returned(1, x())],
        "clawed_back": [lambda: templates.clawed_back(1, x())],
        "correction": [lambda: templates.correction(1, x(), against=Kind.GOODWILL)],
        "partner_sale_at_seller": [
            lambda: templates.partner_sale_at_seller(fee=x(), owed=x(), fulfiller_id=2)
        ],
        "partner_sale_at_fulfiller": [
            lambda n=n: templates.partner_sale_at_fulfiller(shares(n), delivery_fee=x(), seller_id=2)
            for n in every
        ],
        "partner_payment": [lambda: templates.partner_payment(x(), partner_id=2)],
        "turned": [
            lambda: templates.turned(templates.capture(shares(2), delivery_fee=x(), tendered=x(), tax=x()))
        ],
    }


def is_zero_for_all(legs: Sequence[Leg]) -> bool:
    """Ask the solver for amounts with which the legs do not sum to zero; True when there are none."""
    solver = z3.Solver()
    solver.add(z3.Sum([z3.IntVal(0), *(leg.amount for leg in legs)]) != 0)
    answer = solver.check()
    assert answer == z3.sat or answer == z3.unsat, "the solver does not know"
    return bool(answer == z3.unsat)


def test_every_template_has_its_proof() -> None:
    found = {
        name
        for name, function in inspect.getmembers(templates, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == templates.__name__
        and get_type_hints(function)["return"] == list[Leg]
    }

    assert set(postings()) == found


@pytest.mark.parametrize("name", postings())
def test_a_template_sums_to_zero_for_all_amounts(name: str) -> None:
    for example in postings()[name]:
        assert is_zero_for_all(example())


@pytest.mark.parametrize("name", postings())
def test_the_proof_fails_on_every_broken_template(name: str) -> None:
    """Each leg in turn is left out, turned, and made larger by one: the solver finds a counterexample each time."""
    for example in postings()[name]:
        legs = example()
        for at, leg in enumerate(legs):
            others = [*legs[:at], *legs[at + 1 :]]
            assert not is_zero_for_all(others)
            for wrong in (-leg.amount, leg.amount + 1):
                assert not is_zero_for_all([*others, Leg(leg.kind, wrong, leg.merchant_id)])


def amounts(legs: Sequence[Leg]) -> dict[tuple[str, int | None], int]:
    return {(leg.kind.value, leg.merchant_id): leg.amount for leg in legs if leg.amount}


def test_a_basket_paid_by_card_and_gift_card_with_tax_on_the_commission() -> None:
    share = Share(7, paid=1_800, platform_discount=200, commission=200, tax_on_commission=38)

    legs = templates.capture([share], delivery_fee=490, tendered=500)

    assert amounts(legs) == {
        ("provider", None): 1_790,
        ("tender", None): 500,
        ("delivery", None): -490,
        ("payable", 7): -1_762,
        ("commission", None): -200,
        ("tax_on_commission", None): -38,
        ("promotion", None): 200,
    }


def test_a_lost_dispute_is_borne_as_a_refund_and_its_fee_by_the_platform() -> None:
    legs = templates.dispute_lost(
        [Share(7, 1_000, 100, 110)], delivery_fee=490, borne_by_platform=10, fee=1_500
    )

    assert amounts(legs) == {
        ("disputed", None): -1_500,
        ("delivery", None): 490,
        ("dispute_losses", None): 10,
        ("dispute_fees", None): 1_500,
        ("provider", None): -1_500,
        ("payable", 7): 990,
        ("commission", None): 110,
        ("promotion", None): -100,
    }


def test_a_refund_by_line_takes_commission_and_discount_in_proportion() -> None:
    share = Share(7, paid=1_000, platform_discount=100, commission=110, tax_on_commission=20)

    first, second = part_of(share, 333), part_of(share, 667, before=333)

    assert first == Share(7, 333, 33, 36, 6)
    assert second == Share(7, 667, 67, 74, 14)


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 10**8), st.integers(0, 10**8), st.integers(0, 10**7)),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.data(),
)
def test_parts_of_a_purchase_keep_every_cent_however_it_is_cut(
    known: list[tuple[int, int, int, int]], fee: int, tax: int, data: st.DataObject
) -> None:
    whole = [Share(at, *each) for at, each in enumerate(known)]
    paid = sum(share.paid for share in whole) + fee + tax
    amount = data.draw(st.integers(0, paid))

    parts, *others = parts_of(whole, fee, tax, amount, before=[0] * len(whole))

    assert sum(part.paid for part in parts) + sum(others) == amount
    rest = [
        part_of(share, share.paid - part.paid, before=part.paid)
        for share, part in zip(whole, parts, strict=True)
    ]
    for share, one, other in zip(whole, parts, rest, strict=True):
        if share.paid:
            assert one.platform_discount + other.platform_discount == share.platform_discount
            assert one.commission + other.commission == share.commission
            assert one.tax_on_commission + other.tax_on_commission == share.tax_on_commission
