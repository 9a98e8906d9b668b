"""Measures of a ranked list against what was truly taken next, exact and over the full catalogue.

One target an answer gives the figures of the next-item literature, where P@k and HR@k are the same.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from hansa.engines.recommend._problem import Id


def ndcg_at(k: int, ranked: Sequence[Id], relevant: Collection[Id]) -> float:
    """Discounted gain of the first ``k``, 1 / log2(rank + 1) a hit, as a share of the best possible."""
    if not relevant:
        return 0.0
    gain = sum(1 / math.log2(rank + 1) for rank, item in enumerate(ranked[:k], 1) if item in relevant)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
    return gain / ideal


def hit_at(k: int, ranked: Sequence[Id], relevant: Collection[Id]) -> float:
    """1 when at least one relevant item is among the first ``k``, else 0."""
    return float(any(item in relevant for item in ranked[:k]))


def reciprocal_rank_at(k: int, ranked: Sequence[Id], relevant: Collection[Id]) -> float:
    """1 / rank of the first relevant item among the first ``k``, else 0."""
    return next((1 / rank for rank, item in enumerate(ranked[:k], 1) if item in relevant), 0.0)


def precision_at(k: int, ranked: Sequence[Id], relevant: Collection[Id]) -> float:
    """Relevant items among the first ``k``, as a share of those that could stand there."""
    if not relevant:
        return 0.0
    return sum(item in relevant for item in ranked[:k]) / min(k, len(relevant))


def evaluate(rankings: Sequence[Sequence[Id]], wanted: Sequence[Collection[Id]]) -> dict[str, float]:
    """Average NDCG@10, HR@10, MRR@20 and P@20 over answers (axis of both: queries)."""
    sums = {"NDCG@10": 0.0, "HR@10": 0.0, "MRR@20": 0.0, "P@20": 0.0}
    for ranked, relevant in zip(rankings, wanted, strict=True):
        sums["NDCG@10"] += ndcg_at(10, ranked, relevant)
        sums["HR@10"] += hit_at(10, ranked, relevant)
        sums["MRR@20"] += reciprocal_rank_at(20, ranked, relevant)
        sums["P@20"] += precision_at(20, ranked, relevant)
    return {name: value / max(1, len(wanted)) for name, value in sums.items()}
