"""Drafting, starting and ending experiments; showing people their arm; looking at the figures once a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.experiments import adapters, selectors
from hansa.commerce.experiments.domain import (
    LEAST_WINDOW_DAYS,
    MISMATCH_BELOW,
    MOST_WINDOW_DAYS,
    VARIANTS,
    Design,
    Metric,
    Subject,
    harms,
)
from hansa.commerce.experiments.errors import ExperimentUnderWay, SlotsTaken
from hansa.commerce.experiments.models import Arm, Experiment, Exposure, Look
from hansa.foundation import statements
from hansa.kernel import ids
from hansa.kernel.errors import InvalidInput, Refused

LONGEST_NAME = 80
HEAVIEST = 1_000
LEAST_PEOPLE, MOST_PEOPLE = 100, 10_000_000


@transaction.atomic
def draft(*, actor: Actor, platform_id: int, design: Design, now: datetime) -> Experiment:
    """Write down what is to be tested, before anybody sees it.

    Refuses a name that is taken, fewer than two variants with a share, unknown ones, and figures out of range.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    _check(design)
    variants = [each for each in VARIANTS[design.subject] if design.weights.get(each, 0)]
    experiment, is_new = Experiment.objects.get_or_create(
        platform_id=platform_id,
        name=design.name.strip(),
        defaults={
            "subject": design.subject,
            "salt": ids.token(),
            "slot_from": design.slots[0],
            "slot_below": design.slots[1],
            "metric": design.metric,
            "guardrail": design.guardrail or "",
            "window_days": design.window_days,
            "sharpest_at": design.sharpest_at,
            "drafted_by_id": actor.user_id,
            "drafted_at": now,
        },
    )
    if not is_new:
        raise InvalidInput(f"there is an experiment {design.name.strip()} already")
    Arm.objects.bulk_create(
        [
            Arm(
                platform_id=platform_id,
                experiment=experiment,
                place=place,
                variant=variant,
                weight=design.weights[variant],
            )
            for place, variant in enumerate(variants)
        ]
    )
    return experiment


@transaction.atomic
def start(*, actor: Actor, platform_id: int, experiment_id: int, now: datetime) -> Experiment:
    """Show people their arms from now on; what was settled holds until the end.

    Refuses one that has started already, and slots that another running experiment of the subject has.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    subject = selectors.get_experiment(platform_id=platform_id, experiment_id=experiment_id).subject
    beside = Experiment.objects.filter(platform_id=platform_id, subject=subject).order_by("pk")
    rivals = {each.pk: each for each in beside.select_for_update()}
    experiment = rivals.pop(experiment_id)
    if experiment.state != "draft":
        raise ExperimentUnderWay(f"{experiment.name} was started already")
    for other in rivals.values():
        meets = experiment.slot_from < other.slot_below and other.slot_from < experiment.slot_below
        if other.state == "running" and meets:
            raise SlotsTaken(f"{other.name} is running and has some of these people; end it first")
    experiment.started_at = now
    experiment.save(update_fields=["started_at"])
    return experiment


@transaction.atomic
def stop(*, actor: Actor, platform_id: int, experiment_id: int, reason: str, now: datetime) -> None:
    """End a running experiment: everybody sees the control again. Ending it again changes nothing."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    experiment = selectors.get_experiment(platform_id=platform_id, experiment_id=experiment_id)
    if experiment.state == "draft":
        raise ExperimentUnderWay(f"{experiment.name} has not been started")
    _end(experiment, reason.strip() or "ended by hand", now)


@transaction.atomic
def discard(*, actor: Actor, platform_id: int, experiment_id: int) -> None:
    """Throw a draft away; refuses what was ever started."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    experiment = (
        Experiment.objects.select_for_update().filter(platform_id=platform_id, pk=experiment_id).first()
    )
    if experiment is None:
        return
    if experiment.state != "draft":
        raise ExperimentUnderWay(f"{experiment.name} was started already")
    experiment.delete()


def variant_for(*, platform_id: int, actor: Actor, subject: Subject, consents: bool, now: datetime) -> str:
    """Name the variant to show, and write down its first sight.

    Who has not signed in or does not agree to personalisation takes part in nothing and sees the control.
    """
    control = VARIANTS[subject][0]
    if actor.user_id is None or not consents:
        return control
    found = selectors.placed(platform_id=platform_id, subject=subject, visitor=actor.visitor)
    if found is None:
        return control
    experiment_id, arm_id, variant = found
    statements.run(
        _EXPOSE,
        {
            "experiment": experiment_id,
            "arm": arm_id,
            "user": actor.user_id,
            "visitor": actor.visitor,
            "now": now,
        },
    )
    return variant


@transaction.atomic
def look(*, platform_id: int, experiment_id: int, now: datetime) -> Look:
    """Look at a running experiment, once a day, and end it when its arms or its guardrail say so.

    A second look on the same day answers the first. Refuses an experiment that is not running.
    """
    experiment = selectors.get_experiment(platform_id=platform_id, experiment_id=experiment_id)
    seen = Look.objects.filter(experiment=experiment, day=now.date()).first()
    if seen is not None:
        return seen
    if experiment.state != "running":
        raise Refused(f"{experiment.name} is not running")
    arms = selectors.arms_of(experiment)
    people = selectors.people_by_arm(experiment)
    ratio = adapters.mismatch(arms, [people.get(arm.pk, 0) for arm in arms])
    figures: dict[str, Any] = {
        "people": {arm.variant: people.get(arm.pk, 0) for arm in arms},
        "planned": {arm.variant: expected for arm, expected in zip(arms, ratio.expected, strict=True)},
        "mismatch_p": ratio.p_value,
        "metric": _compared(experiment, Metric(experiment.metric), arms, now),
    }
    if experiment.guardrail:
        figures["guardrail"] = _compared(experiment, Metric(experiment.guardrail), arms, now)
    made, is_new = Look.objects.get_or_create(
        platform_id=platform_id,
        experiment=experiment,
        day=now.date(),
        defaults={"at": now, "figures": figures},
    )
    reason = _reason_to_end(experiment, figures)
    if is_new and reason:
        _end(experiment, reason, now)
    return made


def _compared(experiment: Experiment, metric: Metric, arms: list[Arm], now: datetime) -> dict[str, Any]:
    return adapters.compare(experiment, arms, selectors.rows_of(experiment, metric, now=now))


def _reason_to_end(experiment: Experiment, figures: dict[str, Any]) -> str:
    if figures["mismatch_p"] < MISMATCH_BELOW:
        return "the arms did not get their shares of the people"
    for found in figures.get("guardrail", {}).get("comparisons", []):
        if harms(Metric(experiment.guardrail), found["verdict"]):
            return f"the guardrail was broken by {found['treatment']}"
    return ""


def _end(experiment: Experiment, reason: str, now: datetime) -> None:
    """End it unless that was done; nobody can have been shown an arm after the end, whoever's clock was ahead."""
    locked = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if locked.state != "running":
        return
    last = Exposure.objects.filter(experiment=locked).aggregate(last=Max("at"))["last"]
    locked.stopped_at, locked.stopped_because = max(now, last or now), reason[:300]
    locked.save(update_fields=["stopped_at", "stopped_because"])


def _check(design: Design) -> None:
    if not 1 <= len(design.name.strip()) <= LONGEST_NAME:
        raise InvalidInput(f"an experiment's name has 1 to {LONGEST_NAME} letters")
    variants = VARIANTS[design.subject]
    unknown = next((name for name in design.weights if name not in variants), None)
    if unknown is not None:
        raise InvalidInput(f"there is no variant {unknown}")
    if any(not 0 <= weight <= HEAVIEST for weight in design.weights.values()):
        raise InvalidInput(f"a share is a whole number from 0 to {HEAVIEST}")
    taking = [name for name, weight in design.weights.items() if weight]
    if len(taking) < 2 or variants[0] not in taking:
        raise InvalidInput("an experiment needs a share for the control and for one variant more")
    if not LEAST_WINDOW_DAYS <= design.window_days <= MOST_WINDOW_DAYS:
        raise InvalidInput(f"people are watched for {LEAST_WINDOW_DAYS} to {MOST_WINDOW_DAYS} days")
    if not 0 <= design.slots[0] < design.slots[1] <= 1_000:
        raise InvalidInput("an experiment takes from 1 to 1000 thousandths of the people")
    if not LEAST_PEOPLE <= design.sharpest_at <= MOST_PEOPLE:
        raise InvalidInput(f"expect {LEAST_PEOPLE} to {MOST_PEOPLE} people")


# Whether the experiment still runs is decided here, under its lock, and not from memory.
_EXPOSE = """
insert into experiments_exposure (platform_id, experiment_id, arm_id, user_id, visitor, at)
select e.platform_id, e.id, %(arm)s::bigint, %(user)s::bigint, %(visitor)s::text, %(now)s::timestamptz from experiments_experiment e
where e.id = %(experiment)s and e.started_at <= %(now)s::timestamptz and e.stopped_at is null and not exists (
  select from experiments_exposure x where x.experiment_id = e.id and x.visitor = %(visitor)s::text
)
for share of e
on conflict do nothing
"""
