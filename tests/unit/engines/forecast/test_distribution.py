"""Widths, shapes and counts, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.forecast import _distribution as distribution
from tests.unit.engines.forecast.panels import a_panel


def test_the_growth_curve_is_a_line_with_mean_one() -> None:
    np.testing.assert_allclose(distribution.growth_curve(1.0, 3), [0.5, 1.0, 1.5])


def test_growth_is_read_from_squared_errors() -> None:
    errors = np.sqrt(np.array([[[1.0, 2.0, 3.0]], [[10.0, 20.0, 30.0]]]))

    assert distribution.growth_of(errors) == pytest.approx(1.0)


def test_sigma_counts_the_class_as_one_more_window() -> None:
    squares = np.array([[9.0, 9.0], [np.nan, 9.0], [np.nan, np.nan]])

    sigma = distribution.sigma_now(squares, np.full(3, 6.0))

    # (9 + 9 + 36) / 3, (9 + 36) / 2, 36 / 1
    np.testing.assert_allclose(sigma**2, [18, 22.5, 36])


def test_a_window_is_judged_without_itself() -> None:
    sigma = distribution.unseen_sigma(np.array([[9.0, 25.0]]), np.array([1.0]))

    np.testing.assert_allclose(sigma**2, [[(25 + 1) / 2, (9 + 1) / 2]])


def test_counts_are_read_from_the_negative_binomial() -> None:
    # mean 4 and variance 8: size 4, chance 1/2; cumulative 1/16, 3/16, 22/64, 1/2, 163/256, …
    levels = np.array([0.06, 0.07, 0.18, 0.19, 0.4999, 0.51])[:, None]

    counts = distribution.count_quantiles(levels, np.array([4.0]), np.sqrt(8.0), np.ones(1))

    assert counts[:, 0].tolist() == [0, 1, 1, 2, 3, 4]


def test_large_counts_agree_with_a_gamma_of_the_same_mean() -> None:
    median = distribution.count_quantiles(np.array([[0.5]]), np.array([1e5]), 1e3, np.ones(1))

    assert median[0, 0] == pytest.approx(1e5, rel=1e-4)


def test_a_hopeless_spread_still_gives_finite_counts() -> None:
    counts = distribution.count_quantiles(np.array([[0.5], [1.0]]), np.array([1e-9]), 1e6, np.ones(1))

    assert np.isfinite(counts).all()


def test_the_shape_of_normal_errors_is_normal() -> None:
    z = np.random.default_rng(1).standard_normal((200, 10, 10))

    shape = distribution.shape_of(z)

    assert np.interp(0.975, distribution.GRID, shape) == pytest.approx(1.96, abs=0.05)
    assert np.interp(0.5, distribution.GRID, shape) == pytest.approx(0.0, abs=0.03)


def test_ranks_of_well_described_counts_are_the_levels_themselves() -> None:
    mean = np.full((200, 4, 7), 6.0)
    actual = np.random.default_rng(2).negative_binomial(6, 0.5, mean.shape).astype(float)
    told = distribution.Told(actual, mean, np.full((200, 4), np.sqrt(12.0)), 0.0)

    ranks = distribution.ranks_of(told)

    np.testing.assert_allclose(ranks, distribution.GRID, atol=0.02)


def test_persistence_is_the_correlation_of_neighbours() -> None:
    assert distribution.persistence_of(np.array([[[1.0, 1.0, 1.0]]])) == 0.95  # bounded
    assert distribution.persistence_of(np.array([[[1.0, -1.0, 1.0]]])) == 0.0


def test_joint_levels_are_uniform_and_persist() -> None:
    drawn = distribution.joint_levels(20_000, 3, 0.6, np.random.default_rng(3))

    assert np.quantile(drawn[:, 2], [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.015)
    assert np.corrcoef(drawn[:, 1], drawn[:, 2])[0, 1] == pytest.approx(0.58, abs=0.03)


def test_the_recent_deviation_of_a_single_count_is_its_root() -> None:
    panel = a_panel([float("nan")] * 5 + [9.0])

    assert distribution.recent_deviation(panel)[0] * panel.scale[0] == pytest.approx(3.0)
