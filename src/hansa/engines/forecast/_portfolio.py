"""Who competes: each family with each season it can use, under one name such as ``ets@7``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hansa.engines.forecast import _exponential, _peers, _simple, _theta
from hansa.engines.forecast._panel import Panel
from hansa.engines.forecast._params import Params
from hansa.engines.forecast._problem import Floats

# (panel, season, origins, horizon) -> forecasts[series, origins, steps], NaN where a series is too short
Rolling = Callable[[Panel, int, tuple[int, ...], int], Floats]

SEASONAL: dict[str, Rolling] = {
    "seasonal_naive": _simple.seasonal_naive,
    "season_mean": _simple.season_mean,
}
PLAIN: dict[str, Rolling] = {
    "window_mean": _simple.window_mean,
    "tsb": _simple.tsb,
}
WITH_AND_WITHOUT_SEASON: dict[str, Rolling] = {
    "ets": _exponential.ets,
    "log_ets": _exponential.log_ets,
    "theta": _theta.theta,
}
MAIN_SEASON: dict[str, Rolling] = {
    "auto_ets": _peers.auto_ets,
    "dynamic_theta": _peers.dynamic_theta,
}


@dataclass(frozen=True)
class Candidate:
    """One model with its season; ``rolling`` forecasts a panel at several origins."""

    name: str
    season: int
    rolling: Rolling

    def forecast(self, panel: Panel, origins: tuple[int, ...], horizon: int) -> Floats:
        """Forecast at every origin, never further out of the known range than that range is wide.

        The bound keeps a trend seen in a handful of points from running away; history that never was
        negative is not forecast below zero.
        """
        forecasts = self.rolling(panel, self.season, origins, horizon)
        for column, origin in enumerate(origins):
            known = panel.summary(origin)
            width = known.high - known.low
            low = np.where(panel.is_nonnegative, np.maximum(known.low - width, 0.0), known.low - width)
            bounded = np.clip(forecasts[:, column], low[:, None], (known.high + width)[:, None])
            forecasts[:, column] = bounded
        return forecasts


def candidates(panel: Panel, params: Params) -> tuple[Candidate, ...]:
    """List the candidates, the seasonal naive first, the window mean second: both always compete."""
    seasons = panel.seasons
    longer = tuple(season for season in seasons if season > 1)
    found = [
        Candidate(f"seasonal_naive@{seasons[0]}", seasons[0], _simple.seasonal_naive),
        Candidate("window_mean", 1, _simple.window_mean),
    ]
    for family in params.families:
        if family in SEASONAL:
            found += [Candidate(f"{family}@{season}", season, SEASONAL[family]) for season in longer]
        elif family in PLAIN:
            found.append(Candidate(family, 1, PLAIN[family]))
        elif family in MAIN_SEASON:
            found.append(Candidate(f"{family}@{seasons[0]}", seasons[0], MAIN_SEASON[family]))
        else:
            rolling = WITH_AND_WITHOUT_SEASON[family]
            found += [Candidate(f"{family}@{season}", season, rolling) for season in (1, *longer)]
    unique: dict[str, Candidate] = {}
    for candidate in found:
        unique.setdefault(candidate.name, candidate)
    return tuple(unique.values())
