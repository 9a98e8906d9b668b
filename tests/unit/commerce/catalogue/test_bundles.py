"""Opening bundles: units add up whatever way a basket is written, and the scarcest part decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hansa.commerce.catalogue import bundles

SETS = {100: {1: 2, 2: 1}, 101: {1: 1}, 102: {3: 4, 2: 2}}
baskets = st.dictionaries(st.sampled_from([1, 2, 3, 100, 101, 102]), st.integers(1, 50))


def test_lines_that_share_a_part_become_one_number_in_key_order() -> None:
    wanted = {101: 3, 3: 1, 100: 2, 1: 5}

    assert bundles.expand(wanted, SETS) == {1: 5 + 3 + 4, 2: 2, 3: 1}
    assert list(bundles.expand(wanted, SETS)) == [1, 2, 3]


def test_a_basket_without_bundles_stays_as_it_is() -> None:
    assert bundles.expand({7: 2, 3: 1}, {}) == {3: 1, 7: 2}


def test_the_scarcest_part_decides_how_many_there_are() -> None:
    assert bundles.available(100, {1: 9, 2: 3}, SETS) == 3
    assert bundles.available(100, {1: 5, 2: 3}, SETS) == 2
    assert bundles.available(100, {1: 5}, SETS) == 0
    assert bundles.available(1, {1: 5}, SETS) == 5
    assert bundles.available(1, {1: -2}, SETS) == 0


@given(baskets, baskets)
def test_opening_two_baskets_takes_what_opening_both_together_takes(
    one: dict[int, int], other: dict[int, int]
) -> None:
    both = {offer: one.get(offer, 0) + other.get(offer, 0) for offer in {*one, *other}}

    left, right = bundles.expand(one, SETS), bundles.expand(other, SETS)

    summed = {offer: left.get(offer, 0) + right.get(offer, 0) for offer in {*left, *right}}
    assert bundles.expand(both, SETS) == summed


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_what_is_available_is_the_most_that_can_be_held(one: int, two: int, three: int) -> None:
    free = {1: one, 2: two, 3: three}

    for offer in SETS:
        most = bundles.available(offer, free, SETS)
        assert all(free[part] >= units for part, units in bundles.expand({offer: most}, SETS).items())
        more = bundles.expand({offer: most + 1}, SETS)
        assert any(free[part] < units for part, units in more.items())
