"""Models of statsforecast, one series at a time: for thorough runs and as the peer in benchmarks.

The library is imported on first use; the quick portfolio does without it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hansa.engines.forecast._panel import Panel
from hansa.engines.forecast._problem import Floats

NEEDED = 10
LONGEST_SEASON = 24  # beyond it AutoETS takes seconds for one series; the season is left to others
# What these compiled fits raise on data that they cannot model (too short, singular, no admissible model).
CANNOT_FIT = (
    ValueError,
    RuntimeError,
    ZeroDivisionError,
    FloatingPointError,
    IndexError,
    np.linalg.LinAlgError,
)


def auto_ets(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Forecast by statsforecast's AutoETS, non-seasonal where the season is longer than 24."""
    from statsforecast.models import AutoETS

    return _each(panel, origins, horizon, AutoETS(season_length=season if season <= LONGEST_SEASON else 1))


def dynamic_theta(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Forecast by statsforecast's DynamicOptimizedTheta."""
    from statsforecast.models import DynamicOptimizedTheta

    return _each(panel, origins, horizon, DynamicOptimizedTheta(season_length=season))


def _each(panel: Panel, origins: tuple[int, ...], horizon: int, model: Any) -> Floats:
    forecasts = np.full((len(panel), len(origins), horizon), np.nan)
    for row in range(len(panel)):
        for column, origin in enumerate(origins):
            past = _without_gaps(panel.y[row, panel.start[row] : origin])
            if len(past) < max(NEEDED, 2 * model.season_length) or past.min() == past.max():
                continue
            try:
                with np.errstate(all="ignore"):  # they divide by zero while they search
                    forecasts[row, column] = model.forecast(y=past, h=horizon)["mean"]
            except CANNOT_FIT:
                continue  # NaN says "could not be tried"; the other members carry the series
    return forecasts


def _without_gaps(past: Floats) -> Floats:
    """Bridge unknown values by straight lines: these models know no gaps."""
    known = ~np.isnan(past)
    if known.all() or not known.any():
        return past
    at = np.arange(len(past))
    return np.asarray(np.interp(at, at[known], past[known]))
