"""The forecaster told from top to bottom: backtest, learn the pool, blend, widen into quantiles, explain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hansa import __version__
from hansa.engines.forecast import _distribution as distribution
from hansa.engines.forecast._backtest import (
    Backtest,
    backtest,
    blend,
    blend_weights,
    blends_unseen,
    mean_or_nan,
    relative_errors,
)
from hansa.engines.forecast._lessons import Pool
from hansa.engines.forecast._panel import Panel
from hansa.engines.forecast._params import Params
from hansa.engines.forecast._pool import kinds_of, learn, pool_rows, seed_of
from hansa.engines.forecast._problem import Floats, Problem
from hansa.engines.forecast._result import Provenance, Result, joined
from hansa.kernel.errors import BrokenInvariant

BLOCK = 2_000  # series worked on at once, which bounds memory; the numbers do not depend on it


def forecast(problem: Problem, params: Params, *, seed: int) -> Result:
    """Forecast every series with means and calibrated quantiles.

    The seed decides sample paths and, for panels larger than ``pool_size``, which series teach the pool.
    """
    chosen = pool_rows(problem.series, seed=seed, at_most=params.pool_size)
    if len(problem.series) <= min(BLOCK, params.pool_size):
        panel = Panel.of(problem)
        test = backtest(panel, params)
        pool = learn(*_in_order(panel, test, chosen), params)
        return _answer(problem, panel, test, params, pool, seed)
    pool = learn_pool(problem, params, seed=seed)
    starts = range(0, len(problem.series), BLOCK)
    blocks = [np.arange(start, min(start + BLOCK, len(problem.series))) for start in starts]
    parts = [forecast_partition(problem.take(rows), params, seed=seed, pool=pool) for rows in blocks]
    return joined(parts, problem)


def learn_pool(problem: Problem, params: Params, *, seed: int) -> Pool:
    """Learn what the classes of series have in common; run it once, then hand it to every partition."""
    chosen = pool_rows(problem.series, seed=seed, at_most=params.pool_size)
    panel = Panel.of(problem.take(chosen))
    return learn(panel, kinds_of(panel), backtest(panel, params), params)


def forecast_partition(problem: Problem, params: Params, *, seed: int, pool: Pool) -> Result:
    """Forecast some of the series with a pool learnt before; any split gives the same numbers."""
    panel = Panel.of(problem)
    return _answer(problem, panel, backtest(panel, params), params, pool, seed)


def _in_order(
    panel: Panel, test: Backtest, rows: NDArray[np.intp]
) -> tuple[Panel, tuple[str, ...], Backtest]:
    ordered = panel.take(rows)
    return ordered, kinds_of(ordered), test.take(rows)


def _answer(problem: Problem, panel: Panel, test: Backtest, params: Params, pool: Pool, seed: int) -> Result:
    kinds = kinds_of(panel)
    pooled = pool.relative(kinds, test.models)
    weights = blend_weights(relative_errors(test.squares), pooled, test.usable, params)
    mean = blend(test.forecasts[:, :, -1], weights) * panel.scale[:, None]
    unseen = blends_unseen(test, pooled, params)
    errors = test.actuals - unseen
    sigma = _sigma(panel, errors, kinds, pool)
    quantiles, paths = _spread(problem, panel, mean, sigma, kinds, pool, params, seed)
    scored = np.concatenate([test.squares, mean_or_nan(errors**2)[:, None]], axis=1)
    result = Result(
        series=problem.series,
        periods=problem.future(params.horizon),
        levels=params.levels,
        mean=mean,
        quantiles=quantiles,
        models=(*test.models, "blend"),
        chosen=tuple(test.models[best] for best in weights.argmax(axis=1)),
        weights=np.concatenate([weights, np.zeros((len(panel), 1))], axis=1),
        errors=np.sqrt(mean_or_nan(scored)) * panel.scale[:, None],
        kinds=kinds,
        reasons=_reasons(panel, test),
        paths=paths,
        provenance=Provenance(params, seed, __version__, problem.digest()),
    )
    _check(result)
    return result


def _sigma(panel: Panel, errors: Floats, kinds: Sequence[str], pool: Pool) -> Floats:
    """Expected error of each series in units, the class's spread standing in for windows it lacks."""
    base = distribution.recent_deviation(panel)
    sigma = np.zeros(len(panel))
    for kind in sorted(set(kinds)):
        rows = np.flatnonzero(np.array(kinds, dtype=object) == kind)
        lessons = pool.of(kind)
        squares = mean_or_nan(errors[rows] ** 2 / distribution.growth_curve(lessons.growth, errors.shape[2]))
        sigma[rows] = distribution.sigma_now(squares, lessons.spread * base[rows])
    return sigma * panel.scale


def _spread(
    problem: Problem,
    panel: Panel,
    mean: Floats,
    sigma: Floats,
    kinds: Sequence[str],
    pool: Pool,
    params: Params,
    seed: int,
) -> tuple[Floats, Floats]:
    levels = np.array(params.levels)
    quantiles = np.empty((len(panel), params.horizon, len(levels)))
    paths = np.empty((len(panel), params.sample_paths, params.horizon))
    for row, name in enumerate(problem.series):
        lessons = pool.of(kinds[row])
        as_count = lessons.reads_counts and bool(panel.is_count[row]) and kinds[row] != "empty"
        least = 0.0 if panel.is_nonnegative[row] else -np.inf
        fan = distribution.read(mean[row], float(sigma[row]), levels[:, None], lessons, as_count=as_count)
        quantiles[row] = np.maximum(np.maximum.accumulate(fan, axis=0), least).T
        if params.sample_paths:
            generator = np.random.default_rng(seed_of(name, seed))
            drawn = distribution.joint_levels(
                params.sample_paths, params.horizon, lessons.persistence, generator
            )
            path = distribution.read(mean[row], float(sigma[row]), drawn, lessons, as_count=as_count)
            paths[row] = np.maximum(path, least)
    return quantiles, paths


def _reasons(panel: Panel, test: Backtest) -> tuple[str, ...]:
    count = panel.known.sum(axis=1)
    now = panel.summary(panel.length)
    silent = (
        panel.length - 1 - np.where(count > 0, panel.length - 1 - panel.known[:, ::-1].argmax(axis=1), -1)
    )
    tested = np.asarray(~np.isnan(test.squares).all(axis=(1, 2)))
    reasons = []
    for row in range(len(panel)):
        said = []
        if count[row] == 0:
            said.append("no known value: zero is forecast")
        elif count[row] == 1:
            said.append("one known value: it is repeated")
        elif now.low[row] == now.high[row]:
            said.append("always zero" if now.low[row] == 0 else "never changed")
        if count[row] > 0 and silent[row] > 0:
            said.append(f"the last {silent[row]} periods are unknown")
        if count[row] > 0 and not tested[row]:
            said.append("too short for a backtest: errors and weights come from the other series")
        reasons.append("; ".join(said))
    return tuple(reasons)


def _check(result: Result) -> None:
    for name, values in (("mean", result.mean), ("quantiles", result.quantiles), ("paths", result.paths)):
        if not np.isfinite(values).all():
            row = int(np.argwhere(~np.isfinite(values))[0][0])
            raise BrokenInvariant(f"series {result.series[row]!r}: the {name} came out not finite")
