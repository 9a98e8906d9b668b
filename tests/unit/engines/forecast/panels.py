"""Panels whose right answer is plain to see, and seeded ones for statistics."""

from __future__ import annotations

import numpy as np

from hansa.engines.forecast import Problem
from hansa.engines.forecast._panel import Panel

START = {"D": "2024-01-01", "W": "2024-01-01", "M": "2024-01", "H": "2024-01-01T00"}


def a_problem(*rows: list[float], frequency: str = "D", season: int | None = None) -> Problem:
    """Rows of equal length on an axis from January 2024; names are s0, s1, …"""
    values = np.array(rows, dtype=float)
    step = 7 if frequency == "W" else 1
    start = np.datetime64(START[frequency])
    periods = start + np.arange(values.shape[1]) * step
    names = tuple(f"s{row}" for row in range(len(values)))
    return Problem(names, periods, values, frequency, (season,) if season else ())


def a_panel(*rows: list[float], frequency: str = "D", season: int | None = None) -> Panel:
    return Panel.of(a_problem(*rows, frequency=frequency, season=season))


def seeded_counts(series: int, periods: int, *, seed: int) -> np.ndarray:
    """Weekly-seasonal negative binomial demand with its own mean for each series."""
    random = np.random.default_rng(seed)
    week = np.array([0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 0.9])
    mean = random.gamma(2.0, 4.0, series)[:, None] * week[np.arange(periods) % 7]
    return random.negative_binomial(4, 4 / (4 + mean)).astype(float)


def seeded_smooth(series: int, periods: int, *, seed: int) -> np.ndarray:
    """Continuous demand around 100 with a week, a drifting level and normal noise."""
    random = np.random.default_rng(seed)
    week = 15 * np.sin(2 * np.pi * np.arange(periods) / 7)
    level = 100 + np.cumsum(random.normal(0, 0.5, (series, periods)), axis=1)
    return level + week + random.normal(0, 6, (series, periods))
