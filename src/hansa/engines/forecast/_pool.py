"""Learning what the series of a class have in common: which models do well, how errors grow and are shaped.

The sample that teaches is chosen by hash, so it does not depend on how the series are split.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hansa.engines.forecast import _distribution as distribution
from hansa.engines.forecast._backtest import Backtest, blends_unseen, mean_or_nan, relative_errors
from hansa.engines.forecast._lessons import EVERYTHING, Lessons, Pool
from hansa.engines.forecast._panel import Panel, mean_of_known
from hansa.engines.forecast._params import Params
from hansa.engines.forecast._problem import Floats

LEAST_CLASS = 20  # tested series below which a class learns from all of them
MOST_JUDGED = 300  # series on which the two distributions of counts are compared; enough, and quick
JUDGED_LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
SMOOTH_ADI, SMOOTH_CV2 = 1.32, 0.49  # Syntetos, Boylan & Croston (2005)
KINDS = ("smooth", "erratic", "intermittent", "lumpy", "empty")


def kinds_of(panel: Panel) -> tuple[str, ...]:
    """Classify each series by how often and how evenly demand comes (Syntetos, Boylan & Croston 2005)."""
    filled = np.where(panel.known, panel.y, 0.0)
    sold = filled != 0
    count, total = sold.sum(axis=1), panel.known.sum(axis=1)
    gap = total / np.maximum(count, 1)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    away = np.where(sold, filled - mean[:, None], 0.0)
    variance = (away * away).sum(axis=1) / np.maximum(count, 1)
    uneven = variance > SMOOTH_CV2 * mean * mean
    code = np.where(gap > SMOOTH_ADI, 2, 0) + uneven
    return tuple(KINDS[4 if not known else place] for place, known in zip(code, total > 0, strict=True))


def pool_rows(series: Sequence[str], *, seed: int, at_most: int) -> NDArray[np.intp]:
    """Choose the series that teach: those with the smallest hash, in the order of the hash."""
    marks = [seed_of(name, seed) for name in series]
    order = sorted(range(len(series)), key=lambda row: marks[row])
    return np.array(order[:at_most], dtype=np.intp)


def seed_of(name: str, seed: int) -> int:
    """Derive a number from a series' name and the run's seed: the same wherever the series is worked on."""
    mark = hashlib.blake2b(f"{seed}\x1f{name}".encode("utf-8", "surrogatepass"), digest_size=16)
    return int.from_bytes(mark.digest(), "big")


def learn(panel: Panel, kinds: Sequence[str], test: Backtest, params: Params) -> Pool:
    """Learn from the rows given, in their order."""
    relative = relative_errors(test.squares)
    tested = (~np.isnan(test.squares[:, 1])).any(axis=-1)
    groups = {EVERYTHING: np.flatnonzero(tested)}
    for kind in KINDS:
        rows = np.flatnonzero(tested & (np.array(kinds, dtype=object) == kind))
        if len(rows) >= LEAST_CLASS:
            groups[kind] = rows
    overall = _mean_relative(relative, groups[EVERYTHING], np.zeros(len(test.models)))
    means = {kind: _mean_relative(relative, rows, overall) for kind, rows in groups.items()}
    pooled = np.array([means.get(kind, overall) for kind in kinds]).reshape(len(panel), len(test.models))
    blended = blends_unseen(test, pooled, params)
    base = distribution.recent_deviation(panel)
    lessons = {
        kind: _lessons(panel, test.actuals, blended, base, rows, means[kind]) for kind, rows in groups.items()
    }
    return Pool(test.models, lessons)


def _mean_relative(relative: Floats, rows: NDArray[np.intp], otherwise: Floats) -> Floats:
    chosen = np.ascontiguousarray(relative[rows].T)
    return np.where((~np.isnan(chosen)).any(axis=1), mean_of_known(chosen), otherwise)


def _lessons(
    panel: Panel, actuals: Floats, blended: Floats, base: Floats, rows: NDArray[np.intp], relative: Floats
) -> Lessons:
    errors = actuals[rows] - blended[rows]
    growth = distribution.growth_of(errors)
    squares = mean_or_nan(errors**2 / distribution.growth_curve(growth, errors.shape[2]))
    size = np.sqrt(np.nan_to_num(mean_or_nan(squares)))
    moving = (base[rows] > 0) & (size > 0)
    spread = float(np.median(size[moving] / base[rows][moving])) if moving.any() else 1.0
    sigma = distribution.unseen_sigma(squares, spread * base[rows])
    z = distribution.standardised(errors, sigma, growth)
    shape = distribution.shape_of(z)
    counts = np.flatnonzero(panel.is_count[rows])
    units = panel.scale[rows][counts]
    told = distribution.Told(
        actual=actuals[rows][counts] * units[:, None, None],
        mean=blended[rows][counts] * units[:, None, None],
        sigma=sigma[counts] * units[:, None],
        growth=growth,
    )
    ranks = distribution.ranks_of(told)
    return Lessons(
        tested=len(rows),
        relative=tuple(float(one) for one in relative),
        growth=growth,
        spread=spread,
        shape=shape,
        ranks=ranks,
        reads_counts=distribution.counts_fit_better(told.first(MOST_JUDGED), shape, ranks, JUDGED_LEVELS),
        persistence=distribution.persistence_of(z),
    )
