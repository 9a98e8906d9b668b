"""Confidence sequences: intervals that hold at every look at once, so that one may peek and stop.

The mixture sequential probability ratio test of Robbins (1970), as used for A/B tests by Johari, Pekelis &
Walsh (2022), "Always valid inference"; with the variance estimated it holds as sums become normal
(Waudby-Smith et al. 2024, "Time-uniform central limit theory and asymptotic confidence sequences").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import lambertw


@dataclass(frozen=True)
class Mixture:
    """A normal mixture, tuned so that its interval is tightest at ``sharpest_at`` units for this ``alpha``."""

    alpha: float
    sharpest_at: int

    def radius(self, variance: float, units: int) -> float:
        """Half the width of the interval of an estimate with this variance after so many units."""
        ratio = self._ratio(units)
        return math.sqrt(variance * (1 + ratio) / ratio * (2 * math.log(1 / self.alpha) + math.log1p(ratio)))

    def p_value(self, estimate: float, variance: float, units: int) -> float:
        """The p-value of no effect at this look; its running minimum is valid at every moment."""
        if variance <= 0:
            return float(estimate == 0)
        ratio = self._ratio(units)
        exponent = 0.5 * math.log1p(ratio) - estimate**2 / variance * ratio / (2 * (1 + ratio))
        return math.exp(min(0.0, exponent))

    def _ratio(self, units: int) -> float:
        """Variance of the mixture in units of the estimate's own variance at this look."""
        tightest = -float(lambertw(-(self.alpha**2) / math.e, -1).real) - 1
        return tightest * units / self.sharpest_at
