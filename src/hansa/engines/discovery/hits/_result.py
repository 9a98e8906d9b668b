"""The output of the hit model: how much each good is expected to sell, its chance of a hit, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hansa.engines.discovery.hits._problem import Floats, Indices


@dataclass(frozen=True)
class Provenance:
    """How an answer was made; the same provenance gives the same answer."""

    engine: str
    params: Mapping[str, object]
    seed: int
    fitted_on: str
    asked_on: str


@dataclass(frozen=True, eq=False)
class Result:
    """Axis *goods*, in the order asked: what is expected of each.

    ``score`` ranks, ``expected`` is the amount within the horizon, ``chance`` that it is a hit; ``reasons`` name
    the two features that spoke most for (+) or against (-) it.
    """

    goods: tuple[str, ...]
    score: Floats
    expected: Floats
    chance: Floats
    reasons: tuple[str, ...]
    hit_from: float
    provenance: Provenance

    @property
    def best_first(self) -> Indices:
        """Places of the goods, the likeliest hit first; ties stay in the given order."""
        return np.asarray(np.argsort(-self.score, kind="stable"), dtype=np.int64)
