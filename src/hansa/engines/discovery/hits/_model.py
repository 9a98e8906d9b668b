"""The hit model: two boosted heads, one of the expected amount and one of the chance of a hit.

Amounts are Poisson rates with the observed time as exposure (as in survival analysis), so that goods which have
not lived through the whole horizon teach too: on Olist this was worth a quarter of the average precision.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from hansa.engines.discovery.hits._features import Past
from hansa.engines.discovery.hits._params import Params
from hansa.engines.discovery.hits._problem import Floats, Indices, Problem
from hansa.engines.discovery.hits._result import Provenance, Result
from hansa.kernel.errors import InvalidInput, Refused

ENGINE = "hansa.discovery.hits/1"
FEWEST_GOODS = 50
NEVER = -9.0  # log odds of a hit where none was ever seen
HALF_SEEN = 0.5  # of the horizon, before a good teaches whether it is a hit
TREES = {
    "subsample": 0.8,
    "colsample_bytree": 0.5,
    "min_child_weight": 5,
    "reg_lambda": 5,
    "max_bin": 128,
    "tree_method": "hist",
    "nthread": 1,
}


@dataclass(frozen=True, eq=False)
class Examples:
    """What goods taught (axis *rows*): features at an age, amount seen after it, share of the horizon seen."""

    names: list[str]
    features: NDArray[np.float32]
    amount: Floats
    seen: Floats


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model; ask it with ``score``."""

    params: Params
    seed: int
    names: tuple[str, ...]
    hit_from: float
    log_rate: float
    fitted_on: str
    amount_heads: Sequence[xgb.Booster]
    chance_heads: Sequence[xgb.Booster]

    def score(self, problem: Problem, which: Indices | None = None) -> Result:
        """Judge goods (all, or those at the places given) as they stood at the model's age.

        Refuses goods that have not reached that age, and a problem with other features than the fitted one.
        """
        places = np.arange(len(problem.goods)) if which is None else np.asarray(which, dtype=np.int64)
        young = places[problem.listed[places] + self.params.age > problem.known_until]
        if len(young):
            raise InvalidInput(
                f"good {problem.goods[young[0]]!r} is younger than {self.params.age:g} days; "
                "judge it by a model for day 0"
            )
        names, features = Past.of(problem).features(self.params.age, self.params)
        if tuple(names) != self.names:
            other = sorted(set(names) ^ set(self.names))
            raise InvalidInput(f"the model was fitted on other features; these differ: {other[:5]}")
        rows = xgb.DMatrix(features[places], feature_names=_plain(names))
        log_odds = _margin(self.chance_heads, rows) if self.chance_heads else np.full(len(places), NEVER)
        rows.set_base_margin(np.full(len(places), self.log_rate))
        log_amount = _margin(self.amount_heads, rows)
        return Result(
            goods=tuple(problem.goods[place] for place in places),
            score=log_amount + self.params.chance_weight * log_odds,
            expected=np.exp(log_amount),
            chance=1 / (1 + np.exp(-log_odds)),
            reasons=_reasons(names, self.amount_heads[0], rows),
            hit_from=self.hit_from,
            provenance=Provenance(
                ENGINE, self.params.as_dict(), self.seed, self.fitted_on, problem.fingerprint()
            ),
        )

    def to_bytes(self) -> bytes:
        """The whole model as one JSON object; nothing in it is ever executed."""
        saved: dict[str, Any] = {
            "format": ENGINE,
            "params": self.params.as_dict(),
            "seed": self.seed,
            "names": list(self.names),
            "hit_from": self.hit_from,
            "log_rate": self.log_rate,
            "fitted_on": self.fitted_on,
            "amount": [json.loads(head.save_raw("json")) for head in self.amount_heads],
            "chance": [json.loads(head.save_raw("json")) for head in self.chance_heads],
        }
        return json.dumps(saved).encode()


def fit(problem: Problem, params: Params | None = None, *, seed: int = 0) -> Model:
    """Learn from all that is known until ``problem.known_until`` what makes a hit.

    Refuses when fewer than 50 goods have been seen long enough, or when none of them sold.
    """
    params = Params() if params is None else params
    taught = _examples(problem, params)
    if len(taught.amount) < FEWEST_GOODS or not taught.amount.any():
        raise Refused(
            f"{len(taught.amount)} goods have been seen for {params.least_observed:g} days after day "
            f"{params.age:g}, {int((taught.amount > 0).sum())} of them sold: "
            f"too little to learn from; {FEWEST_GOODS} goods and one sale are needed"
        )
    hit_from = _hit_from(problem, params)
    names = _plain(taught.names)
    amounts = xgb.DMatrix(taught.features, taught.amount, feature_names=names)
    rate = taught.amount.sum() / taught.seen.sum()
    amounts.set_base_margin(np.log(taught.seen * rate))
    half = taught.seen >= HALF_SEEN
    is_hit = taught.amount >= np.maximum(1.0, hit_from * taught.seen)
    chances = xgb.DMatrix(taught.features[half], is_hit[half].astype(np.float64), feature_names=names)
    seeds = range(seed, seed + params.ensemble)
    learnable = 0 < is_hit[half].sum() < half.sum()
    return Model(
        params=params,
        seed=seed,
        names=tuple(taught.names),
        hit_from=hit_from,
        log_rate=float(np.log(rate)),
        fitted_on=problem.fingerprint(),
        amount_heads=[_grow("count:poisson", amounts, params, one) for one in seeds],
        chance_heads=[_grow("binary:logistic", chances, params, one) for one in seeds] if learnable else [],
    )


def from_bytes(saved: bytes) -> Model:
    """Bring back a model that answers as the saved one did; refuses another format."""
    try:
        read = json.loads(saved)
    except ValueError as broken:
        raise InvalidInput(f"this is not a saved hit model: {broken}") from broken
    if not isinstance(read, dict) or read.get("format") != ENGINE:
        raise InvalidInput(f"a saved hit model has format {ENGINE!r}")
    return Model(
        params=Params.from_dict(read["params"]),
        seed=read["seed"],
        names=tuple(read["names"]),
        hit_from=read["hit_from"],
        log_rate=read["log_rate"],
        fitted_on=read["fitted_on"],
        amount_heads=[_booster(head) for head in read["amount"]],
        chance_heads=[_booster(head) for head in read["chance"]],
    )


def _examples(problem: Problem, params: Params) -> Examples:
    """Goods at each age, as far as the horizon after it is known."""
    past = Past.of(problem)
    names: list[str] = []
    rows, amounts, seen = [], [], []
    for age in params.ages:
        moment = problem.listed + age + params.gap
        span = np.minimum(problem.known_until - moment, params.horizon)
        taught = (span >= params.least_observed) & (problem.listed >= problem.judged_from)
        names, features = past.features(age, params)
        rows.append(features[taught])
        amounts.append(past.amounts(moment, moment + np.maximum(span, 0))[taught])
        seen.append(span[taught] / params.horizon)
    return Examples(names, np.concatenate(rows), np.concatenate(amounts), np.concatenate(seen))


def _hit_from(problem: Problem, params: Params) -> float:
    """The least amount, at least 1, that makes a hit: what the best share of matured goods reached."""
    moment = problem.listed + params.first_day
    matured = (moment + params.horizon <= problem.known_until) & (problem.listed >= problem.judged_from)
    if not matured.any():
        return 1.0
    amount = Past.of(problem).amounts(moment, moment + params.horizon)[matured]
    return max(1.0, float(np.quantile(amount, 1 - params.hit_share, method="inverted_cdf")))


def _grow(objective: str, rows: xgb.DMatrix, params: Params, seed: int) -> xgb.Booster:
    knobs = TREES | {
        "objective": objective,
        "max_depth": params.depth,
        "eta": params.learning_rate,
        "seed": seed,
    }
    return xgb.train(knobs, rows, params.rounds)


def _margin(heads: Sequence[xgb.Booster], rows: xgb.DMatrix) -> Floats:
    """Mean of what the heads say, before it is turned into an amount or a chance."""
    said = [head.predict(rows, output_margin=True) for head in heads]
    return np.asarray(np.mean(said, axis=0), dtype=np.float64)


def _reasons(names: Sequence[str], head: xgb.Booster, rows: xgb.DMatrix) -> tuple[str, ...]:
    """The two features that moved each good's expected amount most (exact tree contributions)."""
    shares = np.asarray(head.predict(rows, pred_contribs=True))[:, :-1]
    strongest = np.argsort(-np.abs(shares), axis=1, kind="stable")[:, :2]
    return tuple(
        "; ".join(f"{'+' if shares[row, place] > 0 else '-'} {names[place]}" for place in places)
        for row, places in enumerate(strongest)
    )


def _plain(names: Sequence[str]) -> list[str]:
    """Names without the brackets that the trees' library does not take."""
    return [name.translate(str.maketrans("[]<", "()(")) for name in names]


def _booster(saved: dict[str, Any]) -> xgb.Booster:
    head = xgb.Booster()
    head.load_model(bytearray(json.dumps(saved).encode()))
    return head
