"""The answer of a forecaster: means, quantiles, what was chosen, how well it did before, how it was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from hansa.engines.forecast._params import Params
from hansa.engines.forecast._problem import Floats, Periods, Problem
from hansa.kernel.errors import InvalidInput


@dataclass(frozen=True)
class Provenance:
    """How a result came about: enough to make it again."""

    params: Params
    seed: int
    version: str
    input_digest: str


@dataclass(frozen=True, eq=False)
class Result:
    """Forecasts of every series; every number is finite, and never negative where the history never was.

    - ``mean[series, steps]`` in units; ``quantiles[series, steps, levels]`` rise along the levels.
    - ``models`` names the last axis of ``errors[series, models]``: backtest RMSE in units, the seasonal naive
      first, the blend last; NaN where a model could not be tried.
    - ``weights[series, models]`` is the blend (the last column, the blend itself, is 0).
    - ``chosen[series]``: the heaviest model of the blend. ``kinds[series]``: smooth, erratic, intermittent,
      lumpy or empty. ``reasons[series]``: what was unusual, in words; empty when nothing was.
    - ``paths[series, paths, steps]``: joint draws of demand, empty unless asked for.
    """

    series: tuple[str, ...]
    periods: Periods
    levels: tuple[float, ...]
    mean: Floats
    quantiles: Floats
    models: tuple[str, ...]
    chosen: tuple[str, ...]
    weights: Floats
    errors: Floats
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    paths: Floats
    provenance: Provenance

    def row(self, name: str) -> int:
        """Find the row of a series; refuses an unknown name."""
        try:
            return self.series.index(name)
        except ValueError:
            raise InvalidInput(f"series {name!r} was not forecast") from None

    def quantile(self, level: float) -> Floats:
        """Give ``[series, steps]`` at one of the levels that were asked for."""
        match = np.flatnonzero(np.isclose(self.levels, level))
        if not len(match):
            raise InvalidInput(f"level {level} was not asked for; there are {self.levels}")
        picked: Floats = self.quantiles[:, :, match[0]]
        return picked

    def gain_over_naive(self) -> Floats:
        """Share of the seasonal naive's backtest RMSE that the blend removes, by series; NaN if untested."""
        naive, blend = self.errors[:, 0], self.errors[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            gain: Floats = np.where(naive > 0, 1.0 - blend / np.where(naive > 0, naive, 1.0), np.nan)
        return gain


class Forecaster(Protocol):
    """Anything that answers a Problem with a Result; `forecast` is the one that Hansa uses."""

    def __call__(self, problem: Problem, params: Params, *, seed: int) -> Result:
        """Forecast every series of the problem."""
        ...


def joined(parts: Sequence[Result], problem: Problem) -> Result:
    """Put partitions back together as the answer to the whole problem, series in its order.

    Refuses parts that do not cover every series exactly once.
    """
    place = {name: (part, row) for part in parts for row, name in enumerate(part.series)}
    if len(place) != sum(len(part.series) for part in parts) or set(place) != set(problem.series):
        raise InvalidInput("the parts do not cover every series exactly once")
    order = [place[name] for name in problem.series]
    first = parts[0]

    def gathered(values: Callable[[Result], Floats]) -> Floats:
        return np.stack([values(part)[row] for part, row in order])

    return Result(
        series=problem.series,
        periods=first.periods,
        levels=first.levels,
        mean=gathered(lambda part: part.mean),
        quantiles=gathered(lambda part: part.quantiles),
        models=first.models,
        chosen=tuple(part.chosen[row] for part, row in order),
        weights=gathered(lambda part: part.weights),
        errors=gathered(lambda part: part.errors),
        kinds=tuple(part.kinds[row] for part, row in order),
        reasons=tuple(part.reasons[row] for part, row in order),
        paths=gathered(lambda part: part.paths),
        provenance=replace(first.provenance, input_digest=problem.digest()),
    )
