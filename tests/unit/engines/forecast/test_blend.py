"""Backtest errors, weights and blends, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hansa.engines.forecast import Params
from hansa.engines.forecast._backtest import backtest, blend, blend_weights, relative_errors
from tests.unit.engines.forecast.panels import a_panel

NAN = float("nan")


def test_relative_errors_compare_root_mean_squares_with_the_window_mean() -> None:
    squares = np.array([[[4.0, 4.0], [1.0, 1.0], [NAN, 4.0], [NAN, NAN]]])

    [[worse, itself, partly, never]] = relative_errors(squares)

    assert worse == pytest.approx(math.log(2))
    assert itself == 0
    assert partly == pytest.approx(math.log(2))  # judged on the one window that it shares
    assert math.isnan(never)


def test_weights_are_the_inverse_of_the_errors_to_the_sharpness() -> None:
    relative = np.array([[0.0, math.log(2)]])
    usable = np.array([[True, True]])

    weights = blend_weights(relative, np.zeros((1, 2)), usable, Params(horizon=1, shrinkage=0, sharpness=2))

    np.testing.assert_allclose(weights, [[0.8, 0.2]])  # 1 and 1/4


def test_shrinkage_moves_the_weights_to_those_of_the_class() -> None:
    relative = np.array([[0.0, math.log(2)]])
    pooled = np.array([[math.log(2), 0.0]])
    usable = np.array([[True, True]])

    weights = blend_weights(relative, pooled, usable, Params(horizon=1, shrinkage=1, sharpness=1))

    np.testing.assert_allclose(weights, [[1 / 3, 2 / 3]])


def test_a_model_that_cannot_forecast_now_weighs_nothing() -> None:
    weights = blend_weights(
        np.zeros((2, 2)), np.zeros((2, 2)), np.array([[True, False], [False, False]]), Params(horizon=1)
    )

    np.testing.assert_array_equal(weights, [[1, 0], [0, 0]])


def test_a_blend_leaves_out_models_without_a_forecast() -> None:
    forecasts = np.array([[[1.0, 2.0], [NAN, NAN], [3.0, 6.0]]])

    mixed = blend(forecasts, np.array([[0.5, 0.0, 0.5]]))

    np.testing.assert_array_equal(mixed, [[2.0, 4.0]])


def test_the_backtest_goes_back_one_horizon_at_a_time() -> None:
    panel = a_panel([float(day) for day in range(1, 21)])

    test = backtest(panel, Params(horizon=4, windows=3))

    actuals = test.actuals[0] * panel.scale[0]
    np.testing.assert_array_equal(actuals, [[9, 10, 11, 12], [13, 14, 15, 16], [17, 18, 19, 20]])
    naive = test.models.index("seasonal_naive@7")
    np.testing.assert_array_equal(test.forecasts[0, naive, 0] * panel.scale[0], [2, 3, 4, 5])
    np.testing.assert_allclose(test.squares[0, naive] * panel.scale[0] ** 2, [49, 49, 49])


def test_windows_that_reach_before_the_first_periods_are_left_out() -> None:
    test = backtest(a_panel([1.0, 2.0, 3.0, 4.0, 5.0]), Params(horizon=2, windows=4))

    assert test.windows == 1
