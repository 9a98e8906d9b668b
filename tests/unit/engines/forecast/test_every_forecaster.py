"""One behaviour suite for every family: honest about the past, total, equal under splits and scale."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.forecast import THOROUGH, Params
from hansa.engines.forecast._panel import Panel
from hansa.engines.forecast._portfolio import Candidate, candidates
from tests.unit.engines.forecast.panels import a_panel, a_problem, seeded_counts, seeded_smooth

NAN = float("nan")
PARAMS = Params(horizon=5, families=THOROUGH)
NAMES = [candidate.name for candidate in candidates(a_panel([1.0]), PARAMS)]
SLOW = ("auto_ets@7", "dynamic_theta@7")


def entrant(name: str) -> Candidate:
    return next(one for one in candidates(a_panel([1.0]), PARAMS) if one.name == name)


def test_the_seasonal_naive_and_the_window_mean_always_compete() -> None:
    names = [one.name for one in candidates(a_panel([1.0]), Params(horizon=1, families=("ets",)))]

    assert names == ["seasonal_naive@7", "window_mean", "ets@1", "ets@7"]


@pytest.mark.parametrize("name", NAMES)
def test_a_forecast_knows_nothing_after_its_origin(name: str) -> None:
    history = np.vstack([seeded_counts(3, 120, seed=1), seeded_smooth(2, 120, seed=2)])
    history = history[-1:] if name in SLOW else history
    other = history.copy()
    other[:, 100:] += other[:, 100:] > 0  # whether a series is ever zero stays the same: it picks the models
    before, after = (Panel.of(a_problem(*rows.tolist())) for rows in (history, other))

    known = entrant(name).forecast(before, (100, 120), 5)[:, 0] * before.scale[:, None]
    told = entrant(name).forecast(after, (100, 120), 5)[:, 0] * after.scale[:, None]

    np.testing.assert_allclose(known, told, rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_a_split_of_the_series_changes_no_digit(name: str) -> None:
    history = np.vstack([seeded_counts(30, 90, seed=3), seeded_smooth(30, 90, seed=4)])
    panel = Panel.of(a_problem(*history.tolist()))

    whole = entrant(name).forecast(panel, (80, 90), 5)
    parts = [entrant(name).forecast(panel.take(cut), (80, 90), 5) for cut in (slice(0, 1), slice(1, 60))]

    np.testing.assert_array_equal(whole, np.concatenate(parts))


@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_times_the_demand_gives_a_thousand_times_the_forecast(name: str) -> None:
    history = seeded_smooth(3, 100, seed=5)
    small, large = (Panel.of(a_problem(*rows.tolist())) for rows in (history, history * 1024))

    forecast, scaled = (
        entrant(name).forecast(panel, (100,), 5)[:, 0] * panel.scale[:, None] for panel in (small, large)
    )

    np.testing.assert_allclose(forecast * 1024, scaled, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "row",
    [
        [NAN] * 40,
        [NAN] * 39 + [3.0],
        [0.0] * 40,
        [7.0] * 40,
        [NAN] * 30 + [1e15] * 10,
        [1e-300] * 20 + [1e15] * 20,
        [-5.0, 5.0] * 20,
        [1.0] * 20 + [NAN] * 20,
    ],
    ids=["empty", "one value", "zero", "constant", "huge", "tiny then huge", "negative", "silent at the end"],
)
def test_strange_series_give_a_finite_forecast_or_none(name: str, row: list[float]) -> None:
    panel = a_panel(row)

    forecasts = entrant(name).forecast(panel, (20, 40), 5)

    complete = ~np.isnan(forecasts).any(axis=-1)
    assert (complete | np.isnan(forecasts).all(axis=-1)).all()
    assert not np.isinf(forecasts).any()
    if min(value for value in [*row, 0.0] if value == value) >= 0:
        assert (forecasts[complete] >= 0).all()
