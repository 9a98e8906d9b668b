"""What a policy would have earned, told from another one's logs; or why these logs cannot tell.

Inverse propensity (Horvitz & Thompson 1952), self-normalised (Swaminathan & Joachims 2015) and doubly
robust (Dudík, Langford & Li 2011) estimates; the effective sample after Kish (1965).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from hansa import __version__
from hansa.engines.experiments._logs import Interval, Logs, OffPolicyParams
from hansa.engines.experiments._problem import Floats
from hansa.kernel.errors import InvalidInput

BLOCKS = 10_000  # rows are resampled in at most so many blocks: the sums in each are all that is needed
FARTHEST = 5.0  # standard errors of the mean weight from 1


@dataclass(frozen=True)
class Estimate:
    """A value by row with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class OffPolicyResult:
    """What the new policy would have earned by row, three ways; all None where the logs cannot tell.

    - ``logged``: what the old policy earned, the naive guess at what the new one will.
    - ``effective_sample``: how many rows of the new policy's own log these rows are worth, before clipping.
    - ``mean_weight`` should be 1. ``clipped_rows`` were cut, and with them ``clipped_share`` of all weight.
    - ``heaviest_share``: part of all weight that one row carries.
    """

    ips: Estimate | None
    snips: Estimate | None
    doubly_robust: Estimate | None
    refusals: tuple[str, ...]
    rows: int
    logged: float
    effective_sample: float
    mean_weight: float
    heaviest_share: float
    clipped_rows: int
    clipped_share: float
    params: OffPolicyParams
    seed: int
    version: str
    input_digest: str

    @property
    def is_refused(self) -> bool:
        """Whether there is no number to believe."""
        return bool(self.refusals)


def off_policy(logs: Logs, params: OffPolicyParams, *, seed: int) -> OffPolicyResult:
    """Estimate what the target policy would have earned; comes back with reasons where nobody could tell.

    The seed draws the bootstrap, where one was asked for; nothing else is random.
    """
    whole = logs.weights
    weights = whole if params.clip is None else np.minimum(whole, params.clip)
    effective = _effective(whole)
    bounds = _bounds(logs, params)
    refusals = _refusals(logs, whole, effective, params)
    estimates: list[Estimate | None] = [None, None, None]
    if not refusals:
        parts = _parts(logs, weights)
        intervals = (
            _bootstrapped(parts, params, seed)
            if params.bootstrap_draws
            else _by_normal_theory(logs, parts, weights, params, bounds)
        )
        estimates = [
            None if value is None else Estimate(value, interval)
            for value, interval in zip(_values(parts), intervals, strict=True)
        ]
    return OffPolicyResult(
        ips=estimates[0],
        snips=estimates[1],
        doubly_robust=estimates[2],
        refusals=refusals,
        rows=len(whole),
        logged=float(logs.reward.mean()),
        effective_sample=effective,
        mean_weight=float(whole.mean()),
        heaviest_share=float(whole.max() / whole.sum()) if whole.any() else 0.0,
        clipped_rows=int((whole > weights).sum()),
        clipped_share=float(1 - weights.sum() / whole.sum()) if whole.any() else 0.0,
        params=params,
        seed=seed,
        version=__version__,
        input_digest=logs.digest(),
    )


class _Parts(NamedTuple):
    """What each row adds to the sums that the estimates are made of; ``robust`` is None without a model."""

    weight: Floats
    earned: Floats
    robust: Floats | None


def _effective(weights: Floats) -> float:
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def _bounds(logs: Logs, params: OffPolicyParams) -> tuple[float, float] | None:
    """The lowest and highest possible reward, where that is known; refuses rewards beyond it."""
    low, high = float(logs.reward.min()), float(logs.reward.max())
    if params.reward_range is not None:
        if not params.reward_range[0] <= low <= high <= params.reward_range[1]:
            raise InvalidInput(f"rewards from {low:g} to {high:g} leave the range {params.reward_range}")
        return params.reward_range
    return (0.0, 1.0) if np.isin(logs.reward, (0.0, 1.0)).all() else None


def _refusals(logs: Logs, weights: Floats, effective: float, params: OffPolicyParams) -> tuple[str, ...]:
    rows = len(weights)
    needed = max(params.least_sample, params.least_share * rows)
    reasons = []
    if effective < needed:
        reasons.append(
            f"{rows} rows are worth {effective:.1f} of the new policy's own; {needed:.0f} are needed."
            " Log with a floor under the chances, or compare policies that are closer"
        )
    elif rows > 1:
        error = float(weights.std(ddof=1)) / math.sqrt(rows)
        if abs(float(weights.mean()) - 1) > FARTHEST * error + 1e-6:
            reasons.append(
                f"weights average {weights.mean():.3f} where they should average 1: the chances in these"
                " logs are wrong, or the new policy does what the old one never did"
            )
        if float(logs.reward.std()) == 0 and _bounds(logs, params) is None:
            reasons.append("every reward is the same and their range is unknown: give the range")
    return tuple(reasons)


def _parts(logs: Logs, weights: Floats) -> _Parts:
    robust = None
    if logs.expected_logged is not None and logs.expected_target is not None:
        robust = logs.expected_target + weights * (logs.reward - logs.expected_logged)
    return _Parts(weights, weights * logs.reward, robust)


def _values(parts: _Parts) -> tuple[float, float, float | None]:
    snips = float(parts.earned.sum() / parts.weight.sum())
    return float(parts.earned.mean()), snips, None if parts.robust is None else float(parts.robust.mean())


def _by_normal_theory(
    logs: Logs, parts: _Parts, weights: Floats, params: OffPolicyParams, bounds: tuple[float, float] | None
) -> list[Interval]:
    """Intervals from the variance of each row's influence, with a floor, in the shape of Wilson (1927).

    The floor is what as many rows as the effective sample would leave uncertain. Without it the variance
    is judged by the few heavy rows that were seen, and intervals cover far too seldom.
    """
    rows, effective = len(weights), _effective(weights)
    ips, snips, robust = _values(parts)
    spread = _weighted_mean((logs.reward - snips) ** 2, weights)
    influence = (parts.earned - snips * weights) / weights.mean()
    width = float(norm.isf(params.alpha / 2))
    variances = [
        max(float(parts.earned.var(ddof=1)) / rows, spread / effective),
        max(float(influence.var(ddof=1)) / rows, spread / effective),
    ]
    if parts.robust is not None:
        assert logs.expected_logged is not None
        left = logs.reward - logs.expected_logged
        unexplained = _weighted_mean((left - _weighted_mean(left, weights)) ** 2, weights)
        variances.append(max(float(parts.robust.var(ddof=1)) / rows, unexplained / effective))
    else:
        variances.append(0.0)
    return [
        _interval(value if value is not None else 0.0, variance, effective, bounds, width)
        for value, variance in zip((ips, snips, robust), variances, strict=True)
    ]


def _weighted_mean(values: Floats, weights: Floats) -> float:
    return float(values @ weights / weights.sum())


def _interval(
    value: float, variance: float, effective: float, bounds: tuple[float, float] | None, width: float
) -> Interval:
    if bounds is None:
        return Interval(value - width * math.sqrt(variance), value + width * math.sqrt(variance))
    low, span = bounds[0], bounds[1] - bounds[0]
    share = min(max((value - low) / span, 0.0), 1.0)
    at_most = share * (1 - share)
    trials = at_most * span**2 / variance if at_most > 0 and variance > 0 else effective
    shrunk = 1 + width**2 / trials
    centre = (share + width**2 / (2 * trials)) / shrunk
    half = width / shrunk * math.sqrt(at_most / trials + width**2 / (4 * trials**2))
    return Interval(low + span * max(centre - half, 0.0), low + span * min(centre + half, 1.0))


def _bootstrapped(parts: _Parts, params: OffPolicyParams, seed: int) -> list[Interval]:
    """Percentiles over draws of blocks of rows, each block as often as a Poisson number of mean 1 says."""
    generator = np.random.default_rng(seed)
    rows = len(parts.weight)
    block = generator.permutation(rows) % min(rows, BLOCKS)
    columns = [np.ones(rows), parts.weight, parts.earned]
    columns.append(parts.robust if parts.robust is not None else parts.earned)
    sums = np.stack([np.bincount(block, column) for column in columns], axis=1)
    drawn = np.concatenate(
        [generator.poisson(1.0, (100, len(sums))) @ sums for _ in range(-(-params.bootstrap_draws // 100))]
    )[: params.bootstrap_draws]
    count, weight, earned, robust = drawn[drawn[:, 1] > 0].T  # a draw of a few rows may hold no weight at all
    levels = [params.alpha / 2, 1 - params.alpha / 2]
    return [
        Interval(*(float(each) for each in np.quantile(values, levels)))
        for values in (earned / count, earned / weight, robust / count)
    ]
