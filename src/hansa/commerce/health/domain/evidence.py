"""What weekly figures say about a trend and about a link: small, honest statistics. Pure.

A series is one value for each week, oldest first, None where nothing is known. Nothing here proves a cause.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

Series = Sequence[float | None]

LAGS = (0, 1, 2, 3)  # weeks by which the effect may come after the cause
LEAST_WEEKS = 8  # with fewer pairs a rank correlation says next to nothing
CHANCE = 0.05
SPAN = 4  # weeks on either side of a trend
LEAST_OF_SPAN = 2
EVEN = 0.005  # changes below half a per cent are no news


@dataclass(frozen=True)
class Trend:
    """The last four weeks against the four before, and the usual step from week to week in the node's own unit."""

    recent: float | None
    earlier: float | None
    slope: float | None

    @property
    def difference(self) -> float | None:
        if self.recent is None or self.earlier is None:
            return None
        return self.recent - self.earlier

    @property
    def change(self) -> float | None:
        """The relative change; None where the earlier weeks had nothing."""
        if self.difference is None or not self.earlier:
            return None
        return self.difference / abs(self.earlier)

    @property
    def direction(self) -> int | None:
        """1 up, -1 down, 0 even, None where it cannot be said."""
        if self.difference is None or self.earlier is None:
            return None
        if abs(self.difference) <= EVEN * abs(self.earlier):
            return 0
        return 1 if self.difference > 0 else -1


class Verdict(StrEnum):
    """What the figures say of a link."""

    TOO_FEW = "too_few"
    FLAT = "flat"
    CHANCE = "chance"
    AGREES = "agrees"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True)
class AtLag:
    """The correlation when the effect is looked at so many weeks after the cause; rho is None where it has no meaning."""

    lag: int
    weeks: int
    rho: float | None


@dataclass(frozen=True)
class Evidence:
    """The strongest correlation over the lags tried, and how likely chance alone would give one as strong."""

    verdict: Verdict
    weeks: int
    lag: int = 0
    rho: float | None = None
    p: float | None = None
    tried: tuple[AtLag, ...] = ()


def trend_of(values: Series) -> Trend:
    """Compare the mean of the last four weeks with that of the four before; the slope is Theil and Sen's.

    A span counts once two of its weeks are known, the slope once four weeks are.
    """
    return Trend(_mean(values[-SPAN:]), _mean(values[-2 * SPAN : -SPAN]), _theil_sen(values))


def evidence_of(cause: Series, effect: Series, *, expected: int) -> Evidence:
    """Correlate cause and effect at each lag by ranks and judge the strongest of them.

    ``expected`` is 1 where both should rise together, else -1. Spearman's rho needs eight pairs of weeks. Its
    p-value is multiplied by the number of lags tried (Bonferroni), because the best of several always looks good.
    """
    tried = tuple(_at_lag(cause, effect, lag) for lag in LAGS)
    weeks = max(one.weeks for one in tried)
    if weeks < LEAST_WEEKS:
        return Evidence(Verdict.TOO_FEW, weeks, tried=tried)
    told = [(abs(one.rho), -one.lag, one) for one in tried if one.rho is not None]
    if not told:
        return Evidence(Verdict.FLAT, weeks, tried=tried)
    best = max(told, key=lambda each: each[:2])[2]
    assert best.rho is not None
    p = min(1.0, len(told) * _p_value(best.rho, best.weeks))
    if p > CHANCE:
        verdict = Verdict.CHANCE
    else:
        verdict = Verdict.AGREES if best.rho * expected > 0 else Verdict.CONTRADICTS
    return Evidence(verdict, best.weeks, best.lag, best.rho, p, tried)


def spearman(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Correlate the ranks of two runs of equal length, ties sharing their mean rank; None where one never changes."""
    return _pearson(_ranks(xs), _ranks(ys))


def known_from_first(values: Series) -> list[float | None]:
    """Read a count's gaps as nothing, from its first known week on; before it nothing is known."""
    first = next((at for at, value in enumerate(values) if value is not None), len(values))
    return [None if at < first else (value or 0.0) for at, value in enumerate(values)]


def _at_lag(cause: Series, effect: Series, lag: int) -> AtLag:
    later = effect[lag:]
    pairs = [(x, y) for x, y in zip(cause, later, strict=False) if x is not None and y is not None]
    if len(pairs) < LEAST_WEEKS:
        return AtLag(lag, len(pairs), None)
    return AtLag(lag, len(pairs), spearman([x for x, _ in pairs], [y for _, y in pairs]))


def _p_value(rho: float, weeks: int) -> float:
    """How likely chance gives a rho at least this far from zero.

    Fisher's z of a rank correlation is nearly normal with variance 1.06 / (n - 3): Fieller, Hartley and
    Pearson, "Tests for rank correlation coefficients I", Biometrika 44 (1957).
    """
    if abs(rho) >= 1:
        return 0.0
    z = math.atanh(abs(rho)) * math.sqrt((weeks - 3) / 1.06)
    return math.erfc(z / math.sqrt(2))


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in range(start, end + 1):
            ranks[order[place]] = (start + end) / 2 + 1
        start = end + 1
    return ranks


def _pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    x_mean, y_mean = fmean(xs), fmean(ys)
    x_off, y_off = [x - x_mean for x in xs], [y - y_mean for y in ys]
    spread = math.sqrt(math.fsum(x * x for x in x_off) * math.fsum(y * y for y in y_off))
    if spread == 0:
        return None
    return max(-1.0, min(1.0, math.fsum(x * y for x, y in zip(x_off, y_off, strict=True)) / spread))


def _mean(span: Series) -> float | None:
    known = [value for value in span if value is not None]
    return fmean(known) if len(known) >= LEAST_OF_SPAN else None


def _theil_sen(values: Series) -> float | None:
    """The median slope over all pairs of weeks: one odd week does not turn it (Sen, JASA 63, 1968)."""
    known = [(week, value) for week, value in enumerate(values) if value is not None]
    if len(known) < SPAN:
        return None
    return median((y - x) / (j - i) for at, (i, x) in enumerate(known) for j, y in known[at + 1 :])
