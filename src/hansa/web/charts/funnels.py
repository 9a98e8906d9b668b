"""Funnels: how many came to each stage, and what share of the stage before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hansa.kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; shares are fractions of one, None where nobody stood before it."""

    name: str
    count: int
    share_of_first: float | None
    share_of_previous: float | None
    width: float  # percent of the widest bar

    @property
    def bar(self) -> str:
        """Say the bar's width for an SVG attribute, the same in every language."""
        return f"{self.width:.2f}%"


@dataclass(frozen=True, slots=True)
class Funnel:
    """Stages in order, and the title above them."""

    title: str
    stages: tuple[Stage, ...]


def funnel(title: str, stages: Sequence[tuple[str, int]]) -> Funnel:
    """Lay out stages such as ("Viewed", 1200), ("Bought", 90). Refuses negative counts."""
    for name, count in stages:
        if count < 0:
            raise InvalidInput(f"{title}: {name} counts {count}, fewer than nobody")
    counts = [count for _, count in stages]
    widest = max(counts, default=0)
    before: list[int | None] = [None, *counts]
    return Funnel(
        title,
        tuple(
            Stage(
                name,
                count,
                share_of_first=_share(count, counts[0]),
                share_of_previous=_share(count, before[order]),
                width=100 * count / widest if widest else 0.0,
            )
            for order, (name, count) in enumerate(stages)
        ),
    )


def _share(part: int, whole: int | None) -> float | None:
    return part / whole if whole else None
