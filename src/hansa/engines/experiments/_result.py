"""The answer of a comparison: what differs, how surely, at every look, and whether it may be believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hansa.engines.experiments._params import Params
from hansa.engines.experiments._sample_ratio import SampleRatio


class Verdict(StrEnum):
    """What can be said of a treatment: its metric lies higher, lower, or that is open."""

    HIGHER = "higher"
    LOWER = "lower"
    OPEN = "open"


@dataclass(frozen=True)
class Provenance:
    """How a result came about: enough to make it again; nothing in it is random."""

    params: Params
    version: str
    input_digest: str


@dataclass(frozen=True)
class Look:
    """What was known after so many units: the difference with its interval, and the p-value up to here."""

    units: int
    at: float | None
    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class FixedTest:
    """The naive test beside: Welch's, without covariate. It is right only if one looks once, at the end."""

    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """One treatment beside the control.

    ``difference`` (treatment less control, in units of the metric) lies within ``low`` and ``high`` at all
    looks at once. ``decided_at`` units the verdict stood first; a later look cannot take it back.
    ``variance_cut``: share of the variance that the covariate took out.
    """

    control: str
    treatment: str
    control_value: float
    treatment_value: float
    difference: float
    low: float
    high: float
    p_value: float
    verdict: Verdict
    decided_at: int | None
    variance_cut: float
    looks: tuple[Look, ...]
    naive: FixedTest

    @property
    def lift(self) -> float | None:
        """The difference as a share of the control's value; None where that is nothing."""
        return self.difference / abs(self.control_value) if self.control_value else None


@dataclass(frozen=True)
class Result:
    """Comparisons of each treatment with the control, or the reasons why there are none.

    ``refusals`` is not empty when nothing may be said: too few units, or arms that did not get their share.
    """

    arms: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    refusals: tuple[str, ...]
    sample_ratio: SampleRatio
    provenance: Provenance

    @property
    def is_refused(self) -> bool:
        """Whether there is no number to believe."""
        return bool(self.refusals)
