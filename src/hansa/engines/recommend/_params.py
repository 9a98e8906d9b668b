"""The knobs of the engine: one frozen dataclass for each source of scores, one for their blend, one for the ranker.

Defaults were chosen on the last-but-one item of Amazon Beauty and Toys and of ML-1M, those of
``Params.for_sessions`` on the newest training sessions of Tmall; no test item was looked at.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from hansa.engines.recommend._result import Source
from hansa.kernel.errors import InvalidInput


def _check(owner: str, name: str, value: float, low: float, high: float, *, whole: bool = False) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise InvalidInput(f"{owner}.{name} must be a finite number, not {value!r}")
    if whole and not isinstance(value, int):
        raise InvalidInput(f"{owner}.{name} must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise InvalidInput(f"{owner}.{name} must lie between {low:g} and {high:g}, not {value:g}")


@dataclass(frozen=True)
class CovisitationParams:
    """Directed pair counts: an item leads to those that came after (and, weaker, before) it.

    window: events that a pair may lie apart, 1 to 100. forward, backward: weight of a pair at
    distance 1 in and against the direction of time, 0 to 100; at distance d it is divided by d.
    neighbours: pairs kept for each item, 1 to 100,000. popularity_power: a neighbour's score is
    divided by its own popularity to this power, 0 to 1. history_decay: factor for each step back
    in the history that is asked about, 0 to 1.
    """

    window: int = 10
    forward: float = 1.0
    backward: float = 0.3
    neighbours: int = 200
    popularity_power: float = 0.2
    history_decay: float = 0.6

    def __post_init__(self) -> None:
        _check("covisitation", "window", self.window, 1, 100, whole=True)
        _check("covisitation", "forward", self.forward, 0, 100)
        _check("covisitation", "backward", self.backward, 0, 100)
        _check("covisitation", "neighbours", self.neighbours, 1, 100_000, whole=True)
        _check("covisitation", "popularity_power", self.popularity_power, 0, 1)
        _check("covisitation", "history_decay", self.history_decay, 0, 1)


@dataclass(frozen=True)
class FactorParams:
    """Implicit-feedback alternating least squares.

    count: factors of a vector, 0 (no factors at all) to 512. iterations: 1 to 100.
    regularisation: weight of the penalty on the squared length of vectors, above 0 to 1e6.
    alpha: confidence added by one unit of event weight, 0 to 1e4. history_decay: factor for each
    step back in the history that is folded in, 0 to 1.
    """

    count: int = 64
    iterations: int = 8
    regularisation: float = 10.0
    alpha: float = 20.0
    history_decay: float = 0.9

    def __post_init__(self) -> None:
        _check("factors", "count", self.count, 0, 512, whole=True)
        _check("factors", "iterations", self.iterations, 1, 100, whole=True)
        _check("factors", "regularisation", self.regularisation, 1e-3, 1e6)
        _check("factors", "alpha", self.alpha, 0, 1e4)
        _check("factors", "history_decay", self.history_decay, 0, 1)


@dataclass(frozen=True)
class SessionParams:
    """Nearest sessions (or users): what did those do who did the same of late?

    neighbours: sessions that vote, 1 to 100,000. newest: sessions that are looked at, the newest
    ones that share an item, 1 to 1,000,000. history_decay: factor for each step back, 0 to 1.
    rarity_power: a voted item's score is multiplied by its rarity (idf) to this power, 0 to 2.
    """

    neighbours: int = 300
    newest: int = 1000
    history_decay: float = 0.93
    rarity_power: float = 0.5

    def __post_init__(self) -> None:
        _check("sessions", "neighbours", self.neighbours, 1, 100_000, whole=True)
        _check("sessions", "newest", self.newest, 1, 1_000_000, whole=True)
        _check("sessions", "history_decay", self.history_decay, 0, 1)
        _check("sessions", "rarity_power", self.rarity_power, 0, 2)


@dataclass(frozen=True)
class BlendParams:
    """How much each source counts, 0 to 100 each, after its own best score is scaled to 1.

    Cosines are not rescaled. ``sessions`` 0 leaves out the search for sessions altogether;
    ``repeat`` counts only when seen items may be recommended again; repeat_decay is its factor
    for each step back in the history, 0 to 1.
    """

    covisitation: float = 1.0
    cosine: float = 0.6
    sessions: float = 0.0
    repeat: float = 1.0
    popularity: float = 0.001
    repeat_decay: float = 0.99

    def __post_init__(self) -> None:
        for name in ("covisitation", "cosine", "sessions", "repeat", "popularity"):
            _check("blend", name, getattr(self, name), 0, 100)
        _check("blend", "repeat_decay", self.repeat_decay, 0, 1)

    def by_source(self) -> dict[Source, float]:
        """The weight of each source."""
        return {
            Source.CO_VISITED: self.covisitation,
            Source.COSINE: self.cosine,
            Source.SESSIONS: self.sessions,
            Source.REPEAT: self.repeat,
            Source.POPULAR: self.popularity,
        }


class Objective(StrEnum):
    """What a learned order makes best."""

    ORDER = "order"  # NDCG at the top: best where one item is wanted
    PROBABILITY = "probability"  # the log-likelihood of each candidate: best where many are, and calibrated


@dataclass(frozen=True)
class RankerParams:
    """Gradient-boosted trees that order the candidates of the sources.

    objective: what the trees learn, the order at the top or the probability of being taken. trees: 1 to 10,000; leaves: of a tree, 2 to 1,000; step: what each tree adds, above 0 to 1.
    fewest_in_leaf: least weight of the candidates in a leaf, 0 to 1e6. depth: ranks from the top that the
    lessons are about, 1 to 1,000. fewest_lessons: with fewer, no ranker is learnt, 1 to 1e9.
    """

    objective: Objective = Objective.ORDER
    trees: int = 150
    leaves: int = 15
    step: float = 0.08
    fewest_in_leaf: float = 1.0
    depth: int = 20
    fewest_lessons: int = 200

    def __post_init__(self) -> None:
        if not isinstance(self.objective, Objective):
            raise InvalidInput(f"ranker.objective must be an Objective, not {self.objective!r}")
        _check("ranker", "trees", self.trees, 1, 10_000, whole=True)
        _check("ranker", "leaves", self.leaves, 2, 1_000, whole=True)
        _check("ranker", "step", self.step, 1e-6, 1)
        _check("ranker", "fewest_in_leaf", self.fewest_in_leaf, 0, 1_000_000)
        _check("ranker", "depth", self.depth, 1, 1_000, whole=True)
        _check("ranker", "fewest_lessons", self.fewest_lessons, 1, 1_000_000_000, whole=True)


@dataclass(frozen=True)
class Params:
    """Every knob of the engine.

    half_life: age at which an event counts half, in the unit of the events' times, above 0; None
    lets events never age.
    """

    covisitation: CovisitationParams = field(default_factory=CovisitationParams)
    factors: FactorParams = field(default_factory=FactorParams)
    sessions: SessionParams = field(default_factory=SessionParams)
    blend: BlendParams = field(default_factory=BlendParams)
    ranker: RankerParams = field(default_factory=RankerParams)
    half_life: float | None = None

    def __post_init__(self) -> None:
        if self.half_life is not None:
            _check("params", "half_life", self.half_life, 1e-9, 1e18)

    @classmethod
    def for_choosing(cls) -> Params:
        """Turn every source on, so that ``choose`` can weigh them all."""
        return cls(blend=BlendParams(sessions=0.3))

    @classmethod
    def for_sessions(cls) -> Params:
        """Suit short anonymous sessions, where the last clicks and a return to them say most."""
        return cls(
            factors=FactorParams(count=0),
            blend=BlendParams(covisitation=0.0, cosine=0.0, sessions=1.0, repeat=2.0, repeat_decay=0.9),
        )

    def needing_a_fit_beside(self, other: Params) -> list[str]:
        """Name the knobs, different from another's, that change what is learnt and not only how it is asked for."""
        mine, theirs = self.as_dict(), other.as_dict()
        learnt = [f"{part}.{name}" for part, names in _LEARNT.items() for name in names]
        changed = [each for each in learnt if _at(mine, each) != _at(theirs, each)]
        if self.half_life != other.half_life:
            changed.append("half_life")
        if self.blend.sessions and not other.blend.sessions:
            changed.append("blend.sessions")  # where it is 0, no sessions are indexed
        return changed

    def as_dict(self) -> dict[str, Any]:
        """Give the knobs as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Params:
        """Read back what ``as_dict`` gave; refuses unknown or missing names."""
        try:
            return cls(
                covisitation=CovisitationParams(**values["covisitation"]),
                factors=FactorParams(**values["factors"]),
                sessions=SessionParams(**values["sessions"]),
                blend=BlendParams(**values["blend"]),
                ranker=RankerParams(
                    **values["ranker"] | {"objective": Objective(values["ranker"]["objective"])}
                ),
                half_life=values["half_life"],
            )
        except (KeyError, TypeError, ValueError) as unknown:
            raise InvalidInput(f"these are not the parameters of a recommender: {unknown}") from unknown


_LEARNT = {
    "covisitation": ("window", "forward", "backward", "neighbours"),
    "factors": ("count", "iterations", "regularisation", "alpha"),
}


def _at(values: dict[str, Any], name: str) -> object:
    part, knob = name.split(".")
    return values[part][knob]
