"""The figures a class of series passes on: plain numbers that travel as JSON to every partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hansa.engines.forecast._problem import Floats
from hansa.kernel.errors import InvalidInput

EVERYTHING = "all"


@dataclass(frozen=True)
class Lessons:
    """Figures of one class of series; `_distribution` learns and uses them.

    - ``tested`` series that taught; ``relative`` errors by model (log ratio to the window mean).
    - ``growth`` of the error variance from step to step; ``spread``: error over the recent deviation.
    - ``shape``: quantiles of standardised errors; ``ranks``: levels at which a negative binomial is read.
    - ``reads_counts``: the negative binomial did better; ``persistence`` of errors from step to step.
    """

    tested: int
    relative: tuple[float, ...]
    growth: float
    spread: float
    shape: tuple[float, ...]
    ranks: tuple[float, ...]
    reads_counts: bool
    persistence: float


@dataclass(frozen=True)
class Pool:
    """The lessons of each class of series, and of all together."""

    models: tuple[str, ...]
    lessons: dict[str, Lessons]

    def of(self, kind: str) -> Lessons:
        """Look up a class; a class that was too small learns from everything."""
        return self.lessons.get(kind, self.lessons[EVERYTHING])

    def relative(self, kinds: Sequence[str], models: tuple[str, ...]) -> Floats:
        """Lay the classes' relative errors out as ``[series, models]``; refuses other models than learnt."""
        if models != self.models:
            raise InvalidInput(f"the pool was learnt for models {self.models}, asked for {models}")
        return np.array([self.of(kind).relative for kind in kinds], dtype=float).reshape(
            len(kinds), len(models)
        )
