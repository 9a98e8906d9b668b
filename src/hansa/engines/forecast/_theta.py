"""The dynamic optimised Theta model of a whole panel at once, with its seasonal adjustment.

Equations: Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), "Models for optimising the theta
method"; the season is taken out by classical decomposition where its autocorrelation is significant.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hansa.engines.forecast._panel import Panel, forget_unripe, mean_of_known
from hansa.engines.forecast._problem import Floats

THETAS = np.repeat([1.0, 1.5, 2.0, 4.0], 9)
ALPHAS = np.tile([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.999], 4)
CHUNK = 1_000
NINETY_PERCENT = 1.645
NEEDED = 4


def theta(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Forecast by Theta on the seasonally adjusted series (``season`` 1: no adjustment)."""
    forecasts = np.empty((len(panel), len(origins), horizon))
    for first in range(0, len(panel), CHUNK):
        chunk = panel.take(slice(first, first + CHUNK))
        forecasts[first : first + CHUNK] = (
            _run(chunk.y, origins, horizon) if season == 1 else _adjusted(chunk, season, origins, horizon)
        )
    return forget_unripe(forecasts, panel, origins, needed=max(NEEDED, 2 * season))


def _adjusted(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Run Theta once for each origin, on what its own past says about the season."""
    multiplies = panel.is_positive[:, None]
    departures = _departures(panel, season)
    forecasts = np.empty((len(panel), len(origins), horizon))
    for column, origin in enumerate(origins):
        index = _index(departures[:, :origin], panel, season, origin)
        past, future = (
            index[:, np.arange(origin) % season],
            index[:, np.arange(origin, origin + horizon) % season],
        )
        y = panel.y[:, :origin]
        plain = np.where(multiplies, y / np.where(multiplies, past, 1.0), y - past)
        ahead = _run(plain, (origin,), horizon)[:, 0]
        forecasts[:, column] = np.where(multiplies, ahead * future, ahead + future)
    return forecasts


def _departures(panel: Panel, season: int) -> Floats:
    """Ratio to (or, where values can be zero, difference from) the centred moving average of a season.

    A departure is stored half a season later than its period: at the moment it becomes known.
    """
    half = season // 2
    weights = np.ones(2 * half + 1)
    if season % 2 == 0:
        weights[[0, -1]] = 0.5
    departures = np.full_like(panel.y, np.nan)
    inner = slice(half, panel.length - half)
    if panel.length <= 2 * half:
        return departures
    total, mass = np.zeros((2, len(panel), panel.length - 2 * half))
    filled = np.where(panel.known, panel.y, 0.0)
    for shift, weight in enumerate(weights):
        stop = panel.length - 2 * half + shift
        total += weight * filled[:, shift:stop]
        mass += weight * panel.known[:, shift:stop]
    enough = mass >= season / 2
    average = total / np.where(enough, mass, 1.0)
    usable = enough & panel.known[:, inner] & ((average > 0) | ~panel.is_positive[:, None])
    safe = np.where(usable & (average != 0), average, 1.0)
    change = np.where(panel.is_positive[:, None], filled[:, inner] / safe, filled[:, inner] - average)
    departures[:, 2 * half :] = np.where(usable, change, np.nan)
    return departures


def _index(departures: Floats, panel: Panel, season: int, origin: int) -> Floats:
    """Average the departures by place in the season: around 1 when they multiply, around 0 when they add."""
    half = season // 2
    neutral = np.where(panel.is_positive, 1.0, 0.0)[:, None]
    seasons = -(-origin // season)
    stacked = np.full((len(panel), seasons * season), np.nan)
    known = departures[:, half:]
    stacked[:, : known.shape[1]] = known
    by_place = np.moveaxis(stacked.reshape(len(panel), seasons, season), 1, 2)
    heard = (~np.isnan(by_place)).any(axis=2)
    index = np.where(heard, mean_of_known(by_place), neutral)
    centre = mean_of_known(index)[:, None]
    positive = panel.is_positive[:, None]
    index = np.where(positive, np.maximum(index / np.where(centre > 0, centre, 1.0), 0.01), index - centre)
    return np.where(_is_seasonal(panel, season, origin)[:, None], index, neutral)


def _is_seasonal(panel: Panel, season: int, origin: int) -> NDArray[np.bool_]:
    """Test the autocorrelation at the season's lag at 90 percent, as the M4 organisers do."""
    if origin <= season:
        return np.zeros(len(panel), dtype=bool)
    known = panel.known[:, :origin]
    away = np.where(known, panel.y[:, :origin] - mean_of_known(panel.y[:, :origin])[:, None], 0.0)
    power = (away * away).sum(axis=1)
    safe = np.where(power > 0, power, 1.0)
    squares = np.zeros(len(panel))
    for lag in range(1, season):
        squares += (np.ascontiguousarray(away[:, lag:] * away[:, :-lag]).sum(axis=1) / safe) ** 2
    at_season = np.ascontiguousarray(away[:, season:] * away[:, :-season]).sum(axis=1) / safe
    limit = NINETY_PERCENT * np.sqrt((1 + 2 * squares) / np.maximum(known.sum(axis=1), 1))
    seasonal: NDArray[np.bool_] = (np.abs(at_season) > limit) & (power > 0)
    return seasonal


def _run(y: Floats, origins: tuple[int, ...], horizon: int) -> Floats:
    """Run the recursion over ``y[series, periods]`` for every (theta, alpha); forecast at each origin.

    ``weight`` is 1 - 1/theta; ``decay`` is (1 - alpha) to the number of values seen so far.
    """
    series, weight = len(y), 1.0 - 1.0 / THETAS
    level, loss = np.zeros((series, len(ALPHAS))), np.zeros((series, len(ALPHAS)))
    decay = np.ones((series, len(ALPHAS)))
    seen, mean, slope = np.zeros(series), np.zeros(series), np.zeros(series)
    forecasts = np.full((series, len(origins), horizon), np.nan)
    rows, steps = np.arange(series), np.arange(horizon)
    for period in range(max(origins) + 1):
        intercept = mean - (seen + 1) / 2 * slope
        for column in (place for place, origin in enumerate(origins) if origin == period):
            best = loss.argmin(axis=1)
            a, left = ALPHAS[best], decay[rows, best]
            rise = steps + ((1 - left * (1 - a)) / a)[:, None]
            line = left[:, None] * intercept[:, None] + rise * slope[:, None]
            forecasts[:, column] = level[rows, best][:, None] + weight[best][:, None] * line
        if period == max(origins):
            break
        live = ~np.isnan(y[:, period])
        if not live.any():
            continue
        value = np.where(live, y[:, period], 0.0)
        level = np.where((live & (seen == 0))[:, None], value[:, None], level)
        next_decay = decay * (1 - ALPHAS)
        line = decay * intercept[:, None] + (1 - next_decay) / ALPHAS * slope[:, None]
        error = np.where((live & (seen >= 5))[:, None], value[:, None] - level - weight * line, 0.0)
        loss += error * error
        level = np.where(live[:, None], level + ALPHAS * (value[:, None] - level), level)
        decay = np.where(live[:, None], next_decay, decay)
        count = seen + live
        moved = ((count - 2) * slope + 6 / np.maximum(count, 1) * (value - mean)) / (count + 1)
        slope = np.where(live & (count >= 2), moved, slope)
        mean = np.where(live, (seen * mean + value) / np.maximum(count, 1), mean)
        seen = count
    return forecasts
