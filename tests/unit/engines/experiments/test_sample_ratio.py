"""Whether arms got their share."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.experiments import sample_ratio
from hansa.kernel.errors import InvalidInput


def test_the_classic_test_is_chi_square() -> None:
    # 10^2 / 50 twice is 4; beyond it lie 4.55 % of a chi-square with one degree.
    found = sample_ratio([60, 40], (0.5, 0.5))

    assert found.expected == (50.0, 50.0)
    assert found.naive_p_value == pytest.approx(0.0455, abs=1e-4)


def test_the_sequential_test_is_the_inverse_of_the_evidence() -> None:
    # After two of one arm: (500 x 501) / (1000 x 1001) where chance gives 1/4.
    found = sample_ratio([2, 0], (0.5, 0.5))

    assert found.p_value == pytest.approx(0.25 * 1_001_000 / 250_500)


def test_nobody_at_all_is_no_mismatch() -> None:
    found = sample_ratio([0, 0, 0], (0.5, 0.25, 0.25))

    assert (found.p_value, found.naive_p_value) == (1.0, 1.0)


def test_a_lost_tenth_of_one_arm_is_seen() -> None:
    assert sample_ratio([10_000, 9_000], (0.5, 0.5)).p_value < 1e-6


def test_looking_after_every_two_hundred_units_raises_few_false_alarms() -> None:
    generator = np.random.default_rng(4)
    always_valid, naive = 0, 0
    for _ in range(200):
        looks = generator.multinomial(200, [0.5, 0.3, 0.2], size=25).cumsum(axis=0)
        found = [sample_ratio(counts.tolist(), (0.5, 0.3, 0.2)) for counts in looks]
        always_valid += min(each.p_value for each in found) < 0.05
        naive += min(each.naive_p_value for each in found) < 0.05

    assert always_valid <= 10
    assert naive >= 30


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ([1], (1.0,)),
        ([1, 2], (0.5, 0.3)),
        ([-1, 2], (0.5, 0.5)),
        ([1, 2, 3], (0.5, 0.5)),
        ([1, 2], (1.0, 0.0)),
    ],
)
def test_counts_and_shares_must_fit(counts: list[int], shares: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInput):
        sample_ratio(counts, shares)
