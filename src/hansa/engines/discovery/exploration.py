"""Which new goods to try next: Thompson sampling on Beta beliefs that start from the hit model, and stop in time.

Counting what was shown and clicked is left to the caller. Thompson 1933; discounted for drift as in Raj and
Kalyani 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

from hansa.kernel.errors import InvalidInput

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Problem:
    """What is known of new goods (axis *goods*).

    - ``shown``, ``clicked``: impressions and clicks, discounted by ``remembered`` where tastes drift; clicked is
      at most shown.
    - ``expected_rate``: click rate that the hit model expects, above 0 and below 1.
    - ``usual_rate``: median click rate of the good's category, 0 to 1, against which a trial is given up.
    - ``relevance``: how near the good is to who is asking (a cosine), or 1 for all when left out.
    """

    goods: Sequence[str]
    shown: ArrayLike
    clicked: ArrayLike
    expected_rate: ArrayLike
    usual_rate: ArrayLike
    relevance: ArrayLike | None = None
    _laid: dict[str, Floats] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        given = {
            "shown": (self.shown, 0.0, np.inf),
            "clicked": (self.clicked, 0.0, np.inf),
            "expected_rate": (self.expected_rate, 1e-9, 1 - 1e-9),
            "usual_rate": (self.usual_rate, 0.0, 1.0),
            "relevance": (np.ones(len(self.goods)) if self.relevance is None else self.relevance, -1.0, 1.0),
        }
        for name, (values, low, high) in given.items():
            self._laid[name] = _row(name, values, self.goods, low, high)
        wrong = np.flatnonzero(self["clicked"] > self["shown"])
        if len(wrong):
            raise InvalidInput(f"good {self.goods[wrong[0]]!r} was clicked more often than shown")

    def __getitem__(self, name: str) -> Floats:
        return self._laid[name]


@dataclass(frozen=True)
class Params:
    """How freely to try.

    places: goods to choose, 1 or more. prior_strength: impressions that the hit model's word is worth, above 0.
    least_relevance: goods below it are not tried on this person, -1 to 1. trial: impressions that every good gets
    before it may be given up, 0 or more. give_up_below: chance, 0 to 1, of beating the usual rate below which
    a trial ends. epsilon: share of random choices of the naive baseline, 0 to 1.
    """

    places: int = 1
    prior_strength: float = 100.0
    least_relevance: float = 0.0
    trial: float = 100.0
    give_up_below: float = 0.05
    epsilon: float = 0.1

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("places", self.places, 1, 10_000),
            ("prior_strength", self.prior_strength, 1e-6, 1e9),
            ("least_relevance", self.least_relevance, -1, 1),
            ("trial", self.trial, 0, 1e9),
            ("give_up_below", self.give_up_below, 0, 1),
            ("epsilon", self.epsilon, 0, 1),
        ):
            if not low <= value <= high:
                raise InvalidInput(f"{name} must lie between {low:g} and {high:g}, not {value!r}")


@dataclass(frozen=True, eq=False)
class Result:
    """The goods to show, best draw first, and what became of the others.

    ``given_up`` and ``not_relevant`` are axis *goods*; ``chance_to_beat`` is each good's chance of beating the
    usual rate, ``belief`` its expected rate. ``notes`` say why fewer than asked were chosen.
    """

    chosen: tuple[str, ...]
    belief: Floats
    chance_to_beat: Floats
    given_up: NDArray[np.bool_]
    not_relevant: NDArray[np.bool_]
    notes: tuple[str, ...]


Policy = Callable[[Problem, Params, np.random.Generator, int], Floats]


def choose(
    problem: Problem, params: Params | None = None, *, seed: int, policy: Policy | None = None
) -> Result:
    """Choose the goods to show to one person, by Thompson sampling unless another policy is given.

    Goods that are not relevant, and goods given up after their trial, are not chosen; when fewer than asked
    are left, the notes say so.
    """
    params = Params() if params is None else params
    draw = (policy or thompson)(problem, params, np.random.default_rng(seed), 1)[0]
    stand = _stand(problem, params)
    best = stand.open[np.argsort(-draw[stand.open], kind="stable")][: params.places]
    notes: tuple[str, ...] = ()
    if len(best) < params.places:
        notes = (
            f"{params.places} asked, {len(best)} open: {int(stand.given_up.sum())} given up, "
            f"{int(stand.not_relevant.sum())} not relevant",
        )
    return Result(
        chosen=tuple(problem.goods[place] for place in best),
        belief=stand.belief,
        chance_to_beat=stand.beats,
        given_up=stand.given_up,
        not_relevant=stand.not_relevant,
        notes=notes,
    )


def thompson(problem: Problem, params: Params, random: np.random.Generator, times: int) -> Floats:
    """Draw each good's rate from what is believed of it; rows are requests, the highest draws are shown."""
    hits, misses = _beliefs(problem, params)
    return random.beta(hits, misses, size=(times, len(hits)))


def epsilon_greedy(problem: Problem, params: Params, random: np.random.Generator, times: int) -> Floats:
    """The naive baseline: the best click rate so far, but anything in a share of all places."""
    shown = problem["shown"]
    rate = np.where(shown > 0, problem["clicked"] / np.maximum(shown, 1e-12), 0.0)
    draws = rate + 1e-9 * random.random((times, len(shown)))  # ties are broken at random
    wild = random.binomial(params.places, params.epsilon, size=times)
    for row, places in enumerate(wild):
        draws[row, random.permutation(len(shown))[:places]] += 1.0
    return draws


def remembered(count: ArrayLike, days: float, *, half_life: float) -> Floats:
    """What a count is worth after days, when tastes drift: half of it after the half-life."""
    if not half_life > 0 or days < 0:
        raise InvalidInput(f"half_life must be above 0 and days not below 0, not {half_life!r} and {days!r}")
    return np.asarray(np.asarray(count, dtype=np.float64) * 0.5 ** (days / half_life))


def _beliefs(problem: Problem, params: Params) -> tuple[Floats, Floats]:
    """Beta counts: the hit model's expectation as imagined impressions, plus what was seen."""
    imagined = params.prior_strength * problem["expected_rate"]
    hits = imagined + problem["clicked"]
    misses = params.prior_strength - imagined + problem["shown"] - problem["clicked"]
    return hits, misses


@dataclass(frozen=True, eq=False)
class _Stand:
    """Where each good stands, whoever asks."""

    belief: Floats
    beats: Floats
    given_up: NDArray[np.bool_]
    not_relevant: NDArray[np.bool_]

    @property
    def open(self) -> Places:
        return np.flatnonzero(~self.given_up & ~self.not_relevant)


def _stand(problem: Problem, params: Params) -> _Stand:
    hits, misses = _beliefs(problem, params)
    beats = 1.0 - np.asarray(betainc(hits, misses, problem["usual_rate"]), dtype=np.float64)
    return _Stand(
        belief=hits / (hits + misses),
        beats=beats,
        given_up=(problem["shown"] >= params.trial) & (beats < params.give_up_below),
        not_relevant=problem["relevance"] < params.least_relevance,
    )


@dataclass(frozen=True)
class World:
    """A simulated pool of new goods: true click rates, and what the hit model says of them.

    goods: 2 or more. mean_rate: mean of the true rates. spread: standard deviation of their logarithm.
    said: correlation of the model's word with the logarithm of the truth, 0 to 1. rounds: rounds of choice;
    asked: requests in a round, whose clicks are learnt together at its end. drift: standard deviation of the
    daily step of the logarithm of rates; half_life: rounds (days) after which what was seen counts half.
    """

    goods: int = 200
    mean_rate: float = 0.03
    spread: float = 0.6
    said: float = 0.5
    rounds: int = 100
    asked: int = 500
    drift: float = 0.0
    half_life: float = 1e9


def regret(policy: Policy, world: World, params: Params, *, seed: int, with_model: bool = True) -> float:
    """Clicks lost against always choosing the truly best goods, in a simulated world.

    Without the model, every good is expected to have the mean rate.
    """
    truth, choice = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
    n = world.goods
    log_rate = truth.normal(0.0, world.spread, n)
    noise = truth.normal(0.0, world.spread, n)
    said = world.said * (world.said * log_rate + np.sqrt(1 - world.said**2) * noise)
    names = [str(place) for place in range(n)]
    shown, clicked, lost = np.zeros(n), np.zeros(n), 0.0
    expected = np.clip(world.mean_rate * np.exp(said if with_model else 0 * said), 1e-6, 0.5)
    for _ in range(world.rounds):
        rate = np.clip(world.mean_rate * np.exp(log_rate - world.spread**2 / 2), 0, 1)
        best = np.sort(rate)[-params.places :].sum()
        problem = Problem(names, shown, clicked, expected, np.full(n, np.median(rate)))
        stand = _stand(problem, params)
        draws = policy(problem, params, choice, world.asked)[:, stand.open]
        picked = stand.open[np.argsort(-draws, axis=1, kind="stable")[:, : params.places]]
        lost += world.asked * best - rate[picked].sum()
        new_shown = np.bincount(picked.ravel(), minlength=n).astype(np.float64)
        new_clicked = truth.binomial(new_shown.astype(np.int64), rate).astype(np.float64)
        shown = remembered(shown, 1, half_life=world.half_life) + new_shown
        clicked = remembered(clicked, 1, half_life=world.half_life) + new_clicked
        log_rate = log_rate + truth.normal(0.0, 1.0, n) * world.drift
    return float(lost)


def _row(name: str, given: ArrayLike, goods: Sequence[str], low: float, high: float) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (len(goods),):
        raise InvalidInput(f"{name} has shape {values.shape}; give one number for each of {len(goods)} goods")
    wrong = np.flatnonzero(~((values >= low) & (values <= high)) | np.isnan(values))
    if len(wrong):
        raise InvalidInput(
            f"good {goods[wrong[0]]!r}: {name} is {values[wrong[0]]:g}; it must be {low:g} to {high:g}"
        )
    return values
