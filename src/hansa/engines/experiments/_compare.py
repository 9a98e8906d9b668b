"""Comparing arms: one way of computing for means and ratios, with and without a covariate, at every look."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from hansa import __version__
from hansa.engines.experiments._params import Params
from hansa.engines.experiments._problem import Floats, Ints, Problem
from hansa.engines.experiments._result import Comparison, FixedTest, Look, Provenance, Result, Verdict
from hansa.engines.experiments._sample_ratio import SampleRatio, sample_ratio
from hansa.engines.experiments._sequence import Mixture

ROUNDING = 1e-12  # a difference below this share of the values is how sums are rounded


def compare(problem: Problem, params: Params) -> Result:
    """Compare each treatment with the control, at every look, so that one may stop at any of them.

    The chance of one false verdict over all looks and treatments is at most ``params.alpha``. Comes back
    with reasons and without numbers when an arm has too few units or the arms did not get their shares.
    """
    cuts = _cuts(len(problem.units), params.looks)
    ratio = _ratio_at_every_look(problem, cuts)
    refusals = _refusals(problem, params, ratio)
    comparisons = (
        ()
        if refusals
        else tuple(_comparison(problem, params, treatment, cuts) for treatment in range(1, len(problem.arms)))
    )
    return Result(
        problem.arms, comparisons, refusals, ratio, Provenance(params, __version__, problem.digest())
    )


class _Arms(NamedTuple):
    """Control and treatment at one look: the metric in each, their difference and its variance."""

    control: float
    treatment: float
    difference: float
    variance: float
    raw_variance: float


def _cuts(units: int, looks: int) -> Ints:
    """After how many units one looks: evenly spread, the last with all of them."""
    return np.unique(np.ceil(np.linspace(0, units, looks + 1)[1:]).astype(np.intp))


def _ratio_at_every_look(problem: Problem, cuts: Ints) -> SampleRatio:
    """The counts at the end, with the smallest p-value of all looks: a mismatch, once seen, stays."""
    counts = [np.bincount(problem.arm[:cut], minlength=len(problem.arms)) for cut in cuts]
    looks = [sample_ratio(each.tolist(), problem.shares.tolist()) for each in counts]
    last = looks[-1]
    return SampleRatio(last.counts, last.expected, min(look.p_value for look in looks), last.naive_p_value)


def _refusals(problem: Problem, params: Params, ratio: SampleRatio) -> tuple[str, ...]:
    reasons = [
        f"arm {arm!r} has {count} units; nothing is said below {params.least_units}"
        for arm, count in zip(problem.arms, ratio.counts, strict=True)
        if count < params.least_units
    ]
    if ratio.p_value < params.mismatch_alpha:
        wanted = ", ".join(f"{each:.0f}" for each in ratio.expected)
        found = ", ".join(str(each) for each in ratio.counts)
        reasons.append(
            f"sample-ratio mismatch: {found} units where {wanted} were planned (p {ratio.p_value:.2g});"
            " find what loses or doubles units before you believe any figure"
        )
    if problem.denominator is not None:
        reasons += [
            f"arm {arm!r} has a denominator of 0: the ratio is nothing there"
            for place, arm in enumerate(problem.arms)
            if problem.denominator[problem.arm == place].sum() <= 0
        ]
    if not reasons and _all_alike(problem):
        reasons.append("every unit did the same: nothing tells the arms apart yet")
    return tuple(reasons)


def _all_alike(problem: Problem) -> bool:
    """Whether nothing varies: an interval of no width would claim what nobody knows."""
    if np.ptp(problem.outcome) > 0:
        return False
    return problem.denominator is None or problem.outcome[0] == 0 or np.ptp(problem.denominator) == 0


def _comparison(problem: Problem, params: Params, treatment: int, cuts: Ints) -> Comparison:
    alpha = params.alpha / (len(problem.arms) - 1)  # Bonferroni over the treatments
    mixture = Mixture(alpha, params.sharpest_at)
    looks: list[Look] = []
    seen: _Arms | None = None
    p_value, verdict, decided_at = 1.0, Verdict.OPEN, None
    for cut in cuts:
        if not _enough(problem, treatment, int(cut), params.least_units):
            continue
        seen = _arms(problem, treatment, int(cut), use_covariate=params.use_covariate)
        units = int(np.isin(problem.arm[:cut], (0, treatment)).sum())
        radius = mixture.radius(seen.variance, units)
        p_value = min(p_value, mixture.p_value(seen.difference, seen.variance, units))
        at = None if problem.entered is None else float(problem.entered[cut - 1])
        look = Look(units, at, seen.difference, seen.difference - radius, seen.difference + radius, p_value)
        looks.append(look)
        if verdict is Verdict.OPEN and abs(seen.difference) > radius:
            verdict = Verdict.HIGHER if seen.difference > 0 else Verdict.LOWER
            decided_at = units
    assert seen is not None  # the last cut holds all units, and too few were refused before
    last = looks[-1]
    return Comparison(
        control=problem.arms[0],
        treatment=problem.arms[treatment],
        control_value=seen.control,
        treatment_value=seen.treatment,
        difference=last.difference,
        low=last.low,
        high=last.high,
        p_value=p_value,
        verdict=verdict,
        decided_at=decided_at,
        variance_cut=1 - seen.variance / seen.raw_variance if seen.raw_variance > 0 else 0.0,
        looks=tuple(looks),
        naive=_naive(problem, treatment, alpha),
    )


def _enough(problem: Problem, treatment: int, cut: int, least: int) -> bool:
    arm = problem.arm[:cut]
    if min(int((arm == 0).sum()), int((arm == treatment).sum())) < least:
        return False
    weight = problem.denominator
    return weight is None or all(weight[:cut][arm == side].sum() > 0 for side in (0, treatment))


def _arms(problem: Problem, treatment: int, cut: int, *, use_covariate: bool) -> _Arms:
    """The difference of two arms at one look and its variance.

    A ratio is made linear around each arm's own value (the delta method), which turns it into a mean by
    unit; the covariate then explains part of that mean (Deng et al. 2013, CUPED).
    """
    arm = problem.arm[:cut]
    sides = (arm == 0, arm == treatment)
    values, levels = _by_unit(problem, cut, sides)
    means = [float(values[side].mean()) for side in sides]
    raw = sum(float(values[side].var(ddof=1)) / int(side.sum()) for side in sides)
    shift, variance = 0.0, raw
    if use_covariate and problem.covariate is not None:
        adjusted = values - _explained(values, problem.covariate[:cut], sides)
        variance = sum(float(adjusted[side].var(ddof=1)) / int(side.sum()) for side in sides)
        shift = float(adjusted[sides[1]].mean() - adjusted[sides[0]].mean()) - (means[1] - means[0])
    difference = levels[1] - levels[0] + shift
    if abs(difference) <= ROUNDING * max(abs(levels[0]), abs(levels[1]), abs(shift)):
        difference = 0.0
    return _Arms(levels[0], levels[1], difference, variance, raw)


def _by_unit(
    problem: Problem, cut: int, sides: tuple[np.ndarray, np.ndarray]
) -> tuple[Floats, tuple[float, float]]:
    """Each unit's share in its arm's value, and the two values; their means agree."""
    outcome = problem.outcome[:cut]
    if problem.denominator is None:
        return outcome, (float(outcome[sides[0]].mean()), float(outcome[sides[1]].mean()))
    weight, values, levels = problem.denominator[:cut], outcome.copy(), []
    for side in sides:
        level = float(outcome[side].sum() / weight[side].sum())
        values[side] = level + (outcome[side] - level * weight[side]) / weight[side].mean()
        levels.append(level)
    return values, (levels[0], levels[1])


def _explained(values: Floats, covariate: Floats, sides: tuple[np.ndarray, np.ndarray]) -> Floats:
    """What the time before exposure tells of each unit, from one slope within both arms; 0 where unknown."""
    known = ~np.isnan(covariate)
    both = known & (sides[0] | sides[1])
    if not both.any():
        return np.zeros(len(values))
    centred = np.where(known, covariate - covariate[both].mean(), 0.0)
    shared, spread = 0.0, 0.0
    for side in (both & sides[0], both & sides[1]):
        if side.any():
            apart = covariate[side] - covariate[side].mean()
            shared += float(apart @ (values[side] - values[side].mean()))
            spread += float(apart @ apart)
    return centred * (shared / spread) if spread > 0 else np.zeros(len(values))


def _naive(problem: Problem, treatment: int, alpha: float) -> FixedTest:
    """Welch's test on all units, as though one had looked only now."""
    seen = _arms(problem, treatment, len(problem.units), use_covariate=False)
    if seen.variance <= 0:
        return FixedTest(seen.difference, seen.difference, seen.difference, float(seen.difference == 0))
    error = math.sqrt(seen.variance)
    if problem.denominator is not None:
        width, p_value = float(norm.isf(alpha / 2)), 2 * float(norm.sf(abs(seen.difference) / error))
    else:
        freedom = _welch_freedom(problem, treatment)
        width = float(student.isf(alpha / 2, freedom))
        p_value = 2 * float(student.sf(abs(seen.difference) / error, freedom))
    return FixedTest(
        seen.difference, seen.difference - width * error, seen.difference + width * error, p_value
    )


def _welch_freedom(problem: Problem, treatment: int) -> float:
    sides = [problem.outcome[problem.arm == side] for side in (0, treatment)]
    parts = [float(side.var(ddof=1)) / len(side) for side in sides]
    return sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True))
