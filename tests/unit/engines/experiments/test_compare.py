"""Comparing arms: values worked out by hand, and what holds over many simulated experiments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from hansa.engines.experiments import Params, Problem, Result, Verdict, compare
from hansa.kernel.errors import InvalidInput

FEW = Params(least_units=10, sharpest_at=20, looks=1)
Draw = Callable[[np.random.Generator, int], np.ndarray]


def question(control: list[float], treatment: list[float], **columns: list[float]) -> Problem:
    """Control and treatment of one length, taking turns; further columns are given control first."""
    size = len(control)
    turns = np.arange(2 * size).reshape(2, size).T.ravel()
    return Problem(
        ("old", "new"),
        np.array([0.5, 0.5]),
        tuple(f"unit-{number}" for number in range(2 * size)),
        turns // size,
        np.array([*control, *treatment])[turns],
        **{name: np.array(values)[turns] for name, values in columns.items()},
    )


def random_question(
    draw: Draw, generator: np.random.Generator, units: int = 2_000, *, effect: float = 0.0
) -> Problem:
    arm = generator.integers(0, 2, units)
    names = tuple(str(number) for number in range(units))
    return Problem(("old", "new"), np.array([0.5, 0.5]), names, arm, draw(generator, units) + effect * arm)


def test_means_differ_with_the_interval_of_the_mixture() -> None:
    # Means 1 and 3, variances 10/9 and 40/9: the difference has variance 50/9 / 10 = 5/9. At the units
    # for which it is tuned the radius is the root of variance x 9.2124, where 9.2124 solves
    # w exp(-w) = .05^2 / e; Welch has t = 2 / .7454.
    control, treatment = [0.0, 2.0] * 5, [1.0, 5.0] * 5

    result = compare(question(control, treatment), FEW)

    [found] = result.comparisons
    classic = ttest_ind(treatment, control, equal_var=False)
    assert (found.control_value, found.treatment_value, found.difference) == (1.0, 3.0, 2.0)
    assert found.lift == 2.0
    assert found.low == pytest.approx(2 - (5 / 9 * 9.2124) ** 0.5, abs=1e-3)
    assert found.high == pytest.approx(2 + (5 / 9 * 9.2124) ** 0.5, abs=1e-3)
    assert found.verdict is Verdict.OPEN
    assert found.decided_at is None
    assert found.p_value > 0.05
    assert found.naive.p_value == pytest.approx(classic.pvalue, abs=1e-12)
    assert (found.naive.low, found.naive.high) == pytest.approx(tuple(classic.confidence_interval()))


def test_the_p_value_is_below_alpha_exactly_when_the_interval_leaves_nothing_out() -> None:
    generator = np.random.default_rng(5)
    for effect in (0.0, 0.05, 0.1, 0.2):
        asked = random_question(lambda g, n: g.normal(size=n), generator, effect=effect)

        [found] = compare(asked, Params(sharpest_at=1_000)).comparisons

        decided = [look.low > 0 or look.high < 0 for look in found.looks]
        assert any(decided) == (found.p_value < 0.05) == (found.verdict is not Verdict.OPEN)
        if any(decided):
            assert found.decided_at == found.looks[decided.index(True)].units


def test_a_ratio_is_of_the_sums() -> None:
    # Old: 20 clicks on 20 views, new: 30 on 20. Made linear around 1 and 1.5, units stray by
    # (1 - 1 x 2) / 2 = -.5 and .5, and by (2 - 3) / 2 and (4 - 3) / 2 = .5: both have variance 10/36.
    clicks_old, clicks_new, views = [1.0, 3.0] * 5, [2.0, 4.0] * 5, [2.0] * 20

    result = compare(question(clicks_old, clicks_new, denominator=views), FEW)

    [found] = result.comparisons
    assert (found.control_value, found.treatment_value, found.difference) == (1.0, 1.5, 0.5)
    assert found.high - found.low == pytest.approx(2 * (2 * 10 / 36 / 10 * 9.2124) ** 0.5, abs=1e-3)


def test_a_ratio_of_unequal_units_is_not_the_mean_of_ratios() -> None:
    # One in ten units is large: 1 of 1 clicks nine times and 0 of 91 once make 9 %, not 90 %.
    small_and_large = [1.0] * 9 + [0.0]
    views = ([1.0] * 9 + [91.0]) * 2

    [found] = compare(question(small_and_large, small_and_large, denominator=views), FEW).comparisons

    assert found.control_value == pytest.approx(0.09)
    assert found.difference == 0.0


def test_what_the_time_before_explains_is_taken_out() -> None:
    # Everybody does again what they did before, and the new arm adds 2; its people did 1 more before.
    before_old, before_new = [0.0, 2.0] * 5, [1.0, 3.0] * 5
    after_new = [value + 2 for value in before_new]

    [found] = compare(question(before_old, after_new, covariate=before_old + before_new), FEW).comparisons

    assert found.difference == pytest.approx(2.0)
    assert found.variance_cut == pytest.approx(1.0)
    assert found.verdict is Verdict.HIGHER
    assert found.naive.difference == pytest.approx(3.0)


def test_units_without_a_past_stay_as_they_are() -> None:
    unknown = [float("nan")] * 20
    asked = question([0.0, 2.0] * 5, [1.0, 5.0] * 5)

    plain = compare(asked, FEW)
    with_nothing_known = compare(replace(asked, covariate=np.array(unknown)), FEW)

    assert with_nothing_known.comparisons == plain.comparisons


def test_arms_that_are_alike_by_rounding_do_not_differ() -> None:
    thirds = [0.1, 0.2, 0.3, 0.4] * 3

    [found] = compare(question(thirds, thirds[::-1]), FEW).comparisons

    assert (found.difference, found.p_value, found.verdict) == (0.0, 1.0, Verdict.OPEN)


@pytest.mark.parametrize("views", [None, [1.0, 2.0] * 10])
def test_where_nobody_does_anything_nothing_is_claimed(views: list[float] | None) -> None:
    columns = {} if views is None else {"denominator": views}

    result = compare(question([0.0] * 10, [0.0] * 10, **columns), FEW)

    assert result.comparisons == ()
    assert result.refusals == ("every unit did the same: nothing tells the arms apart yet",)


def test_rows_are_looked_at_in_the_order_in_which_units_entered() -> None:
    asked = question([0.0, 2.0] * 50, [1.0, 5.0] * 50, entered=list(np.linspace(9, 0, 100)) * 2)

    [found] = compare(asked, replace(FEW, looks=4)).comparisons

    assert [look.units for look in found.looks] == [50, 100, 150, 200]
    assert [look.at for look in found.looks] == sorted(look.at or 0 for look in found.looks)
    assert found.looks[-1].at == 9.0


def test_every_treatment_is_compared_and_shares_alpha() -> None:
    outcome = [0.0, 2.0] * 30
    arms = ["old", "new", "newer"] * 20
    asked = Problem.of_rows([str(n) for n in range(60)], arms, outcome, control="old")
    alone = Problem.of_rows(
        [str(n) for n in range(60) if n % 3 != 2],
        [arm for arm in arms if arm != "newer"],
        [value for value, arm in zip(outcome, arms, strict=True) if arm != "newer"],
        control="old",
    )

    result = compare(asked, FEW)
    [by_half_alpha] = compare(alone, replace(FEW, alpha=0.025)).comparisons

    assert asked.arms == ("old", "new", "newer")
    assert [each.treatment for each in result.comparisons] == ["new", "newer"]
    assert result.comparisons[0].low == pytest.approx(by_half_alpha.low)


def test_clusters_count_as_one() -> None:
    # Ten merchants of ten goods each; all goods of a merchant do the same. One by one they look certain.
    merchants = [str(number) for number in range(40)]
    generator = np.random.default_rng(3)
    level = dict(zip(merchants, generator.normal(size=40), strict=True))
    goods = [(f"{merchant}-{good}", merchant) for merchant in merchants for good in range(10)]
    arms = ["old" if int(merchant) % 2 else "new" for _, merchant in goods]
    outcome = [level[merchant] for _, merchant in goods]
    asked = Problem.of_rows([unit for unit, _ in goods], arms, outcome, control="old")

    [by_goods] = compare(asked, FEW).comparisons
    [by_merchants] = compare(asked.clustered(dict(goods)), FEW).comparisons

    assert by_merchants.difference == pytest.approx(by_goods.difference)
    wider = (by_merchants.naive.high - by_merchants.naive.low) / (by_goods.naive.high - by_goods.naive.low)
    assert wider == pytest.approx(10**0.5, rel=0.1)


def test_a_cluster_in_two_arms_is_refused() -> None:
    asked = question([0.0] * 10, [1.0] * 10)

    with pytest.raises(InvalidInput, match="cluster 'all' has units in two arms"):
        asked.clustered(dict.fromkeys(asked.units, "all"))


def test_too_few_units_come_back_as_a_reason() -> None:
    result = compare(question([0.0, 2.0] * 5, [1.0, 5.0] * 5), Params())

    assert result.comparisons == ()
    assert result.is_refused
    assert result.refusals == (
        "arm 'old' has 10 units; nothing is said below 100",
        "arm 'new' has 10 units; nothing is said below 100",
    )


def test_a_sample_ratio_mismatch_withholds_every_figure() -> None:
    generator = np.random.default_rng(1)
    arms = generator.choice(["old", "new"], 6_000, p=[0.46, 0.54])
    asked = Problem.of_rows([str(n) for n in range(6_000)], list(arms), np.ones(6_000), control="old")

    result = compare(asked, Params())

    assert result.comparisons == ()
    assert "sample-ratio mismatch" in result.refusals[0]
    assert result.sample_ratio.p_value < 0.001


def test_a_ratio_over_nothing_comes_back_as_a_reason() -> None:
    result = compare(question([0.0] * 10, [0.0] * 10, denominator=[1.0] * 10 + [0.0] * 10), FEW)

    assert result.refusals == ("arm 'new' has a denominator of 0: the ratio is nothing there",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"units": ("a", "a")}, "'a' comes twice"),
        ({"units": ()}, "nobody was exposed"),
        ({"outcome": [0.0, float("nan")]}, "unit 'b': outcome is nan"),
        ({"outcome": [0.0, float("inf")]}, "unit 'b': outcome is inf"),
        ({"outcome": [0.0]}, r"outcome has shape \(1,\)"),
        ({"denominator": [-1.0, 0.0]}, "unit 'a': denominator is -1"),
        ({"covariate": [0.0, float("inf")]}, "unit 'b': covariate is inf"),
        ({"entered": [0.0, float("nan")]}, "unit 'b': entered is nan"),
        ({"arm": [0, 2]}, "unit 'b' is in arm 2 of 2"),
        ({"shares": [0.5, 0.6]}, "add up to 1"),
        ({"arms": ("old", "old")}, "one comes twice"),
    ],
)
def test_rows_that_cannot_be_are_refused_by_name(change: dict[str, object], said: str) -> None:
    fine: dict[str, object] = {
        "arms": ("old", "new"),
        "shares": [0.5, 0.5],
        "units": ("a", "b"),
        "arm": [0, 1],
        "outcome": [0.0, 1.0],
    }

    with pytest.raises(InvalidInput, match=said):
        Problem(**{**fine, **change})  # type: ignore[arg-type]  # the point is that some are wrong


@pytest.mark.parametrize(
    ("control", "weights", "said"),
    [
        ("older", None, "no row has the control 'older'"),
        ("old", {"old": 1.0}, "arm 'new' has no planned share"),
        ("old", {"old": 1.0, "new": 0.0}, "must all be above 0"),
    ],
)
def test_arms_must_fit_their_weights(control: str, weights: dict[str, float] | None, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Problem.of_rows(["a", "b"], ["old", "new"], [0, 1], control=control, weights=weights)


def simulated(draw: Draw, *, runs: int, effect: float = 0.0, seed: int) -> list[Result]:
    generator = np.random.default_rng(seed)
    params = Params(sharpest_at=1_000, looks=20, mismatch_alpha=1e-6)
    return [compare(random_question(draw, generator, effect=effect), params) for _ in range(runs)]


@pytest.mark.parametrize(
    "draw",
    [
        lambda generator, units: (generator.random(units) < 0.05).astype(float),
        lambda generator, units: (generator.random(units) < 0.1) * generator.lognormal(3, 1, units),
    ],
    ids=["rare", "skewed"],
)
def test_peeking_twenty_times_is_wrong_in_one_of_twenty_at_most(draw: Draw) -> None:
    runs = simulated(draw, runs=200, seed=11)

    wrong = sum(run.comparisons[0].verdict is not Verdict.OPEN for run in runs)

    assert wrong <= 10


def test_peeking_at_the_naive_test_is_wrong_far_more_often() -> None:
    generator, wrong = np.random.default_rng(12), 0
    for _ in range(100):
        asked = random_question(lambda g, n: g.normal(size=n), generator)
        parts = [
            Problem(asked.arms, asked.shares, asked.units[:cut], asked.arm[:cut], asked.outcome[:cut])
            for cut in range(400, 2_001, 400)
        ]
        looks = [compare(part, replace(FEW, mismatch_alpha=1e-6)).comparisons[0].naive for part in parts]
        wrong += any(look.p_value < 0.05 for look in looks)

    assert wrong >= 9


def test_the_sequence_holds_the_truth_at_every_look_and_the_naive_interval_at_one() -> None:
    runs = simulated(lambda g, n: g.exponential(size=n), runs=200, effect=0.2, seed=13)

    found = [run.comparisons[0] for run in runs]
    always = sum(all(look.low <= 0.2 <= look.high for look in each.looks) for each in found)
    once = sum(each.naive.low <= 0.2 <= each.naive.high for each in found)

    assert always >= 190
    assert 180 <= once <= 198


def test_a_real_difference_is_found_and_a_covariate_finds_it_sooner() -> None:
    generator, sooner = np.random.default_rng(15), 0
    for _ in range(20):
        before = generator.normal(size=2_000)
        asked = random_question(lambda g, n: 0.3 * g.normal(size=n), generator, effect=0.2)
        asked = replace(asked, outcome=asked.outcome + before, covariate=before)
        with_past = compare(asked, Params(sharpest_at=1_000)).comparisons[0]
        without = compare(asked, Params(sharpest_at=1_000, use_covariate=False)).comparisons[0]

        assert with_past.verdict is Verdict.HIGHER
        assert with_past.variance_cut == pytest.approx(1 - 0.09 / 1.09, abs=0.02)
        sooner += (with_past.decided_at or 0) < (without.decided_at or 10**9)

    assert sooner >= 18
