"""How to forecast: horizon, levels, backtest and the families of models that compete."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hansa.kernel.errors import InvalidInput

QUICK = ("seasonal_naive", "window_mean", "season_mean", "tsb", "ets", "log_ets", "theta")
THOROUGH = (*QUICK, "auto_ets", "dynamic_theta")
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
LONGEST_HORIZON = 5_000


@dataclass(frozen=True)
class Params:
    """Knobs of a forecast, with their units and ranges.

    - ``horizon`` periods ahead, 1 to 5,000.
    - ``levels`` of the quantiles, each strictly between 0 and 1, rising.
    - ``windows`` rolling origins of the backtest, one horizon apart, 1 to 20; more see more, cost little.
    - ``families`` that compete; ``seasonal_naive`` and ``window_mean`` always do. QUICK fits whole panels at
      once in numpy; THOROUGH adds statsforecast's models, about 100 times slower a series.
    - ``shrinkage`` of a series' own backtest towards its class, 0 (own only) to 1 (class only).
    - ``sharpness`` of the blend: weights are loss to the power of minus this; 0 is a plain mean, 50 a choice
      of the best.
    - ``sample_paths`` of joint demand drawn for each series, 0 for none.
    - ``pool_size``: at most this many series teach the pooled figures (chosen by hash, not by order).
    """

    horizon: int
    levels: tuple[float, ...] = LEVELS
    windows: int = 4
    families: tuple[str, ...] = QUICK
    shrinkage: float = 0.25
    sharpness: float = 4.0
    sample_paths: int = 0
    pool_size: int = 2_000

    def __post_init__(self) -> None:
        _within("horizon", self.horizon, 1, LONGEST_HORIZON)
        _within("windows", self.windows, 1, 20)
        _within("shrinkage", self.shrinkage, 0.0, 1.0)
        _within("sharpness", self.sharpness, 0.0, 50.0)
        _within("sample_paths", self.sample_paths, 0, 10_000)
        _within("pool_size", self.pool_size, 1, 1_000_000)
        levels = self.levels
        if not levels or any(not 0.0 < level < 1.0 for level in levels):
            raise InvalidInput(f"quantile levels {levels}: each must lie strictly between 0 and 1")
        if any(high <= low for low, high in pairwise(levels)):
            raise InvalidInput(f"quantile levels {levels} must rise")
        unknown = [name for name in self.families if name not in THOROUGH]
        if unknown:
            raise InvalidInput(f"family {unknown[0]!r} is not one of {', '.join(THOROUGH)}")


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{name} is {value}; it must be from {low} to {high}")
