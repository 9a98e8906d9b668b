"""Where experiments meet their engine: plans of assignment, rows of people, and figures that can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hansa.commerce.experiments.domain import MISMATCH_BELOW
from hansa.commerce.experiments.models import Arm, Experiment
from hansa.engines import experiments as engine

LOOKS = 30


@dataclass(frozen=True)
class Row:
    """What one person did in as many days after their first sight of the arm as before it."""

    visitor: str
    variant: str
    seen_at: float
    after: float
    before: float
    weight: float | None


def plan_of(experiment: Experiment, arms: Sequence[Arm]) -> engine.Plan:
    """The experiment as assignment knows it; those of one subject share a layer."""
    return engine.Plan(
        experiment.name,
        experiment.salt,
        tuple(engine.Arm(arm.variant, arm.weight) for arm in arms),
        engine.Traffic(experiment.subject, experiment.slot_from, experiment.slot_below),
    )


def mismatch(arms: Sequence[Arm], counts: Sequence[int]) -> engine.SampleRatio:
    """Whether the arms got the people they were to get."""
    total = sum(arm.weight for arm in arms)
    return engine.sample_ratio(counts, [arm.weight / total for arm in arms])


def compare(experiment: Experiment, arms: Sequence[Arm], rows: Sequence[Row]) -> dict[str, Any]:
    """The comparisons of all arms with the control as JSON, or the reasons why there are none."""
    if not rows:
        return {"comparisons": [], "refusals": ["nobody's days are over yet"]}
    place = {arm.variant: number for number, arm in enumerate(arms)}
    total = sum(arm.weight for arm in arms)
    problem = engine.Problem(
        arms=tuple(place),
        shares=np.array([arm.weight / total for arm in arms]),
        units=tuple(row.visitor for row in rows),
        arm=np.array([place[row.variant] for row in rows], dtype=np.intp),
        outcome=np.array([row.after for row in rows]),
        denominator=None if rows[0].weight is None else np.array([row.weight for row in rows]),
        covariate=np.array([row.before for row in rows]),
        entered=np.array([row.seen_at for row in rows]),
    )
    params = engine.Params(sharpest_at=experiment.sharpest_at, looks=LOOKS, mismatch_alpha=MISMATCH_BELOW)
    result = engine.compare(problem, params)
    found: dict[str, Any] = asdict(result)
    return found | {"comparisons": list(found["comparisons"]), "refusals": list(found["refusals"])}
