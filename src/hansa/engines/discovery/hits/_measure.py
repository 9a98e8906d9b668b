"""How well coming hits are found, on goods listed after all that taught: an embargo, so that no label overlaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hansa.engines.discovery.hits._features import Past
from hansa.engines.discovery.hits._model import Model, fit
from hansa.engines.discovery.hits._params import Params
from hansa.engines.discovery.hits._problem import Floats, Indices, Problem
from hansa.kernel.errors import Refused

TOP = 0.05


@dataclass(frozen=True)
class Measured:
    """AP, AUC, and of the first 5 % of the ranking: share that are hits, share of all amounts."""

    average_precision: float
    auc: float
    precision_of_top: float
    share_of_top: float

    def as_dict(self) -> dict[str, float]:
        """The figures by their usual names."""
        return {
            "AP": round(self.average_precision, 4),
            "AUC": round(self.auc, 4),
            "precision of top 5%": round(self.precision_of_top, 4),
            "share of amount in top 5%": round(self.share_of_top, 4),
        }


@dataclass(frozen=True)
class Comparison:
    """The model beside the naive ranking on the same goods, whose places on the axis are told."""

    fitted: Model
    places: Indices
    model: Measured
    naive: Measured
    taught: int
    base_rate: float

    def as_dict(self) -> dict[str, float]:
        """The figures by name, those of the naive ranking behind them."""
        naive = {f"{name}, naive": value for name, value in self.naive.as_dict().items()}
        counts = {"base rate": round(self.base_rate, 4), "goods that taught whole": self.taught}
        return {**self.model.as_dict(), **naive, **counts}


def measure(problem: Problem, params: Params, *, cut: float, seed: int = 0) -> Comparison:
    """Fit on what was known at the cut, judge the goods listed after it whose horizon has passed by now.

    Refuses when no such good is a hit: there is nothing to find.
    """
    known, judged = time_split(problem, params, cut=cut)
    model = fit(known, params, seed=seed)
    listed = problem.listed
    amount = Past.of(problem).amounts(listed + params.first_day, listed + params.last_day)[judged]
    if not (amount >= model.hit_from).any():
        raise Refused(f"none of {len(judged)} goods listed after the cut sold {model.hit_from:g} or more")
    answer = model.score(problem, judged)
    return Comparison(
        fitted=model,
        places=judged,
        model=evaluate(answer.score, amount, model.hit_from),
        naive=evaluate(naive_scores(problem, params)[judged], amount, model.hit_from),
        taught=int(((known.listed + params.last_day <= cut) & _may(known)).sum()),
        base_rate=float((amount >= model.hit_from).mean()),
    )


def time_split(problem: Problem, params: Params, *, cut: float) -> tuple[Problem, Indices]:
    """What was known at the cut, and the places of goods listed after it whose horizon is over by now."""
    over = problem.listed + params.last_day <= problem.known_until
    return problem.until(cut), np.flatnonzero((problem.listed > cut) & over & _may(problem))


def naive_scores(problem: Problem, params: Params) -> Floats:
    """The baseline: what a good sold so far; on day 0, what its seller sold for each good."""
    past, moment = Past.of(problem), problem.listed + params.age
    if params.age > 0:
        return past.amounts(problem.listed, moment)
    names, features = past.features(0.0, params)
    return features[:, names.index("seller: sold for each good")].astype(np.float64)


def evaluate(score: Floats, amount: Floats, hit_from: float) -> Measured:
    """Measure a ranking of goods; equal scores share their places, so that their order cannot flatter."""
    hit = (amount >= hit_from).astype(np.float64)
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True)) + 1  # where a run of equal scores ends
    found = np.cumsum(hit[order])[ends - 1]
    gained = np.diff(np.concatenate([[0.0], found]))
    top = max(1, round(TOP * len(score)))
    missed = (ends - found) - np.diff(np.concatenate([[0.0], ends - found])) / 2
    others = len(hit) - hit.sum()
    return Measured(
        average_precision=float((gained * found / ends).sum() / hit.sum()),
        auc=float(1 - (gained * missed).sum() / (hit.sum() * others)) if others else 1.0,
        precision_of_top=_mean_of_top(score, hit, order, top),
        share_of_top=_mean_of_top(score, amount, order, top) * top / float(amount.sum()),
    )


def _mean_of_top(score: Floats, value: Floats, order: Indices, top: int) -> float:
    """Mean value of the first places; those that tie for the last of them count by halves and thirds."""
    last = score[order[top - 1]]
    sure, tied = score > last, score == last
    rest = top - int(sure.sum())
    return float((value[sure].sum() + rest * value[tied].mean()) / top)


def _may(problem: Problem) -> np.ndarray:
    return np.asarray(problem.listed >= problem.judged_from)
