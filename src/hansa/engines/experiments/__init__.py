"""Experiments: who sees what, which of two ways is better, and what logs can tell of a way never tried."""

from hansa.engines.experiments._assignment import Arm, Plan, Traffic, arm_of, check_layer
from hansa.engines.experiments._compare import compare
from hansa.engines.experiments._interleaving import (
    Interleaved,
    Preference,
    Rounds,
    clicks_preference,
    credit,
    preference,
    team_draft,
)
from hansa.engines.experiments._logs import Interval, Logs, OffPolicyParams, with_action_means
from hansa.engines.experiments._offpolicy import Estimate, OffPolicyResult, off_policy
from hansa.engines.experiments._params import Params
from hansa.engines.experiments._problem import Problem
from hansa.engines.experiments._result import Comparison, FixedTest, Look, Provenance, Result, Verdict
from hansa.engines.experiments._sample_ratio import SampleRatio, sample_ratio

__all__ = [
    "Arm",
    "Comparison",
    "Estimate",
    "FixedTest",
    "Interleaved",
    "Interval",
    "Logs",
    "Look",
    "OffPolicyParams",
    "OffPolicyResult",
    "Params",
    "Plan",
    "Preference",
    "Problem",
    "Provenance",
    "Result",
    "Rounds",
    "SampleRatio",
    "Traffic",
    "Verdict",
    "arm_of",
    "check_layer",
    "clicks_preference",
    "compare",
    "credit",
    "off_policy",
    "preference",
    "sample_ratio",
    "team_draft",
    "with_action_means",
]
