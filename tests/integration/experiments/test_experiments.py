"""Experiments in the shop: settled before the start, shown by lot, looked at every night, ended when something is off."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connections, transaction

from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import SYSTEM, Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.experiments import selectors, services, tasks
from hansa.commerce.experiments.domain import Design, Metric, Subject, harms
from hansa.commerce.experiments.errors import ExperimentUnderWay, SlotsTaken
from hansa.commerce.experiments.models import Arm, Experiment, Exposure, Look
from hansa.commerce.privacy import services as privacy
from hansa.foundation import memory, tenancy
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused
from tests.factories import NOON, Shop, a_platform, a_shop, a_shopper, an_operator

pytestmark = pytest.mark.usefixtures("database")

DAY = timedelta(days=1)


def a_design(name: str = "Shelf of bestsellers", **other: object) -> Design:
    return Design(
        **{
            "name": name,
            "subject": Subject.HOME_SHELF,
            "weights": {"personal": 1, "bestsellers": 1},
            "metric": Metric.BUYERS,
            "window_days": 1,
            "sharpest_at": 400,
            **other,
        }  # type: ignore[arg-type]  # each test changes one
    )


def a_draft(shop: Shop, design: Design | None = None) -> Experiment:
    with tenancy.as_platform(shop.platform.pk):
        return services.draft(
            actor=an_operator(shop),
            platform_id=shop.platform.pk,
            design=design or a_design(),
            now=NOON,
        )


def started(shop: Shop, experiment: Experiment, *, at: datetime = NOON) -> Experiment:
    with tenancy.as_platform(shop.platform.pk):
        return services.start(
            actor=an_operator(shop),
            platform_id=shop.platform.pk,
            experiment_id=experiment.pk,
            now=at,
        )


def running(shop: Shop, design: Design | None = None) -> Experiment:
    return started(shop, a_draft(shop, design))


def people(count: int, *, agree: bool = True) -> list[Actor]:
    users = User.objects.bulk_create(
        [User(username=f"p-{agree}-{n}", consents_to_personalisation=agree) for n in range(count)]
    )
    return [Actor(name="p", visitor=f"user-{user.pk}", user_id=user.pk) for user in users]


def shown(shop: Shop, actor: Actor, *, consents: bool = True, at: datetime = NOON) -> str:
    with tenancy.as_platform(shop.platform.pk):
        return services.variant_for(
            platform_id=shop.platform.pk, actor=actor, subject=Subject.HOME_SHELF, consents=consents, now=at
        )


def exposures(shop: Shop) -> list[tuple[str, str, datetime]]:
    with tenancy.as_platform(shop.platform.pk):
        return list(Exposure.objects.order_by("pk").values_list("visitor", "arm__variant", "at"))


def expose(shop: Shop, experiment: Experiment, everybody: list[Actor], arms: list[str]) -> None:
    """Write first sights by hand, a second apart."""
    with tenancy.as_platform(shop.platform.pk):
        keys = {arm.variant: arm.pk for arm in selectors.arms_of(experiment)}
        Exposure.objects.bulk_create(
            [
                Exposure(
                    platform=shop.platform,
                    experiment=experiment,
                    arm_id=keys[arm],
                    user_id=actor.user_id,
                    visitor=actor.visitor,
                    at=NOON + timedelta(seconds=second),
                )
                for second, (actor, arm) in enumerate(zip(everybody, arms, strict=True))
            ]
        )


def hide(shop: Shop, actors: list[Actor], *, at: datetime) -> None:
    with tenancy.as_platform(shop.platform.pk):
        BehaviourEvent.objects.bulk_create(
            [
                BehaviourEvent(
                    platform=shop.platform,
                    kind="hide",
                    user_id=actor.user_id,
                    visitor=actor.visitor,
                    listing=shop.listings["tea"],
                    at=at,
                )
                for actor in actors
            ]
        )


def look(shop: Shop, experiment: Experiment, *, at: datetime) -> Look:
    with tenancy.as_platform(shop.platform.pk):
        return services.look(platform_id=shop.platform.pk, experiment_id=experiment.pk, now=at)


def now_of(shop: Shop, experiment: Experiment) -> Experiment:
    with tenancy.as_platform(shop.platform.pk):
        return selectors.get_experiment(platform_id=shop.platform.pk, experiment_id=experiment.pk)


def a_house() -> Shop:
    return a_shop(stock={"tea": 100}, prices={"tea": 500})


def test_a_person_is_shown_one_arm_and_noted_once() -> None:
    shop = a_house()
    running(shop)
    [person] = people(1)

    seen = {shown(shop, person, at=NOON + number * DAY) for number in range(3)}

    assert len(seen) == 1
    assert exposures(shop) == [(person.visitor, seen.pop(), NOON)]


def test_people_are_shown_both_arms_by_their_shares() -> None:
    shop = a_house()
    running(shop, a_design(weights={"personal": 3, "bestsellers": 1}))

    seen = Counter(shown(shop, person) for person in people(200))

    assert set(seen) == {"personal", "bestsellers"}
    assert 125 <= seen["personal"] <= 175
    assert Counter(arm for _, arm, _ in exposures(shop)) == seen


def test_who_does_not_agree_or_is_not_known_sees_the_control_and_is_not_noted() -> None:
    shop = a_house()
    running(shop)

    seen = {shown(shop, person, consents=False) for person in people(20)}
    guests = {shown(shop, Actor(name="g", visitor=f"session-{number}")) for number in range(20)}

    assert seen == guests == {"personal"}
    assert exposures(shop) == []


def test_nobody_is_shown_a_draft_or_an_ended_experiment() -> None:
    shop = a_house()
    experiment = a_draft(shop)
    everybody = people(10)
    before = {shown(shop, person) for person in everybody}
    memory.forget()
    started(shop, experiment)
    with tenancy.as_platform(shop.platform.pk):
        for _ in range(2):  # the second changes nothing
            services.stop(
                actor=an_operator(shop),
                platform_id=shop.platform.pk,
                experiment_id=experiment.pk,
                reason=" enough seen ",
                now=NOON + DAY,
            )
    memory.forget()

    after = {shown(shop, person, at=NOON + 2 * DAY) for person in everybody}

    assert before == after == {"personal"}
    assert exposures(shop) == []
    ended = now_of(shop, experiment)
    assert (ended.state, ended.stopped_at, ended.stopped_because) == ("stopped", NOON + DAY, "enough seen")


def test_a_process_that_has_not_heard_of_the_end_notes_nobody() -> None:
    shop = a_house()
    experiment = running(shop)
    first, second = people(2)
    shown(shop, first)  # from here on the process remembers that it runs
    with tenancy.as_platform(shop.platform.pk):
        services.stop(
            actor=an_operator(shop),
            platform_id=shop.platform.pk,
            experiment_id=experiment.pk,
            reason="",
            now=NOON,
        )

    shown(shop, second)

    assert [visitor for visitor, _, _ in exposures(shop)] == [first.visitor]


def test_two_experiments_share_nobody_and_slots_are_refused_until_they_are_free() -> None:
    shop = a_house()
    first = running(shop, a_design("first", slots=(0, 500)))
    meets = a_draft(shop, a_design("meets", slots=(499, 1_000)))
    beside = running(shop, a_design("beside", slots=(500, 1_000)))

    with pytest.raises(SlotsTaken, match="first is running and has some of these people"):
        started(shop, meets)
    for person in people(60):
        shown(shop, person)

    assert now_of(shop, meets).state == "draft"
    assert len(exposures(shop)) == 60
    with tenancy.as_platform(shop.platform.pk):
        counts = dict(Counter(Exposure.objects.values_list("experiment_id", flat=True)))
    assert set(counts) == {first.pk, beside.pk}


def test_of_two_that_start_at_once_on_the_same_people_one_runs() -> None:
    shop = a_house()
    drafts = [a_draft(shop, a_design(name)) for name in ("one", "other")]
    barrier, refused = Barrier(2), []

    def begin(experiment: Experiment) -> None:
        try:
            barrier.wait(timeout=10)
            started(shop, experiment)
        except SlotsTaken as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    threads = [Thread(target=begin, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert len(refused) == 1
    assert sorted(now_of(shop, draft).state for draft in drafts) == ["draft", "running"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "  "}, "1 to 80 letters"),
        ({"weights": {"personal": 1}}, "a share for the control and for one variant more"),
        ({"weights": {"personal": 0, "bestsellers": 1}}, "a share for the control"),
        ({"weights": {"personal": 1, "random": 1}}, "there is no variant random"),
        ({"weights": {"personal": 1, "bestsellers": 1_001}}, "from 0 to 1000"),
        ({"window_days": 0}, "1 to 28 days"),
        ({"slots": (500, 500)}, "thousandths"),
        ({"sharpest_at": 1}, "expect 100 to"),
    ],
)
def test_designs_that_cannot_be_are_refused(change: dict[str, object], said: str) -> None:
    shop = a_house()

    with pytest.raises(InvalidInput, match=said):
        a_draft(shop, a_design(**change))

    with tenancy.as_platform(shop.platform.pk):
        assert not Experiment.objects.exists()


def test_a_name_is_taken_once() -> None:
    shop = a_house()
    a_draft(shop)

    with pytest.raises(InvalidInput, match="there is an experiment Shelf of bestsellers already"):
        a_draft(shop)


def test_only_the_operator_of_the_platform_runs_experiments() -> None:
    shop = a_house()
    experiment = a_draft(shop)
    elsewhere = replace(shop, platform=a_platform("elsewhere"))

    for stranger in (shop.owner, an_operator(elsewhere), a_shopper()):
        with tenancy.as_platform(shop.platform.pk), pytest.raises(Forbidden):
            services.start(
                actor=stranger, platform_id=shop.platform.pk, experiment_id=experiment.pk, now=NOON
            )
    with tenancy.as_platform(elsewhere.platform.pk), pytest.raises(NotFound):
        services.start(
            actor=an_operator(elsewhere),
            platform_id=elsewhere.platform.pk,
            experiment_id=experiment.pk,
            now=NOON,
        )

    assert now_of(shop, experiment).state == "draft"


def test_a_draft_can_be_thrown_away_and_what_was_started_cannot() -> None:
    shop = a_house()
    gone, stays = a_draft(shop, a_design("gone")), running(shop, a_design("stays"))
    operator = an_operator(shop)

    with tenancy.as_platform(shop.platform.pk):
        services.discard(actor=operator, platform_id=shop.platform.pk, experiment_id=gone.pk)
        services.discard(actor=operator, platform_id=shop.platform.pk, experiment_id=gone.pk)
        with pytest.raises(ExperimentUnderWay):
            services.discard(actor=operator, platform_id=shop.platform.pk, experiment_id=stays.pk)
        with pytest.raises(ExperimentUnderWay):
            services.start(actor=operator, platform_id=shop.platform.pk, experiment_id=stays.pk, now=NOON)

        assert list(Experiment.objects.values_list("name", flat=True)) == ["stays"]


@pytest.mark.parametrize(
    "change",
    [
        lambda experiment: Experiment.objects.filter(pk=experiment.pk).update(metric="revenue"),
        lambda experiment: Experiment.objects.filter(pk=experiment.pk).update(started_at=NOON - DAY),
        lambda experiment: Experiment.objects.filter(pk=experiment.pk).update(salt="another"),
        lambda experiment: Arm.objects.filter(experiment=experiment).update(weight=9),
        lambda experiment: Arm.objects.filter(experiment=experiment).delete(),
        lambda experiment: Experiment.objects.filter(pk=experiment.pk).delete(),
        lambda experiment: Arm.objects.create(
            platform_id=experiment.platform_id, experiment=experiment, place=2, variant="third", weight=1
        ),
    ],
    ids=["metric", "start", "salt", "share", "arm", "experiment", "new arm"],
)
def test_the_database_keeps_what_was_settled(change: object) -> None:
    shop = a_house()
    experiment = running(shop)

    with (
        pytest.raises(DatabaseError, match="keeps what was settled"),
        tenancy.as_platform(shop.platform.pk),
        transaction.atomic(),
    ):
        change(experiment)  # type: ignore[operator]  # a function of it

    with tenancy.as_platform(shop.platform.pk):
        assert [(arm.variant, arm.weight) for arm in selectors.arms_of(experiment)] == [
            ("personal", 1),
            ("bestsellers", 1),
        ]


def test_buyers_are_counted_within_their_days_beside_as_many_before() -> None:
    shop = a_house()
    early, late, never = (a_shopper(name) for name in ("early", "late", "never"))
    for actor in (early, late, never):
        User.objects.filter(pk=actor.user_id).update(consents_to_personalisation=True)
    shop.buy(early, [("tea", 1)], now=NOON - timedelta(hours=2))
    experiment = running(shop, a_design(metric=Metric.REVENUE))
    expose(shop, experiment, [early, late, never], ["personal", "bestsellers", "personal"])
    shop.buy(early, [("tea", 2)], now=NOON + timedelta(hours=1))
    shop.buy(late, [("tea", 1)], now=NOON + timedelta(hours=30))

    with tenancy.as_platform(shop.platform.pk):
        revenue, buyers = (
            [
                (row.visitor, row.variant, row.after, row.before)
                for row in selectors.rows_of(experiment, metric, now=NOON + 2 * DAY)
            ]
            for metric in (Metric.REVENUE, Metric.BUYERS)
        )
        too_soon = selectors.rows_of(experiment, Metric.REVENUE, now=NOON + timedelta(hours=23))

    assert revenue == [
        (early.visitor, "personal", 1_000.0, 500.0),
        (late.visitor, "bestsellers", 0.0, 0.0),
        (never.visitor, "personal", 0.0, 0.0),
    ]
    assert [row[2:] for row in buyers] == [(1.0, 1.0), (0.0, 0.0), (0.0, 0.0)]
    assert too_soon == []


def test_who_no_longer_agrees_is_not_counted() -> None:
    shop = a_house()
    experiment = running(shop)
    [agrees], [does_not] = people(1), people(1, agree=False)
    expose(shop, experiment, [agrees, does_not], ["personal", "bestsellers"])

    with tenancy.as_platform(shop.platform.pk):
        rows = selectors.rows_of(experiment, Metric.HIDES, now=NOON + 2 * DAY)

    assert [row.visitor for row in rows] == [agrees.visitor]


def test_clicks_are_a_share_of_what_was_shown() -> None:
    shop = a_house()
    experiment = running(shop)
    [person] = people(1)
    expose(shop, experiment, [person], ["personal"])
    with tenancy.as_platform(shop.platform.pk):
        for kind, hours in (("impression", 1), ("impression", 2), ("click", 2), ("click", -1)):
            BehaviourEvent.objects.create(
                platform=shop.platform,
                kind=kind,
                user_id=person.user_id,
                visitor=person.visitor,
                listing=shop.listings["tea"],
                at=NOON + timedelta(hours=hours),
            )

        [row] = selectors.rows_of(experiment, Metric.CLICKS, now=NOON + 2 * DAY)

    assert (row.after, row.weight, row.before) == (1.0, 2.0, 1.0)


def test_a_look_tells_the_difference_and_is_taken_once_a_day() -> None:
    # Of 150 in each arm 30 and 90 hide something: 0.2 and 0.6.
    shop = a_house()
    experiment = running(shop, a_design(metric=Metric.HIDES))
    everybody = people(300)
    arms = ["personal", "bestsellers"] * 150
    expose(shop, experiment, everybody, arms)
    hide(shop, [*everybody[0:60:2], *everybody[1:181:2]], at=NOON + timedelta(hours=2))

    first = look(shop, experiment, at=NOON + 2 * DAY)
    second = look(shop, experiment, at=NOON + 2 * DAY + timedelta(hours=1))

    assert second.pk == first.pk
    assert first.figures["people"] == {"personal": 150, "bestsellers": 150}
    [found] = first.figures["metric"]["comparisons"]
    assert (found["control"], found["treatment"]) == ("personal", "bestsellers")
    assert found["control_value"] == pytest.approx(0.2)
    assert found["treatment_value"] == pytest.approx(0.6)
    assert found["verdict"] == "higher"
    assert found["low"] < 0.4 < found["high"]
    assert now_of(shop, experiment).state == "running"


def test_a_look_without_enough_people_gives_reasons_and_no_figure() -> None:
    shop = a_house()
    experiment = running(shop)
    expose(shop, experiment, people(2), ["personal", "bestsellers"])

    nobody_yet = look(shop, experiment, at=NOON + timedelta(hours=1))
    too_few = look(shop, experiment, at=NOON + 2 * DAY)

    assert nobody_yet.figures["metric"]["refusals"] == ["nobody's days are over yet"]
    assert too_few.figures["metric"]["comparisons"] == []
    assert "nothing is said below 100" in too_few.figures["metric"]["refusals"][0]


def test_arms_that_lose_people_end_the_experiment() -> None:
    shop = a_house()
    experiment = running(shop)
    expose(shop, experiment, people(400), ["personal"] * 300 + ["bestsellers"] * 100)

    seen = look(shop, experiment, at=NOON + timedelta(hours=1))

    assert seen.figures["mismatch_p"] < 0.001
    ended = now_of(shop, experiment)
    assert ended.state == "stopped"
    assert ended.stopped_because == "the arms did not get their shares of the people"
    with pytest.raises(Refused, match="is not running"):
        look(shop, experiment, at=NOON + 3 * DAY)


def test_a_broken_guardrail_ends_the_experiment() -> None:
    shop = a_house()
    experiment = running(shop, a_design(guardrail=Metric.HIDES))
    everybody = people(300)
    expose(shop, experiment, everybody, ["personal", "bestsellers"] * 150)
    hide(shop, everybody[1:181:2], at=NOON + timedelta(hours=2))

    look(shop, experiment, at=NOON + 2 * DAY)

    ended = now_of(shop, experiment)
    assert ended.state == "stopped"
    assert ended.stopped_because == "the guardrail was broken by bestsellers"


def test_a_guardrail_stops_for_harm_and_not_for_good() -> None:
    assert harms(Metric.HIDES, "higher")
    assert not harms(Metric.HIDES, "lower")
    assert harms(Metric.REVENUE, "lower")
    assert not harms(Metric.REVENUE, "higher")
    assert not harms(Metric.REVENUE, "open")


def test_the_night_looks_at_each_running_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = a_house()
    runs = running(shop, a_design("runs"))
    a_draft(shop, a_design("draft"))
    deferred: list[dict[str, int]] = []
    monkeypatch.setattr(tasks.look, "defer", lambda **job: deferred.append(job))

    tasks.look_at_all(0)
    tasks.look(**deferred[0])

    assert deferred == [{"platform_id": shop.platform.pk, "experiment_id": runs.pk}]
    with tenancy.as_platform(shop.platform.pk):
        assert Look.objects.filter(experiment=runs).count() == 1


def test_what_a_person_was_shown_goes_with_them() -> None:
    shop = a_house()
    running(shop)
    stays, goes = people(2)
    shown(shop, stays)
    shown(shop, goes)

    privacy.erase_person(user_id=goes.user_id, now=NOON + DAY)

    assert [visitor for visitor, _, _ in exposures(shop)] == [stays.visitor]


def test_an_unknown_actor_is_no_operator() -> None:
    shop = a_house()

    with tenancy.as_platform(shop.platform.pk), pytest.raises(Forbidden):
        services.draft(actor=SYSTEM, platform_id=shop.platform.pk, design=a_design(), now=NOON)


def test_actors_come_from_accounts() -> None:
    """The visitor of a signed-in person is the one that the log of acts writes."""
    user = User.objects.create(username="v")

    assert actor_of(user).visitor == f"user-{user.pk}"
