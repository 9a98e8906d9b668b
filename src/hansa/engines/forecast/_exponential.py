"""Exponential smoothing of a whole panel at once: level, damped trend, additive season.

Each series is run through a small grid of smoothing constants in one pass over time; at every origin the
constants with the best AICc so far give the forecast, so a rolling backtest costs no more than one fit.
State equations: Hyndman, Koehler, Ord & Snyder (2008), ETS(A, {N,A,Ad}, {N,A}).
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hansa.engines.forecast._panel import Panel, forget_unripe, mean_of_known, opening
from hansa.engines.forecast._problem import Floats

CELLS = 40_000  # series x grid points worked on at once: the states stay in cache
LEVEL_OBSERVATIONS = 10
LARGEST_LOG_STEP = 2.5  # a log forecast may leave the known range by a factor of 12, no more


class _Grid(NamedTuple):
    alpha: Floats
    beta: Floats
    phi: Floats
    gamma: Floats
    has_trend: Floats
    has_season: Floats
    parameters: Floats


def ets(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Forecast by exponential smoothing with season length ``season`` (1: without a season)."""
    return _in_chunks(panel, season, origins, horizon)


def log_ets(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Smooth the logarithms, so that trend and season multiply; only for series that are always positive."""
    logs = np.log(np.where(panel.is_positive[:, None] & panel.known, panel.y, 1.0))
    logs = np.where(panel.known & panel.is_positive[:, None], logs, np.nan)
    low = np.min(np.where(np.isnan(logs), np.inf, logs), axis=1, initial=0.0)
    start = np.where(panel.is_positive, panel.start, panel.length)
    view = replace(panel, y=logs, known=~np.isnan(logs), start=start)
    forecasts = _in_chunks(view, season, origins, horizon)
    floor, ceiling = (low - LARGEST_LOG_STEP)[:, None, None], LARGEST_LOG_STEP
    return np.asarray(np.exp(np.clip(forecasts, floor, ceiling)))


def _in_chunks(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    grid = _grid(season > 1)
    size = max(1, CELLS // len(grid.alpha))
    forecasts = np.empty((len(panel), len(origins), horizon))
    for first in range(0, len(panel), size):
        chunk = panel.take(slice(first, first + size))
        forecasts[first : first + size] = _smooth(chunk, season, origins, horizon, grid)
    length = _opening_length(season)
    if season == 1:
        return forget_unripe(forecasts, panel, origins, needed=length, at_the_end=1)
    return forget_unripe(forecasts, panel, origins, needed=max(length, season * _seasons_to_open(season)))


@lru_cache(maxsize=2)
def _grid(seasonal: bool) -> _Grid:
    alphas = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.999)
    points: list[tuple[float, ...]] = []
    for alpha in alphas:
        points.append((alpha, 0.0, 1.0, 0.0, 0, 0, 2))
        points.append((alpha, 0.0, 1.0, 0.0, 1, 0, 4))
        points += [
            (alpha, alpha * share, phi, 0.0, 1, 0, 4 if phi == 1 else 5)
            for share in (0.05, 0.2)
            for phi in (0.9, 0.98, 1.0)
        ]
    for alpha in alphas[:-1] if seasonal else ():
        for share in (0.02, 0.1, 0.3):
            gamma = share * (1 - alpha)
            points.append((alpha, 0.0, 1.0, gamma, 0, 1, 3))
            points.append((alpha, alpha * 0.05, 0.98, gamma, 1, 1, 6))
    return _Grid(*(np.array(column, dtype=np.float64) for column in zip(*points, strict=True)))


def _seasons_to_open(season: int) -> int:
    """Seasons that the first estimate of the season is averaged over: four weeks of days, two of all else."""
    return 4 if season <= 7 else 2


def _opening_length(season: int) -> int:
    """Periods that the first level and slope are read from: two halves of whole seasons, ten at least."""
    return 2 * season * -(-LEVEL_OBSERVATIONS // (2 * season))


def _smooth(panel: Panel, season: int, origins: tuple[int, ...], horizon: int, grid: _Grid) -> Floats:
    level, trend, seasonal = _first_states(panel, season, grid)
    loss, seen = np.zeros_like(level), np.zeros(len(panel))
    warm = panel.start + (season if season > 1 else 3)
    forecasts = np.empty((len(panel), len(origins), horizon))
    for period in range(panel.length + 1):
        for column in (place for place, origin in enumerate(origins) if origin == period):
            best = _best(loss, seen, grid)
            forecasts[:, column] = _ahead(level, trend, seasonal, best, grid, period, horizon)
        if period == panel.length:
            break
        live, started = panel.known[:, period], (panel.start <= period)[:, None]
        if not started.any():
            continue
        drift = grid.phi * trend
        expected = level + drift
        if seasonal is not None:
            expected = expected + seasonal[period % season]
        error = np.where(live[:, None], panel.y[:, period, None] - expected, 0.0)
        level = np.where(started, level + drift + grid.alpha * error, level)
        trend = np.where(started, drift + grid.beta * error, trend)
        if seasonal is not None:
            seasonal[period % season] += grid.gamma * error
        counts = live & (period >= warm)
        loss += np.where(counts[:, None], error * error, 0.0)
        seen += counts
    return forecasts


def _first_states(panel: Panel, season: int, grid: _Grid) -> tuple[Floats, Floats, Floats | None]:
    length = _opening_length(season)
    first = opening(panel, length)
    half = length // 2
    early, late = mean_of_known(first[:, :half]), mean_of_known(first[:, half : 2 * half])
    both = (~np.isnan(first[:, :half])).any(axis=1) & (~np.isnan(first[:, half : 2 * half])).any(axis=1)
    slope = np.where(both, (late - early) / half, 0.0)
    middle = half if season > 1 else length
    level = mean_of_known(first[:, :middle])[:, None] - grid.has_trend * slope[:, None] * middle / 2
    trend = slope[:, None] * grid.has_trend
    if season == 1:
        return level, trend, None
    seasons = _seasons_to_open(season)
    opened = opening(panel, seasons * season).reshape(len(panel), seasons, season)
    swing = mean_of_known(np.moveaxis(opened - mean_of_known(opened)[:, :, None], 1, 2))
    swing = swing - mean_of_known(swing)[:, None]
    place = (panel.start[:, None] + np.arange(season)) % season
    aligned = np.zeros((len(panel), season))
    np.put_along_axis(aligned, place, swing, axis=1)
    return level, trend, aligned.T[:, :, None] * grid.has_season


def _best(loss: Floats, seen: Floats, grid: _Grid) -> NDArray[np.intp]:
    """Pick the grid point with the smallest AICc; short series get few parameters."""
    count = np.maximum(seen, 1.0)[:, None]
    spare = np.maximum(count - grid.parameters - 1, 1.0)
    fit = count * np.log(np.maximum(loss / count, 1e-30))
    picked: NDArray[np.intp] = (fit + 2 * grid.parameters * count / spare).argmin(axis=1)
    return picked


def _ahead(
    level: Floats,
    trend: Floats,
    seasonal: Floats | None,
    best: NDArray[np.intp],
    grid: _Grid,
    origin: int,
    horizon: int,
) -> Floats:
    rows = np.arange(len(level))
    damping = np.cumprod(np.repeat(grid.phi[best][:, None], horizon, axis=1), axis=1)
    ahead = level[rows, best][:, None] + trend[rows, best][:, None] * np.cumsum(damping, axis=1)
    if seasonal is not None:
        season = len(seasonal)
        ahead = ahead + seasonal[(origin + np.arange(horizon)) % season][:, rows, best].T
    result: Floats = ahead
    return result
