"""The blend: which source says most of a candidate, and in what order candidates stand where no ranker was learnt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hansa.engines.recommend._problem import Floats, Indices
from hansa.engines.recommend._result import Source


def parts_of(parts: Mapping[Source, Floats], candidate: int) -> dict[Source, float]:
    """Say what each source adds to one candidate, leaving out the silent ones."""
    return {source: float(scores[candidate]) for source, scores in parts.items() if scores[candidate] != 0}


def leading(parts: Mapping[Source, float]) -> Source:
    """Name the source that adds most; popularity when none adds anything."""
    best = max(parts, key=lambda source: parts[source], default=Source.POPULAR)
    return best if parts and parts[best] > 0 else Source.POPULAR


def first(scores: Floats, k: int) -> Indices:
    """Places of the ``k`` highest scores, best first; equals in the given order."""
    return np.argsort(-scores, kind="stable")[:k]
