"""Reads of experiments: who sees what, what was drafted, what people did, what the nights saw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from hansa.commerce.experiments import adapters
from hansa.commerce.experiments.adapters import Row
from hansa.commerce.experiments.domain import Metric
from hansa.commerce.experiments.models import Arm, Experiment, Exposure, Look
from hansa.engines.experiments import Plan, arm_of
from hansa.foundation import statements
from hansa.foundation.memory import remembered
from hansa.kernel.errors import NotFound

REMEMBERED_S = 10.0  # so long a start or a stop may take to reach every process


def experiments_of(platform_id: int) -> QuerySet[Experiment]:
    """Every experiment of a platform: running ones first, then drafts, then the ended, newest first."""
    return (
        Experiment.objects.filter(platform_id=platform_id)
        .annotate(people=Count("exposures"))
        .order_by("stopped_at", "started_at", "-pk")
    )


def get_experiment(*, platform_id: int, experiment_id: int) -> Experiment:
    """One experiment of the platform; refuses another's and one that is not there."""
    found = Experiment.objects.filter(platform_id=platform_id, pk=experiment_id).first()
    if found is None:
        raise NotFound(f"there is no experiment {experiment_id} here")
    return found


def arms_of(experiment: Experiment) -> list[Arm]:
    """The arms, the control first."""
    return list(experiment.arms.order_by("place"))


def people_by_arm(experiment: Experiment) -> dict[int, int]:
    """How many people were shown each arm, by its key."""
    rows = Exposure.objects.filter(experiment=experiment).values_list("arm_id").annotate(Count("pk"))
    return dict(rows)


def looks_of(experiment: Experiment) -> QuerySet[Look]:
    """What each day's look saw, the newest first."""
    return Look.objects.filter(experiment=experiment).order_by("-day")


def running(platform_id: int) -> QuerySet[Experiment]:
    """The experiments that take people in now."""
    return Experiment.objects.filter(
        platform_id=platform_id, started_at__isnull=False, stopped_at__isnull=True
    )


def placed(*, platform_id: int, subject: str, visitor: str) -> tuple[int, int, str] | None:
    """The experiment, the arm and the variant that this visitor falls into; None outside of all."""
    for experiment_id, plan, arms in _plans(platform_id, subject):
        variant = arm_of(plan, visitor)
        if variant is not None:
            return experiment_id, arms[variant], variant
    return None


@remembered(REMEMBERED_S)
def _plans(platform_id: int, subject: str) -> tuple[tuple[int, Plan, dict[str, int]], ...]:
    found = []
    for experiment in running(platform_id).filter(subject=subject).order_by("pk"):
        arms = arms_of(experiment)
        found.append(
            (experiment.pk, adapters.plan_of(experiment, arms), {arm.variant: arm.pk for arm in arms})
        )
    return tuple(found)


def rows_of(experiment: Experiment, metric: Metric, *, now: datetime) -> Sequence[Row]:
    """What each person did whose days are over, beside as many days before; only of people who still agree."""
    window = timedelta(days=experiment.window_days)
    known = {"experiment": experiment.pk, "window": window, "whole": now - window}
    return [_row(row) for row in statements.run(_ROWS[metric], known)]


def _row(row: Sequence[object]) -> Row:
    visitor, variant, seen_at, after, before, weight = row
    return Row(
        str(visitor),
        str(variant),
        float(str(seen_at)),
        float(str(after)),
        float(str(before)),
        None if weight is None else float(str(weight)),
    )


_PEOPLE = """
select e.visitor, a.variant, extract(epoch from e.at), {figures}
from experiments_exposure e
join experiments_arm a on a.id = e.arm_id
join accounts_user u on u.id = e.user_id and u.consents_to_personalisation
{acts}
where e.experiment_id = %(experiment)s::bigint and e.at <= %(whole)s::timestamptz
group by e.id, a.variant
order by e.at, e.id
"""
_BOUGHT = """
left join (
  orders_orderline x join orders_order o on o.id = x.order_id and o.status not in ('placed', 'cancelled')
) on x.platform_id = e.platform_id and x.buyer_id = e.user_id and not x.is_void
  and x.placed_at >= e.at - %(window)s::interval and x.placed_at < e.at + %(window)s::interval
"""
_DONE = """
left join behaviour_behaviourevent x on x.platform_id = e.platform_id and x.user_id = e.user_id and x.kind in ({kinds})
  and x.at >= e.at - %(window)s::interval and x.at < e.at + %(window)s::interval
"""
_AFTER, _BEFORE = "x.placed_at >= e.at", "x.placed_at < e.at"
_SINCE, _UNTIL = "x.at >= e.at", "x.at < e.at"
_ROWS = {
    Metric.BUYERS: _PEOPLE.format(
        figures=f"least(count(x.id) filter (where {_AFTER}), 1), least(count(x.id) filter (where {_BEFORE}), 1), null",
        acts=_BOUGHT,
    ),
    Metric.REVENUE: _PEOPLE.format(
        figures=f"coalesce(sum(x.total - x.refunded) filter (where {_AFTER}), 0),"
        f" coalesce(sum(x.total - x.refunded) filter (where {_BEFORE}), 0), null",
        acts=_BOUGHT,
    ),
    Metric.CLICKS: _PEOPLE.format(
        figures=f"count(x.id) filter (where x.kind = 'click' and {_SINCE}),"
        f" count(x.id) filter (where x.kind = 'click' and {_UNTIL}),"
        f" count(x.id) filter (where x.kind = 'impression' and {_SINCE})",
        acts=_DONE.format(kinds="'click', 'impression'"),
    ),
    Metric.HIDES: _PEOPLE.format(
        figures=f"count(x.id) filter (where {_SINCE}), count(x.id) filter (where {_UNTIL}), null",
        acts=_DONE.format(kinds="'hide'"),
    ),
}
