"""From a mean to a distribution: how wide, which shape, calibrated on errors the models did not see.

Two readings: standardised backtest errors around the mean, or for counts a negative binomial read at
recalibrated levels; the backtest says per class which has the smaller pinball loss.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import betainc, gammaincinv, gammaln, ndtr, ndtri

from hansa.engines.forecast._backtest import mean_or_nan
from hansa.engines.forecast._lessons import Lessons
from hansa.engines.forecast._panel import Panel, mean_of_known
from hansa.engines.forecast._problem import Floats

GRID = (np.arange(200) + 0.5) / 200  # levels at which shapes are kept; beyond its ends they stay flat
PRIOR_WINDOWS = 1.0  # the class's spread weighs as much as one window of the series' own errors
PSEUDO = 50  # standard normal (or uniform) draws that steady a shape learnt from few errors
LEAST_DISPERSION = 1.05  # variance over mean of the narrowest count distribution
STEEPEST_GROWTH = 1.0
LEAST_MEAN = 1e-6
HIGHEST_RANK = 1.0 - 1e-6
LARGEST_TABLE = 4_096  # counts up to which a cumulative table is cheaper than, and as good as, a gamma
GOLDEN = (5**0.5 - 1) / 2


class Told(NamedTuple):
    """What a backtest of counts told, in units: ``actual`` and ``mean`` are ``[series, windows, steps]``."""

    actual: Floats
    mean: Floats
    sigma: Floats
    growth: float

    def first(self, series: int) -> Told:
        """Keep the first few series."""
        return Told(self.actual[:series], self.mean[:series], self.sigma[:series], self.growth)

    def negative_binomials(self) -> tuple[Floats, Floats]:
        """Size and chance of each cell's negative binomial."""
        return _negative_binomial(self.mean, self.sigma[:, :, None], self.curve)

    @property
    def curve(self) -> Floats:
        """Relative error variance by step."""
        return growth_curve(self.growth, self.actual.shape[2])


def recent_deviation(panel: Panel) -> Floats:
    """Standard deviation of the last weeks in scaled units, at least a quarter of the whole history's."""
    recent = panel.y[:, -max(30, 2 * panel.seasons[0]) :]
    count = panel.known.sum(axis=1)
    alone = np.where(
        panel.is_count, np.sqrt(np.abs(_latest(panel)) / panel.scale), 0.5 * np.abs(_latest(panel))
    )
    deviation = np.maximum(_deviation(recent), 0.25 * _deviation(panel.y))
    return np.asarray(np.where(count > 1, deviation, alone))


def growth_curve(growth: float, horizon: int) -> Floats:
    """Relative error variance by step, 1 on average: it rises in a straight line."""
    curve = 1.0 + growth * np.arange(horizon)
    return np.asarray(curve / curve.mean())


def growth_of(errors: Floats) -> float:
    """Fit that line to squared errors ``[series, windows, steps]``, every series counting the same."""
    squares = errors**2
    own = mean_or_nan(squares.reshape(len(squares), squares.shape[1] * squares.shape[2]))
    usable = np.nan_to_num(own) > 0
    if errors.shape[2] < 2 or not usable.any():
        return 0.0
    relative = squares[usable] / own[usable][:, None, None]
    by_step = mean_or_nan(
        np.moveaxis(relative, 2, 0).reshape(errors.shape[2], relative.shape[0] * relative.shape[1])
    )
    steps = np.flatnonzero(~np.isnan(by_step))
    if len(steps) < 2:
        return 0.0
    slope, intercept = np.polyfit(steps, by_step[steps], 1)
    return float(np.clip(slope / max(intercept, 1e-3), 0.0, STEEPEST_GROWTH))


def unseen_sigma(squares: Floats, prior: Floats) -> Floats:
    """Standard deviation for each window, told by the other windows and the class: ``[series, windows]``."""
    known = ~np.isnan(squares)
    filled = np.where(known, squares, 0.0)
    others = filled.sum(axis=1, keepdims=True) - filled
    count = known.sum(axis=1, keepdims=True) - known
    variance = np.maximum(others, 0.0) + PRIOR_WINDOWS * (prior**2)[:, None]
    return np.asarray(np.sqrt(variance / (count + PRIOR_WINDOWS)))


def sigma_now(squares: Floats, prior: Floats) -> Floats:
    """Standard deviation told by all windows and the class: ``[series]``."""
    known = ~np.isnan(squares)
    total = np.where(known, squares, 0.0).sum(axis=1)
    return np.asarray(np.sqrt((total + PRIOR_WINDOWS * prior**2) / (known.sum(axis=1) + PRIOR_WINDOWS)))


def standardised(errors: Floats, sigma: Floats, growth: float) -> Floats:
    """Divide errors ``[series, windows, steps]`` by their expected size; NaN where nothing is expected."""
    size = sigma[:, :, None] * np.sqrt(growth_curve(growth, errors.shape[2]))
    return np.where(size > 0, errors / np.where(size > 0, size, 1.0), np.nan)


def shape_of(z: Floats) -> tuple[float, ...]:
    """Quantiles of standardised errors on GRID, steadied by a few normal draws."""
    normal = ndtri((np.arange(PSEUDO) + 0.5) / PSEUDO)
    seen = np.concatenate([z[~np.isnan(z)], normal])
    return tuple(float(one) for one in np.quantile(seen, GRID))


def persistence_of(z: Floats) -> float:
    """Correlation of neighbouring standardised errors, 0 to 0.95."""
    before, after = z[:, :, :-1], z[:, :, 1:]
    both = ~np.isnan(before) & ~np.isnan(after)
    power = (before[both] ** 2).sum()
    return float(np.clip((before[both] * after[both]).sum() / power, 0.0, 0.95)) if power > 0 else 0.0


def ranks_of(told: Told) -> tuple[float, ...]:
    """Quantiles on GRID of where actual counts fell in their negative binomials (a recalibration map).

    Within the step of a discrete distribution the place is spread evenly, by a golden-ratio sequence.
    """
    known = ~np.isnan(told.actual) & ~np.isnan(told.mean)
    size, chance = (part[known] for part in told.negative_binomials())
    value = told.actual[known]
    high = betainc(size, value + 1, chance)
    low = np.where(value > 0, betainc(size, np.maximum(value, 1), chance), 0.0)
    place = low + (high - low) * (np.arange(len(value)) * GOLDEN % 1.0)
    uniform = (np.arange(PSEUDO) + 0.5) / PSEUDO
    return tuple(float(one) for one in np.quantile(np.concatenate([place, uniform]), GRID))


def counts_fit_better(
    told: Told, shape: tuple[float, ...], ranks: tuple[float, ...], levels: tuple[float, ...]
) -> bool:
    """Compare the two readings on the backtest by pinball loss, every series counting the same."""
    if told.actual.size == 0 or np.isnan(told.actual).all():
        return False
    own = np.maximum(np.nan_to_num(mean_or_nan(told.sigma)), LEAST_MEAN)[:, None, None]
    width = told.sigma[:, :, None] * np.sqrt(told.curve)
    around = np.maximum(told.mean[..., None] + width[..., None] * np.interp(levels, GRID, shape), 0.0)
    read_at = np.interp(levels, GRID, ranks)
    counted = np.array(
        [
            [
                count_quantiles(read_at[:, None], mean, sigma, told.curve).T
                for mean, sigma in zip(*one, strict=True)
            ]
            for one in zip(told.mean, told.sigma, strict=True)
        ]
    )
    loss = []
    for guess in (around, counted):
        away = (told.actual[..., None] - guess) / own[..., None]
        loss.append(float(np.nanmean(np.maximum(np.array(levels) * away, (np.array(levels) - 1) * away))))
    return loss[1] < loss[0]


def read(mean: Floats, sigma: float, level: Floats, lessons: Lessons, *, as_count: bool) -> Floats:
    """Read one series' distributions around ``mean[steps]`` at ``level[..., steps]``."""
    curve = growth_curve(lessons.growth, len(mean))
    if as_count:
        return count_quantiles(np.interp(level, GRID, lessons.ranks), mean, sigma, curve)
    return np.asarray(mean + sigma * np.sqrt(curve) * np.interp(level, GRID, lessons.shape))


def count_quantiles(level: Floats, mean: Floats, sigma: float, curve: Floats) -> Floats:
    """Smallest counts whose negative binomial reaches ``level[levels, steps]``; large ones by a gamma."""
    size, chance = _negative_binomial(mean, np.asarray(sigma), curve)
    level = np.broadcast_to(np.minimum(level, HIGHEST_RANK), (len(level), len(mean)))
    top = int(np.max(size * (1 - chance) / chance + 16.0 / chance)) + 10
    if top > LARGEST_TABLE:
        return np.asarray(np.round(gammaincinv(size * (1 - chance), level) / chance))
    count = np.arange(top + 1)
    log_mass = gammaln(size[:, None] + count) - gammaln(size)[:, None] - gammaln(count + 1)
    log_mass += size[:, None] * np.log(chance)[:, None] + count * np.log1p(-chance)[:, None]
    reached = np.cumsum(np.exp(log_mass), axis=1)
    found = [np.searchsorted(reached[step], level[:, step]) for step in range(len(mean))]
    return np.array(found, dtype=np.float64).T


def joint_levels(paths: int, horizon: int, persistence: float, generator: np.random.Generator) -> Floats:
    """Draw levels ``[paths, steps]``: uniform at each step, neighbours tied by a normal copula."""
    shocks = generator.standard_normal((paths, horizon))
    drawn = np.empty_like(shocks)
    drawn[:, 0] = shocks[:, 0]
    for step in range(1, horizon):
        drawn[:, step] = persistence * drawn[:, step - 1] + np.sqrt(1 - persistence**2) * shocks[:, step]
    return np.asarray(ndtr(drawn))


def _negative_binomial(mean: Floats, sigma: Floats, curve: Floats) -> tuple[Floats, Floats]:
    centre = np.maximum(np.nan_to_num(mean), LEAST_MEAN)
    variance = np.maximum(np.nan_to_num(sigma) ** 2 * curve, LEAST_DISPERSION * centre)
    return centre * centre / (variance - centre), centre / variance


def _deviation(values: Floats) -> Floats:
    away = values - mean_of_known(values)[:, None]
    return np.asarray(np.sqrt(mean_of_known(away * away)))


def _latest(panel: Panel) -> Floats:
    place = panel.length - 1 - panel.known[:, ::-1].argmax(axis=1)
    latest = panel.y[np.arange(len(panel)), place]
    return np.where(np.isnan(latest), 0.0, latest)
