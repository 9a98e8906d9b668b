"""What can be tested, what is measured, and when an experiment ends by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LEAST_WINDOW_DAYS, MOST_WINDOW_DAYS = 1, 28
MISMATCH_BELOW = 0.001


class Subject(StrEnum):
    """A place of the shop that can be made in more than one way."""

    HOME_SHELF = "home_shelf"


class Metric(StrEnum):
    """What is counted for each person, in the days after they first saw their arm."""

    BUYERS = "buyers"
    REVENUE = "revenue"
    CLICKS = "clicks"
    HIDES = "hides"


# What everybody sees without an experiment comes first: it is the control.
VARIANTS: Mapping[Subject, tuple[str, ...]] = {Subject.HOME_SHELF: ("personal", "bestsellers")}
LESS_IS_BETTER = frozenset({Metric.HIDES})


@dataclass(frozen=True)
class Design:
    """All that is settled before the start and never changed afterwards.

    ``weights`` are the shares of the variants, in proportion; ``slots`` the thousandths of the people taken.
    """

    name: str
    subject: Subject
    weights: Mapping[str, int]
    metric: Metric
    guardrail: Metric | None = None
    window_days: int = 7
    slots: tuple[int, int] = (0, 1_000)
    sharpest_at: int = 10_000


def harms(guardrail: Metric, verdict: str) -> bool:
    """Whether a verdict on the guardrail ("higher", "lower", "open") is one to stop for."""
    return verdict == ("higher" if guardrail in LESS_IS_BETTER else "lower")
