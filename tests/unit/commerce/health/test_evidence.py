"""Trends and correlations against figures worked out by hand."""

from __future__ import annotations

import math

import pytest

from hansa.commerce.health.domain.evidence import (
    Verdict,
    evidence_of,
    known_from_first,
    spearman,
    trend_of,
)

RISING = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]


def test_a_trend_sets_four_weeks_against_the_four_before() -> None:
    trend = trend_of([9.0, 10.0, 10.0, 10.0, 10.0, 12.0, 12.0, 14.0, 14.0])

    assert (trend.recent, trend.earlier) == (13.0, 10.0)
    assert trend.difference == 3.0
    assert trend.change == pytest.approx(0.3)
    assert trend.direction == 1


def test_a_trend_needs_two_known_weeks_on_either_side() -> None:
    trend = trend_of([None, None, None, 5.0, 6.0, None, 8.0, None])

    assert trend.earlier is None
    assert trend.recent == 7.0
    assert (trend.difference, trend.change, trend.direction) == (None, None, None)


def test_a_change_below_half_a_per_cent_is_even() -> None:
    assert trend_of([1000.0] * 4 + [1005.0] * 4).direction == 0
    assert trend_of([1000.0] * 4 + [1006.0] * 4).direction == 1
    assert trend_of([1000.0] * 4 + [994.0] * 4).direction == -1


def test_growth_from_nothing_has_a_direction_but_no_rate() -> None:
    trend = trend_of([0.0] * 4 + [3.0] * 4)

    assert (trend.direction, trend.change) == (1, None)


def test_one_odd_week_does_not_turn_the_slope() -> None:
    # The slopes of the ten pairs are 1 six times; those with the odd week are 98, 49.5, 33.33 and -95.
    assert trend_of([1.0, 2.0, 3.0, 100.0, 5.0]).slope == 1.0
    assert trend_of([1.0, None, 3.0, 4.0]).slope is None


def test_ties_share_their_mean_rank() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    rho = spearman([10.0, 20.0, 20.0, 30.0], [1.0, 2.0, 3.0, 4.0])

    assert rho == pytest.approx(4.5 / math.sqrt(4.5 * 5))


def test_spearman_by_the_textbook_formula() -> None:
    # rho = 1 - 6 * (sum of squared rank differences) / (n * (n * n - 1)).
    assert spearman([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 3.0, 8.0, 3.5]) == pytest.approx(1 - 6 * 4 / 120)
    assert spearman([1.0, 2.0, 3.0, 4.0, 5.0], [20.0, 10.0, 30.0, 60.0, 25.0]) == pytest.approx(
        1 - 6 * 8 / 120
    )


def test_a_run_that_never_changes_correlates_with_nothing() -> None:
    assert spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) is None
    assert evidence_of([4.0] * 13, RISING, expected=1).verdict is Verdict.FLAT


def test_fewer_than_eight_pairs_are_too_few() -> None:
    evidence = evidence_of([*RISING[:7], *[None] * 6], RISING, expected=1)

    assert (evidence.verdict, evidence.weeks, evidence.rho) == (Verdict.TOO_FEW, 7, None)


def test_eight_pairs_are_enough() -> None:
    evidence = evidence_of([*RISING[:8], *[None] * 5], RISING, expected=1)

    assert (evidence.verdict, evidence.weeks, evidence.rho) == (Verdict.AGREES, 8, 1.0)


def test_the_lag_at_which_the_effect_follows_is_found() -> None:
    cause = [3.0, 9.0, 1.0, 8.0, 2.0, 7.0, 10.0, 4.0, 12.0, 5.0, 11.0, 6.0, 13.0]
    effect = [99.0, 98.0, *[value * 10 for value in cause[:11]]]

    evidence = evidence_of(cause, effect, expected=1)

    assert (evidence.lag, evidence.rho, evidence.weeks) == (2, 1.0, 11)
    assert evidence.verdict is Verdict.AGREES
    assert [one.lag for one in evidence.tried] == [0, 1, 2, 3]
    assert [one.weeks for one in evidence.tried] == [13, 12, 11, 10]


def test_of_equal_correlations_the_shorter_lag_is_told() -> None:
    assert evidence_of(RISING, RISING, expected=1).lag == 0


def test_a_link_against_expectation_is_called_a_contradiction() -> None:
    falling = RISING[::-1]

    assert evidence_of(RISING, falling, expected=1).verdict is Verdict.CONTRADICTS
    assert evidence_of(RISING, falling, expected=-1).verdict is Verdict.AGREES


def test_a_weak_correlation_may_be_chance() -> None:
    # Only lag 0 has eight pairs. Squared rank differences sum to 32: rho = 1 - 6 * 32 / (8 * 63) = 13/21.
    cause = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    effect = [3.0, 1.0, 6.0, 2.0, 7.0, 5.0, 4.0, 8.0]

    evidence = evidence_of(cause, effect, expected=1)

    assert evidence.rho == pytest.approx(13 / 21)
    # atanh(13/21) = ln(4.25) / 2 = 0.72346; times sqrt(5 / 1.06) = 1.57125; two-sided normal: 0.11612.
    assert evidence.p == pytest.approx(0.11612, abs=1e-5)
    assert evidence.verdict is Verdict.CHANCE


def test_each_lag_that_was_tried_adds_to_the_doubt() -> None:
    # Lag 0: squared differences 32 over nine weeks, rho = 1 - 192 / 720 = 11/15. Lag 1: 24 over eight, rho = 5/7.
    cause = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    effect = [3.0, 1.0, 6.0, 2.0, 7.0, 5.0, 4.0, 8.0, 9.0]

    evidence = evidence_of(cause, effect, expected=1)

    assert (evidence.lag, evidence.rho) == (0, pytest.approx(11 / 15))
    assert evidence.tried[1].rho == pytest.approx(5 / 7)
    # Alone it would pass: atanh(11/15) * sqrt(6 / 1.06) = 2.22663, p = 0.02597. The best of two lags does not.
    assert evidence.p == pytest.approx(2 * 0.02597, abs=1e-4)
    assert evidence.verdict is Verdict.CHANCE


def test_gaps_in_a_count_are_nothing_once_it_has_begun() -> None:
    assert known_from_first([None, None, 4.0, None, 2.0]) == [None, None, 4.0, 0.0, 2.0]
    assert known_from_first([None, None]) == [None, None]
