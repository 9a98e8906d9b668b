"""Each model on series whose right answer is worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.forecast._exponential import ets, log_ets
from hansa.engines.forecast._panel import Panel
from hansa.engines.forecast._simple import season_mean, seasonal_naive, tsb, window_mean
from hansa.engines.forecast._theta import theta
from tests.unit.engines.forecast.panels import a_panel

NAN = float("nan")


def in_units(panel: Panel, forecasts: np.ndarray) -> list[list[float]]:
    """Forecasts at the only origin, rounded, in units: one list for each series."""
    rounded: list[list[float]] = np.round(forecasts[:, 0] * panel.scale[:, None], 6).tolist()
    return rounded


def test_the_seasonal_naive_repeats_the_last_season() -> None:
    panel = a_panel([1, 2, 3, 4, 5, 6], season=3)

    assert in_units(panel, seasonal_naive(panel, 3, (6,), 4)) == [[4, 5, 6, 4]]


def test_the_seasonal_naive_reaches_back_over_unknown_values() -> None:
    panel = a_panel([1, 2, 3, 4, NAN, 6], season=3)

    assert in_units(panel, seasonal_naive(panel, 3, (6,), 3)) == [[4, 2, 6]]


def test_the_seasonal_naive_repeats_the_last_value_of_a_young_series() -> None:
    panel = a_panel([NAN, NAN, NAN, NAN, 7, 9], season=3)

    assert in_units(panel, seasonal_naive(panel, 3, (6,), 3)) == [[9, 7, 9]]


def test_the_window_mean_averages_what_is_known_of_the_last_four_weeks() -> None:
    panel = a_panel([100.0] * 10 + [2.0, 4.0] * 13 + [NAN, 6.0])

    # 28 periods: thirteen 2s, thirteen 4s, one unknown, one 6 -> (26 + 52 + 6) / 27
    assert in_units(panel, window_mean(panel, 1, (38,), 2)) == [[round(84 / 27, 6)] * 2]


def test_the_season_mean_averages_the_same_day_of_past_weeks() -> None:
    panel = a_panel([1, 10, 3, 20, 5, 30], season=2)

    assert in_units(panel, season_mean(panel, 2, (6,), 3)) == [[3, 20, 3]]


def test_tsb_finds_the_rate_of_demand_that_comes_every_fourth_day() -> None:
    panel = a_panel([0.0, 0.0, 0.0, 8.0] * 30)

    [[rate]] = in_units(panel, tsb(panel, 1, (120,), 1))

    assert rate == pytest.approx(2.0, rel=0.1)  # 8 units with a chance of a quarter


def test_smoothing_continues_a_straight_line() -> None:
    panel = a_panel([float(10 + 2 * day) for day in range(40)])

    assert in_units(panel, ets(panel, 1, (40,), 3)) == [[90, 92, 94]]


def test_smoothing_continues_an_additive_season() -> None:
    week = [5.0, 6.0, 7.0, 8.0, 9.0, 20.0, 15.0]
    panel = a_panel(week * 8)

    assert in_units(panel, ets(panel, 7, (56,), 7)) == [week]


def test_smoothing_of_logarithms_continues_doubling() -> None:
    panel = a_panel([float(2**day) for day in range(20)])

    assert in_units(panel, log_ets(panel, 1, (20,), 2)) == [[2.0**20, 2.0**21]]


def test_smoothing_of_logarithms_declines_a_series_with_a_zero() -> None:
    panel = a_panel([1.0, 2.0, 0.0, 4.0] * 5)

    assert np.isnan(log_ets(panel, 1, (20,), 2)).all()


def test_smoothing_steps_over_unknown_values() -> None:
    line = [float(10 + 2 * day) for day in range(40)]
    line[20] = line[31] = NAN
    panel = a_panel(line)

    assert in_units(panel, ets(panel, 1, (40,), 3)) == [[90, 92, 94]]


def test_theta_keeps_a_constant_and_follows_part_of_a_trend() -> None:
    panel = a_panel([5.0] * 30, [float(day) for day in range(30)])

    flat, rising = in_units(panel, theta(panel, 1, (30,), 2))

    assert flat == [5, 5]
    assert 29 < rising[0] < rising[1] < 31.5


def test_theta_multiplies_the_season_of_positive_series() -> None:
    panel = a_panel([10.0, 20.0, 30.0] * 12, season=3)

    assert in_units(panel, theta(panel, 3, (36,), 3)) == [[10, 20, 30]]


def test_theta_adds_the_season_where_there_are_zeros() -> None:
    panel = a_panel([0.0, 20.0, 40.0] * 12, season=3)

    assert in_units(panel, theta(panel, 3, (36,), 3)) == [[0, 20, 40]]
