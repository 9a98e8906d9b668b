"""The blend: what each source says of every item, scaled, weighted and summed, and which one said most."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np

from hansa.engines.recommend._problem import Floats
from hansa.engines.recommend._result import Source

Parts = dict[Source, Floats]  # axis of each: items


def scaled(scores: Floats, weight: float) -> Floats:
    """Scale scores so that the best one is ``weight``; all 0 stays 0."""
    highest = scores.max(initial=0.0)
    return scores * (weight / highest) if highest > 0 else np.zeros_like(scores)


def total(parts: Parts) -> Floats:
    """Sum the parts (axis: items)."""
    return reduce(np.add, parts.values())


def parts_of(parts: Parts, item: int) -> dict[Source, float]:
    """Say what each source adds to one item, leaving out the silent ones."""
    return {source: float(scores[item]) for source, scores in parts.items() if scores[item] != 0}


def leading(parts: Mapping[Source, float]) -> Source:
    """Name the source that adds most; popularity when none adds anything."""
    best = max(parts, key=lambda source: parts[source], default=Source.POPULAR)
    return best if parts and parts[best] > 0 else Source.POPULAR
