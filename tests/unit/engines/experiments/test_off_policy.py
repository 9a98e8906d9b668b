"""What logs tell of another policy: by hand, over simulations, and on the Open Bandit logs."""

from __future__ import annotations

import csv
import io
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from hansa.engines.experiments import Logs, OffPolicyParams, OffPolicyResult, off_policy, with_action_means
from hansa.kernel.errors import InvalidInput

OPEN_BANDIT = Path(__file__).parents[5] / "shared/data/recommend/open-bandit/obd.tar.xz"
ANYTHING = OffPolicyParams(least_sample=1, least_share=0)
# Weights 1/2, 1/2, 2, 2.
FOUR = Logs(
    reward=np.array([1.0, 0.0, 1.0, 0.0]),
    propensity=np.array([0.5, 0.5, 0.25, 0.25]),
    target=np.array([0.25, 0.25, 0.5, 0.5]),
)


def test_estimates_are_those_of_the_formulas() -> None:
    # IPS (1/2 + 2) / 4; SNIPS 2.5 / 5; with .5 expected of the log and .6 of the target
    # the mean of .6 + w (r - .5), which is .6; the effective sample 25 / 8.5.
    logs = replace(FOUR, expected_logged=np.full(4, 0.5), expected_target=np.full(4, 0.6))

    found = off_policy(logs, ANYTHING, seed=0)

    assert found.ips is not None
    assert found.ips.value == 0.625
    assert found.snips is not None
    assert found.snips.value == 0.5
    assert found.doubly_robust is not None
    assert found.doubly_robust.value == pytest.approx(0.6)
    assert found.logged == 0.5
    assert found.effective_sample == pytest.approx(25 / 8.5)
    assert found.mean_weight == 1.25
    assert found.heaviest_share == 0.4
    assert (found.clipped_rows, found.clipped_share) == (0, 0.0)


def test_clipping_is_reported_and_does_not_hide_a_small_sample() -> None:
    found = off_policy(FOUR, replace(ANYTHING, clip=1.0), seed=0)

    assert found.ips is not None
    assert found.ips.value == 0.375
    assert found.snips is not None
    assert found.snips.value == 0.5
    assert found.clipped_rows == 2
    assert found.clipped_share == pytest.approx(0.4)
    assert found.effective_sample == pytest.approx(25 / 8.5)


def test_intervals_keep_to_possible_rewards() -> None:
    # Four rows of weight 1, all rewarded: Wilson's interval of 4 in 4 is 1 / (1 + z^2 / 4) to 1.
    all_paid = Logs(np.ones(4), np.full(4, 0.5), np.full(4, 0.5))

    found = off_policy(all_paid, ANYTHING, seed=0)

    assert found.snips is not None
    assert found.snips.interval == pytest.approx((1 / (1 + 1.959964**2 / 4), 1.0), abs=1e-6)


def test_without_a_model_there_is_no_doubly_robust_estimate() -> None:
    assert off_policy(FOUR, ANYTHING, seed=0).doubly_robust is None


def test_the_bootstrap_follows_its_seed() -> None:
    params = replace(ANYTHING, bootstrap_draws=200)

    assert off_policy(FOUR, params, seed=1) == off_policy(FOUR, params, seed=1)
    assert off_policy(FOUR, params, seed=1).ips != off_policy(FOUR, params, seed=2).ips


def test_a_small_effective_sample_is_refused_without_a_number() -> None:
    weights = np.array([1e4] + [1.0] * 9_999)
    logs = Logs(np.ones(10_000), 1e-4 / weights * 1e4 / 1e4, np.full(10_000, 1e-4))

    found = off_policy(logs, OffPolicyParams(), seed=0)

    assert found.is_refused
    assert (found.ips, found.snips, found.doubly_robust) == (None, None, None)
    assert "10000 rows are worth 4.0 of the new policy's own; 100 are needed" in found.refusals[0]


def test_the_sample_needed_grows_with_the_log() -> None:
    # 300 rows of weight 100 in 30,000, the rest 0: worth 300. One per cent of 30,001 is a little more.
    target = np.array([1.0] * 300 + [0.0] * 29_700)
    enough = Logs(np.ones(30_000), np.full(30_000, 0.01), target)
    short = Logs(np.ones(30_001), np.full(30_001, 0.01), np.append(target, 0.0))

    assert not off_policy(enough, OffPolicyParams(), seed=0).is_refused
    assert off_policy(short, OffPolicyParams(), seed=0).is_refused


def test_chances_that_do_not_belong_to_the_log_are_refused() -> None:
    doubled = Logs(np.tile([0.0, 1.0], 500), np.tile([0.5, 0.4], 500), np.tile([1.0, 0.8], 500))

    found = off_policy(doubled, OffPolicyParams(), seed=0)

    assert found.ips is None
    assert "weights average 2.000 where they should average 1" in found.refusals[0]


def test_a_policy_that_never_does_what_was_logged_is_refused() -> None:
    found = off_policy(replace(FOUR, target=np.zeros(4)), ANYTHING, seed=0)

    assert found.is_refused
    assert found.effective_sample == 0.0


def test_equal_rewards_of_unknown_range_are_refused() -> None:
    fives = Logs(np.full(200, 5.0), np.full(200, 0.5), np.full(200, 0.5))

    assert "give the range" in off_policy(fives, OffPolicyParams(), seed=0).refusals[0]
    assert not off_policy(fives, OffPolicyParams(reward_range=(1, 5)), seed=0).is_refused


def test_means_by_action_come_from_the_other_folds() -> None:
    # Two actions, far apart, 500 rows each: the model tells them apart and knows what an even choice earns.
    actions = ["tea", "salt"] * 500
    reward = np.tile([1.0, 0.0], 500)
    logs = with_action_means(Logs(reward, np.full(1_000, 0.5), np.full(1_000, 0.5)), actions, seed=3)

    assert logs.expected_logged is not None
    assert logs.expected_target is not None
    assert np.abs(logs.expected_logged - reward).max() < 0.02
    assert np.abs(logs.expected_target - 0.5).max() < 0.01


def test_actions_with_contexts_are_refused() -> None:
    with pytest.raises(InvalidInput, match="'tea' has more than one target"):
        with_action_means(replace(FOUR, target=np.array([0.1, 0.2, 0.3, 0.4])), ["tea"] * 4, seed=0)
    with pytest.raises(InvalidInput, match="add up to 2"):
        with_action_means(replace(FOUR, target=np.ones(4)), ["tea", "salt"] * 2, seed=0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"propensity": [0.5, 0.0]}, "row 2: propensity is 0"),
        ({"propensity": [0.5, 1.5]}, "row 2: propensity is 1.5"),
        ({"target": [-0.1, 0.5]}, "row 1: target is -0.1"),
        ({"reward": [0.0, float("nan")]}, "row 2: reward is nan"),
        ({"reward": []}, "nothing was logged"),
        ({"target": [0.5]}, r"target has shape \(1,\)"),
        ({"expected_logged": [0.5, 0.5]}, "give both"),
    ],
)
def test_rows_that_cannot_be_are_refused(change: dict[str, list[float]], said: str) -> None:
    fine = {"reward": [0.0, 1.0], "propensity": [0.5, 0.5], "target": [0.5, 0.5]}

    with pytest.raises(InvalidInput, match=said):
        Logs(**{name: np.array(values) for name, values in {**fine, **change}.items()})


class World(NamedTuple):
    """A policy that spreads unevenly over actions, and what an even one would earn."""

    actions: int = 20
    evenness: float = 1.0
    paid: float = 0.05
    rows: int = 5_000

    def drawn(self, generator: np.random.Generator) -> tuple[Logs, list[int], float]:
        chances = 0.99 * generator.dirichlet(np.full(self.actions, self.evenness)) + 0.01 / self.actions
        worth = np.minimum(self.paid * generator.lognormal(0, 0.5, self.actions), 1.0)
        action = generator.choice(self.actions, self.rows, p=chances)
        reward = (generator.random(self.rows) < worth[action]).astype(float)
        target = np.full(self.rows, 1 / self.actions)
        return Logs(reward, chances[action], target), action.tolist(), float(worth.mean())


@pytest.mark.parametrize(
    "world",
    [
        World(),
        World(evenness=0.5),
        World(paid=0.005, rows=10_000),
        World(paid=0.3),
        World(actions=5, rows=2_000),
    ],
    ids=["plain", "uneven", "rare", "frequent", "few"],
)
def test_intervals_hold_the_truth_nineteen_times_in_twenty(world: World) -> None:
    generator = np.random.default_rng(21)
    held, told = np.zeros(3), 0
    for run in range(200):
        logs, actions, truth = world.drawn(generator)
        found = off_policy(with_action_means(logs, actions, seed=run), OffPolicyParams(), seed=run)
        if found.is_refused:
            continue
        told += 1
        for place, estimate in enumerate((found.ips, found.snips, found.doubly_robust)):
            assert estimate is not None
            held[place] += estimate.interval.low <= truth <= estimate.interval.high

    coverage = held / told
    assert told >= 190
    assert (coverage >= 0.9).all(), coverage
    assert (coverage <= 0.995).all(), coverage


def test_a_log_is_refused_exactly_when_its_sample_is_too_small() -> None:
    generator, seen = np.random.default_rng(22), set()
    for _ in range(100):
        logs, _, _ = World(actions=40, evenness=0.12).drawn(generator)
        weights = logs.target / logs.propensity
        too_small = weights.sum() ** 2 / (weights**2).sum() < 100

        refused = off_policy(logs, OffPolicyParams(), seed=0).is_refused

        assert refused == too_small
        seen.add(refused)

    assert seen == {True, False}


def test_robust_estimates_are_nearer_to_the_truth_than_plain_ones_and_the_naive_guess() -> None:
    generator, away = np.random.default_rng(23), []
    for run in range(100):
        logs, actions, truth = World(paid=0.6).drawn(generator)
        found = off_policy(with_action_means(logs, actions, seed=run), OffPolicyParams(), seed=run)
        assert found.doubly_robust is not None
        assert found.ips is not None
        away.append([value - truth for value in (found.doubly_robust.value, found.ips.value, found.logged)])

    robust, plain, naive = np.sqrt(np.mean(np.square(away), axis=0))
    assert robust < 0.7 * plain
    assert robust < 0.5 * naive


class Campaign(NamedTuple):
    """The logs of a campaign under Thompson sampling, and what the even policy truly earned."""

    logs: Logs
    items: list[str]
    truth: float


def campaign(name: str) -> Campaign:
    if not OPEN_BANDIT.exists():
        pytest.skip("the Open Bandit logs ../shared/data/recommend/open-bandit/obd.tar.xz are not here")
    with tarfile.open(OPEN_BANDIT) as archive:
        even, thompson = (
            list(csv.DictReader(io.TextIOWrapper(archive.extractfile(f"obd/{policy}/{name}/{name}.csv"))))  # type: ignore[arg-type]  # it is a file
            for policy in ("random", "bts")
        )
    items = len({row["item_id"] for row in even})
    logs = Logs(
        np.array([float(row["click"]) for row in thompson]),
        np.array([float(row["propensity_score"]) for row in thompson]),
        np.full(len(thompson), 1 / items),
    )
    truth = float(np.mean([float(row["click"]) for row in even]))
    return Campaign(logs, [row["item_id"] for row in thompson], truth)


def told(of: Campaign, params: OffPolicyParams) -> OffPolicyResult:
    return off_policy(with_action_means(of.logs, of.items, seed=1), params, seed=1)


@pytest.mark.parametrize(("name", "effective"), [("all", 340), ("men", 656)])
def test_open_bandit_logs_tell_what_the_even_policy_earned(name: str, effective: int) -> None:
    asked = campaign(name)

    by_theory = told(asked, OffPolicyParams())
    by_bootstrap = told(asked, OffPolicyParams(bootstrap_draws=1_000))

    assert by_theory.effective_sample == pytest.approx(effective, abs=0.5)
    for found in (by_theory, by_bootstrap):
        assert found.snips is not None
        assert found.snips.interval.low <= asked.truth <= found.snips.interval.high
    for estimate in (by_theory.ips, by_theory.doubly_robust):
        assert estimate is not None
        assert estimate.interval.low <= asked.truth <= estimate.interval.high


def test_open_bandit_logs_of_women_are_refused() -> None:
    found = told(campaign("women"), OffPolicyParams())

    assert found.effective_sample == pytest.approx(2.08, abs=0.01)
    assert (found.ips, found.snips, found.doubly_robust) == (None, None, None)
    assert "10000 rows are worth 2.1" in found.refusals[0]
