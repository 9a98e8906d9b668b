"""Whether the arms got the units they were planned to get; if not, something is broken and nothing else counts.

Beside the classic chi-square, which is right at one look only, stands a test that is right at every look:
Lindon & Malek (2022), "Anytime-valid inference for multinomial count data".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from scipy.stats import chi2

from hansa.kernel.errors import InvalidInput

CONCENTRATION = 1_000.0  # expects mismatches of one or two points in a hundred, the usual size of a bug


@dataclass(frozen=True)
class SampleRatio:
    """Counts by arm beside what was planned; ``p_value`` holds at any look, ``naive_p_value`` at one only."""

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    p_value: float
    naive_p_value: float


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Compare the counts of the arms with their planned shares, which add up to 1."""
    seen, planned = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if seen.shape != planned.shape or seen.ndim != 1 or len(seen) < 2:
        raise InvalidInput(f"{len(counts)} counts and {len(shares)} shares do not line up")
    if (seen < 0).any() or not (planned > 0).all() or abs(float(planned.sum()) - 1) > 1e-9:
        raise InvalidInput(f"counts {list(counts)} or shares {list(shares)} cannot be")
    expected = planned * seen.sum()
    distance = float(np.sum((seen - expected) ** 2 / np.maximum(expected, 1e-300)))
    return SampleRatio(
        counts=tuple(int(count) for count in seen),
        expected=tuple(float(each) for each in expected),
        p_value=float(min(1.0, np.exp(-log_evidence(seen, planned)))),
        naive_p_value=float(chi2.sf(distance, len(seen) - 1)),
    )


def log_evidence(counts: np.ndarray, shares: np.ndarray, concentration: float = CONCENTRATION) -> float:
    """Log of the Bayes factor against the planned shares: a Dirichlet around them, mixed over."""
    prior = concentration * shares
    mixed = gammaln(concentration) - gammaln(concentration + counts.sum())
    return float(mixed + np.sum(gammaln(prior + counts) - gammaln(prior) - counts * np.log(shares)))
