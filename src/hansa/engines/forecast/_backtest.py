"""Rolling-origin backtest of all candidates, and the blend that their errors suggest.

Weights are a power of the shrunken relative error (own windows towards the class); the blend is judged on
windows that its weights did not see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hansa.engines.forecast._panel import Bools, Panel
from hansa.engines.forecast._params import Params
from hansa.engines.forecast._portfolio import candidates
from hansa.engines.forecast._problem import Floats

LEAST_HISTORY = 3  # periods before a window counts as a test
TINY = 1e-12  # squared, in scaled units: a perfect fit has this error, so that ratios stay finite
WIDEST_LOG_RATIO = 3.0
UNTRIED_PENALTY = 0.1


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts of every candidate at every origin; the last origin is now.

    ``forecasts[series, models, origins, steps]`` and ``actuals[series, windows, steps]`` in scaled units;
    ``squares[series, models, windows]`` mean squared errors, NaN where untried.
    """

    models: tuple[str, ...]
    forecasts: Floats
    actuals: Floats
    squares: Floats
    usable: Bools

    def take(self, rows: NDArray[np.intp]) -> Backtest:
        """Keep some of the series, in the order given."""
        return Backtest(
            self.models, self.forecasts[rows], self.actuals[rows], self.squares[rows], self.usable[rows]
        )

    @property
    def windows(self) -> int:
        """How many origins lie in the past."""
        return int(self.actuals.shape[1])


def backtest(panel: Panel, params: Params) -> Backtest:
    """Forecast from each origin with what was known then, and from the end."""
    origins = tuple(
        origin
        for origin in (panel.length - params.horizon * back for back in range(params.windows, 0, -1))
        if origin >= LEAST_HISTORY
    )
    entrants = candidates(panel, params)
    stops = (*origins, panel.length)
    forecasts = np.stack([entrant.forecast(panel, stops, params.horizon) for entrant in entrants], axis=1)
    actuals = np.full((len(panel), len(origins), params.horizon), np.nan)
    for column, origin in enumerate(origins):
        actuals[:, column] = panel.y[:, origin : origin + params.horizon]
        actuals[origin - panel.start < LEAST_HISTORY, column] = np.nan
    return Backtest(
        models=tuple(entrant.name for entrant in entrants),
        forecasts=forecasts,
        actuals=actuals,
        squares=mean_or_nan((forecasts[:, :, :-1] - actuals[:, None]) ** 2),
        usable=np.asarray(~np.isnan(forecasts[:, :, -1]).any(axis=-1)),
    )


def relative_errors(squares: Floats) -> Floats:
    """Log ratio of each model's RMSE to the window mean's, over the windows in which both were tried.

    ``[series, models]``; NaN where no window tells.
    """
    yardstick = squares[:, 1:2]
    both = ~np.isnan(squares) & ~np.isnan(yardstick)
    own = np.where(both, squares, 0.0).sum(axis=-1) + TINY**2
    base = np.where(both, yardstick, 0.0).sum(axis=-1) + TINY**2
    ratio = np.clip(0.5 * np.log(own / base), -WIDEST_LOG_RATIO, WIDEST_LOG_RATIO)
    return np.where(both.any(axis=-1), ratio, np.nan)


def blend_weights(relative: Floats, pooled: Floats, usable: Bools, params: Params) -> Floats:
    """Turn relative errors into weights ``[series, models]`` that add up to one.

    ``pooled[series, models]`` is the class's mean relative error; it stands in, with a small penalty, for a
    model that could not be tried on the series itself.
    """
    own = np.where(np.isnan(relative), pooled + UNTRIED_PENALTY, relative)
    score = (1 - params.shrinkage) * own + params.shrinkage * pooled
    best = np.min(np.where(usable, score, np.inf), axis=1, keepdims=True, initial=1e300)
    behind = np.where(usable, score - best, 0.0)
    weight = np.where(usable, np.exp(-params.sharpness * behind), 0.0)
    total = np.ascontiguousarray(weight).sum(axis=1, keepdims=True)
    return np.asarray(weight / np.where(total > 0, total, 1.0))


def blend(forecasts: Floats, weights: Floats) -> Floats:
    """Add up ``forecasts[series, models, steps]`` by weight, model after model; NaN models weigh nothing."""
    mixed = np.zeros((forecasts.shape[0], forecasts.shape[2]))
    for model in range(forecasts.shape[1]):
        share = weights[:, model, None]
        mixed += np.where(share > 0, share * np.nan_to_num(forecasts[:, model]), 0.0)
    return mixed


def blends_unseen(test: Backtest, pooled: Floats, params: Params) -> Floats:
    """Blend each past window with weights learnt from the other windows: ``[series, windows, steps]``."""
    blended = np.empty_like(test.actuals)
    for window in range(test.windows):
        others = test.squares.copy()
        others[:, :, window] = np.nan
        tried = np.asarray(~np.isnan(test.forecasts[:, :, window]).any(axis=-1))
        weights = blend_weights(relative_errors(others), pooled, tried, params)
        blended[:, window] = blend(test.forecasts[:, :, window], weights)
    return blended


def mean_or_nan(values: Floats) -> Floats:
    """Average over the last axis, leaving NaN out; NaN where nothing is left."""
    values = np.ascontiguousarray(values)
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
