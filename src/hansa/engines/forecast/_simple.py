"""The plain forecasters: seasonal naive, window mean, seasonal mean, and TSB for intermittent demand."""

from __future__ import annotations

import numpy as np

from hansa.engines.forecast._panel import Panel, forget_unripe, mean_of_known, opening
from hansa.engines.forecast._problem import Floats

SEASONS_BACK = 8


def seasonal_naive(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Repeat the last known value at the same place of the season, else the last known value at all."""
    forecasts = np.full((len(panel), len(origins), horizon), np.nan)
    for column, origin in enumerate(origins):
        last = _last_season(panel, season, origin)
        forecasts[:, column] = last[:, np.arange(horizon) % season]
    return forecasts


def window_mean(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Repeat the mean of the last weeks (``panel.window`` periods), or of all when those are unknown."""
    del season
    forecasts = np.full((len(panel), len(origins), horizon), np.nan)
    for column, origin in enumerate(origins):
        recent, whole = panel.y[:, max(0, origin - panel.window) : origin], panel.y[:, :origin]
        heard = (~np.isnan(recent)).any(axis=1)
        mean = np.where(heard, mean_of_known(recent), mean_of_known(whole))
        forecasts[:, column] = np.where(panel.start < origin, mean, np.nan)[:, None]
    return forecasts


def season_mean(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Average the last few values at the same place of the season; needs two seasons."""
    seasons = SEASONS_BACK if season <= 7 else 4 if season in (24, 168) else 3
    forecasts = np.full((len(panel), len(origins), horizon), np.nan)
    for column, origin in enumerate(origins):
        back = min(seasons, origin // season)
        if back < 2:
            continue
        recent = panel.y[:, origin - back * season : origin].reshape(len(panel), back, season)
        profile = mean_of_known(np.moveaxis(recent, 1, 2))
        gaps = np.isnan(recent).all(axis=1)
        profile = np.where(gaps, mean_of_known(recent.reshape(len(panel), -1))[:, None], profile)
        forecasts[:, column] = profile[:, np.arange(horizon) % season]
    return forget_unripe(forecasts, panel, origins, needed=2 * season)


def tsb(panel: Panel, season: int, origins: tuple[int, ...], horizon: int) -> Floats:
    """Smooth the size of demand and the chance of demand apart (Teunter, Syntetos & Babai 2011).

    Both smoothing constants are chosen from a small grid by squared one-step errors up to each origin.
    """
    del season
    alpha = np.repeat([0.02, 0.05, 0.1, 0.2, 0.3], 4)
    beta = np.tile([0.01, 0.03, 0.05, 0.1], 5)
    first = opening(panel, panel.window)
    chance0 = mean_of_known(np.where(np.isnan(first), np.nan, first != 0))
    size0 = np.where(chance0 > 0, mean_of_known(first) / np.where(chance0 > 0, chance0, 1.0), 0.0)
    size, chance = (np.repeat(a[:, None], len(alpha), axis=1) for a in (size0, chance0))
    loss = np.zeros_like(size)
    forecasts = np.full((len(panel), len(origins), horizon), np.nan)
    rows = np.arange(len(panel))
    for period in range(panel.length + 1):
        for column in (place for place, origin in enumerate(origins) if origin == period):
            best = loss.argmin(axis=1)
            forecasts[:, column] = (size[rows, best] * chance[rows, best])[:, None]
        if period == panel.length:
            break
        live = panel.known[:, period, None]
        value = np.where(live, panel.y[:, period, None], 0.0)
        error = np.where(live, value - size * chance, 0.0)
        loss += error * error
        sold = value != 0
        size = np.where(sold, size + alpha * (value - size), size)
        chance = np.where(live, chance + beta * (sold - chance), chance)
    return forget_unripe(forecasts, panel, origins, needed=panel.window, at_the_end=1)


def _last_season(panel: Panel, season: int, origin: int) -> Floats:
    last = np.full((len(panel), season), np.nan)
    for back in range(1, SEASONS_BACK + 1):
        begin = origin - back * season
        if begin + season <= 0:
            break
        part = panel.y[:, max(begin, 0) : begin + season]
        padded = np.pad(part, ((0, 0), (season - part.shape[1], 0)), constant_values=np.nan)
        last = np.where(np.isnan(last), padded, last)
    seen = panel.known[:, :origin]
    place = origin - 1 - seen[:, ::-1].argmax(axis=1)
    latest = np.where(seen.any(axis=1), panel.y[np.arange(len(panel)), place], np.nan)
    filled: Floats = np.where(np.isnan(last), latest[:, None], last)
    return filled
