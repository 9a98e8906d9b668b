"""How to compare: error level, how often one looks, and when a statement may be made at all."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.kernel.errors import InvalidInput


@dataclass(frozen=True)
class Params:
    """Knobs of a comparison, with their ranges.

    - ``alpha``: chance, over all looks and all arms together, of a difference seen where none is; 0.0001 to 0.5.
    - ``sharpest_at`` units (control and one treatment together): where the confidence sequence is to be
      tightest; 10 to 10^9. Choose it before the start; it decides on width, never on validity.
    - ``least_units`` of each arm before anything is said: what follows leans on sums being nearly normal;
      10 to 10^6.
    - ``looks``: moments at which the sequence is told, evenly spread over the units, 1 to 1,000.
    - ``mismatch_alpha``: chance that sound counts are taken for a sample-ratio mismatch; 1e-6 to 0.1.
    - ``use_covariate``: take out what the time before exposure explains (CUPED).
    """

    alpha: float = 0.05
    sharpest_at: int = 10_000
    least_units: int = 100
    looks: int = 30
    mismatch_alpha: float = 0.001
    use_covariate: bool = True

    def __post_init__(self) -> None:
        _within("alpha", self.alpha, 0.0001, 0.5)
        _within("sharpest_at", self.sharpest_at, 10, 10**9)
        _within("least_units", self.least_units, 10, 10**6)
        _within("looks", self.looks, 1, 1_000)
        _within("mismatch_alpha", self.mismatch_alpha, 1e-6, 0.1)


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{name} is {value}; it must be from {low} to {high}")
