"""Who sees which arm."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from hansa.engines.experiments import Arm, Plan, Traffic, arm_of, check_layer, sample_ratio
from hansa.kernel.errors import InvalidInput

UNITS = [f"visitor-{number}" for number in range(20_000)]
SEEN_IN_THE_FIRST_RELEASE = ["old", "old", "new", "new", "new", "old", "old", "new"]


def plan(name: str = "shelf", *, weights: tuple[int, int] = (1, 1), traffic: Traffic | None = None) -> Plan:
    arms = (Arm("old", weights[0]), Arm("new", weights[1]))
    return Plan(name, salt=name, arms=arms, traffic=traffic or Traffic())


def test_a_unit_sees_the_same_arm_in_every_release() -> None:
    seen = [arm_of(plan(), unit) for unit in UNITS[:8]]

    assert seen == SEEN_IN_THE_FIRST_RELEASE


def test_arms_get_their_weights() -> None:
    asked = plan(weights=(3, 1))

    counts = Counter(arm_of(asked, unit) for unit in UNITS)

    assert asked.shares == (0.75, 0.25)
    assert sample_ratio([counts["old"], counts["new"]], asked.shares).naive_p_value > 0.01


def test_experiments_of_one_layer_never_share_a_unit() -> None:
    first = plan("first", traffic=Traffic("page", 0, 300))
    second = plan("second", traffic=Traffic("page", 300, 1_000))

    in_first = {unit for unit in UNITS if arm_of(first, unit)}
    in_second = {unit for unit in UNITS if arm_of(second, unit)}

    assert in_first.isdisjoint(in_second)
    assert in_first | in_second == set(UNITS)
    assert sample_ratio([len(in_first), len(in_second)], (0.3, 0.7)).naive_p_value > 0.01


def test_experiments_of_two_layers_meet_independently() -> None:
    one, other = plan("one", traffic=Traffic("page")), plan("other", traffic=Traffic("mail"))

    both = Counter((arm_of(one, unit), arm_of(other, unit)) for unit in UNITS)

    assert sample_ratio(list(both.values()), (0.25,) * 4).naive_p_value > 0.01


def test_slots_and_arms_are_drawn_independently() -> None:
    narrow = plan(traffic=Traffic("page", 0, 500))

    counts = Counter(arm_of(narrow, unit) for unit in UNITS)

    assert sample_ratio([counts["old"], counts["new"]], (0.5, 0.5)).naive_p_value > 0.01


def test_more_traffic_moves_nobody_to_another_arm() -> None:
    narrow, wide = (plan(traffic=Traffic("page", 0, stop)) for stop in (100, 900))

    before = {unit: arm for unit in UNITS if (arm := arm_of(narrow, unit))}

    assert len(before) > 1_500
    assert all(arm_of(wide, unit) == arm for unit, arm in before.items())


def test_any_words_can_be_a_unit() -> None:
    assert arm_of(plan(), "") in {"old", "new"}
    assert arm_of(plan(), "茶\udcff" * 10_000) in {"old", "new"}


def test_overlapping_slots_are_refused_by_name() -> None:
    plans = [
        plan("first", traffic=Traffic("page", 0, 300)),
        plan("second", traffic=Traffic("page", 299, 500)),
    ]

    with pytest.raises(InvalidInput, match="'first' and 'second' share slots 299 to 300 of layer 'page'"):
        check_layer(plans)

    check_layer([plans[0], replace(plans[1], traffic=Traffic("mail", 299, 500))])


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ((Arm("old"),), "needs two arms"),
        ((Arm("old"), Arm("old")), "two arms 'old'"),
        ((Arm("old"), Arm("new", 0)), "'new' has weight 0"),
    ],
)
def test_plans_that_cannot_be_are_refused(arms: tuple[Arm, ...], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Plan("shelf", "shelf", arms)


def test_slots_outside_the_layer_are_refused() -> None:
    with pytest.raises(InvalidInput, match="slots 10 to 1001"):
        Traffic("page", 10, 1_001)
