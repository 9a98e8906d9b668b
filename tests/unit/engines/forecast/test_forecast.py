"""The forecaster as a whole: total, calibrated, better than naive, the same under any split."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.engines.forecast import (
    Frequency,
    Params,
    Problem,
    forecast,
    forecast_partition,
    joined,
    learn_pool,
)
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.forecast.panels import a_problem, seeded_counts, seeded_smooth

NAN = float("nan")


def test_series_without_news_are_repeated_and_said_to_be() -> None:
    problem = a_problem([NAN] * 60, [0.0] * 60, [7.0] * 60, [NAN] * 59 + [3.0], [5.0] * 50 + [NAN] * 10)

    result = forecast(problem, Params(horizon=3), seed=1)

    assert result.reasons == (
        "no known value: zero is forecast",
        "always zero",
        "never changed",
        "one known value: it is repeated; "
        "too short for a backtest: errors and weights come from the other series",
        "never changed; the last 10 periods are unknown",
    )
    np.testing.assert_allclose(result.mean, [[0] * 3, [0] * 3, [7] * 3, [3] * 3, [5] * 3], atol=1e-9)
    np.testing.assert_array_equal(result.quantiles[:2], 0)
    assert result.kinds == ("empty", "intermittent", "smooth", "smooth", "smooth")


def test_a_clear_week_is_continued() -> None:
    week = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]

    result = forecast(a_problem(week * 12), Params(horizon=7), seed=1)

    np.testing.assert_allclose(result.mean[0], week, rtol=0.01)
    assert [str(period) for period in result.periods[:2]] == ["2024-03-25", "2024-03-26"]


def test_errors_put_the_naive_first_and_the_blend_last() -> None:
    result = forecast(a_problem([1.0, 5.0] * 30, season=7), Params(horizon=4), seed=1)

    assert (result.models[0], result.models[-1]) == ("seasonal_naive@7", "blend")
    assert result.errors.shape == result.weights.shape == (1, len(result.models))
    assert result.errors[0, 0] == 4.0  # seven days earlier it was always the other number
    assert result.weights[0].sum() == pytest.approx(1.0)
    assert result.chosen[0] == result.models[int(result.weights[0].argmax())]


def test_quantiles_of_continuous_demand_are_calibrated() -> None:
    history = seeded_smooth(250, 168, seed=7)
    problem, future = a_problem(*history[:, :140].tolist()), history[:, 140:]

    result = forecast(problem, Params(horizon=28), seed=1)

    for level in (0.1, 0.25, 0.5, 0.75, 0.9, 0.975):
        assert (future <= result.quantile(level)).mean() == pytest.approx(level, abs=0.03), level


def test_quantiles_of_counts_cover_what_they_say() -> None:
    history = seeded_counts(250, 168, seed=8)
    problem, future = a_problem(*history[:, :140].tolist()), history[:, 140:]

    result = forecast(problem, Params(horizon=28), seed=1)

    for level in (0.5, 0.75, 0.9, 0.975):
        guess = result.quantile(level)
        below, upto = (future < guess).mean(), (future <= guess).mean()
        assert below - 0.03 <= level <= upto + 0.03, level  # a count's quantile lies inside its step


def test_the_blend_beats_the_seasonal_naive() -> None:
    history = seeded_counts(150, 168, seed=9)
    problem, future = a_problem(*history[:, :140].tolist()), history[:, 140:]

    result = forecast(problem, Params(horizon=28), seed=1)

    naive = history[:, 133:140][:, np.arange(28) % 7]
    ours, theirs = (np.sqrt(np.mean((guess - future) ** 2)) for guess in (result.mean, naive))
    assert ours < 0.8 * theirs
    assert np.nanmedian(result.gain_over_naive()) > 0.15


def test_any_split_gives_the_same_digits() -> None:
    history = np.vstack([seeded_counts(25, 120, seed=10), seeded_smooth(25, 120, seed=11)])
    problem, params = a_problem(*history.tolist()), Params(horizon=7, sample_paths=5)
    whole = forecast(problem, params, seed=3)

    pool = learn_pool(problem, params, seed=3)
    cuts: list[list[int]] = [[49], list(range(20, 49)), list(range(20))]
    parts = [forecast_partition(problem.take(cut), params, seed=3, pool=pool) for cut in cuts]
    together = joined(parts, problem)

    for name in ("mean", "quantiles", "weights", "errors", "paths"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(together, name), err_msg=name)
    assert whole.chosen == together.chosen
    assert whole.reasons == together.reasons
    assert whole.provenance == together.provenance


def test_a_panel_larger_than_the_pool_learns_from_a_sample() -> None:
    problem = a_problem(*seeded_counts(60, 80, seed=12).tolist())
    params = Params(horizon=7, pool_size=30)

    assert learn_pool(problem, params, seed=1).of("all").tested == 30
    np.testing.assert_array_equal(
        forecast(problem, params, seed=1).mean,
        forecast(problem.take(range(60)), params, seed=1).mean,
    )


def test_parts_that_miss_a_series_are_refused() -> None:
    problem = a_problem([1.0] * 20, [2.0] * 20)
    part = forecast(problem.take([0]), Params(horizon=2), seed=1)

    with pytest.raises(InvalidInput, match="do not cover every series exactly once"):
        joined([part], problem)
    with pytest.raises(InvalidInput, match="do not cover every series exactly once"):
        joined([part, part], problem.take([0]))


def test_a_pool_of_other_models_is_refused() -> None:
    problem = a_problem([1.0, 2.0] * 20)
    pool = learn_pool(problem, Params(horizon=2, families=("ets",)), seed=1)

    with pytest.raises(InvalidInput, match="the pool was learnt for models"):
        forecast_partition(problem, Params(horizon=2), seed=1, pool=pool)


def test_the_same_seed_draws_the_same_paths_and_another_seed_others() -> None:
    problem = a_problem(*seeded_counts(3, 60, seed=13).tolist())
    params = Params(horizon=4, sample_paths=50)

    first, again, other = (forecast(problem, params, seed=seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.paths, again.paths)
    assert (first.paths != other.paths).any()
    assert first.paths.shape == (3, 50, 4)


def test_paths_agree_with_the_quantiles() -> None:
    problem = a_problem(*seeded_smooth(40, 120, seed=14).tolist())

    result = forecast(problem, Params(horizon=4, sample_paths=4_000), seed=1)

    drawn = np.quantile(result.paths, 0.9, axis=1)
    width = result.quantile(0.9) - result.quantile(0.5)
    assert np.abs((drawn - result.quantile(0.9)) / width).max() < 0.15


def test_unknown_values_are_not_taken_for_zero() -> None:
    sold_out = [20.0] * 40 + [NAN] * 5 + [20.0] * 10
    zero = [20.0] * 40 + [0.0] * 5 + [20.0] * 10

    result = forecast(a_problem(sold_out, zero), Params(horizon=3), seed=1)

    np.testing.assert_allclose(result.mean[0], 20.0, rtol=1e-6)
    assert result.mean[1, 0] < 19.9


def test_provenance_is_enough_to_make_it_again() -> None:
    problem, params = a_problem([1.0, 2.0] * 10), Params(horizon=2)

    made = forecast(problem, params, seed=5).provenance

    assert (made.params, made.seed, made.input_digest) == (params, 5, problem.digest())


def test_no_series_give_an_empty_answer() -> None:
    problem = a_problem([1.0, 2.0]).take([])

    result = forecast(problem, Params(horizon=3), seed=1)

    assert result.mean.shape == (0, 3)
    assert result.quantiles.shape == (0, 3, 7)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 12).flatmap(
        lambda length: st.lists(
            st.lists(
                st.one_of(st.just(NAN), st.floats(-1e15, 1e15), st.integers(0, 5).map(float)),
                min_size=length,
                max_size=length,
            ),
            min_size=1,
            max_size=4,
        )
    ),
    repeats=st.sampled_from([1, 5]),
    frequency=st.sampled_from(list(Frequency)),
    horizon=st.integers(1, 9),
)
def test_whatever_the_history_the_answer_is_finite_and_ordered(
    rows: list[list[float]], repeats: int, frequency: Frequency, horizon: int
) -> None:
    problem = a_problem(*(row * repeats for row in rows), frequency=frequency)

    result = forecast(problem, Params(horizon=horizon, sample_paths=3), seed=1)

    for values in (result.mean, result.quantiles, result.paths):
        assert np.isfinite(values).all()
    assert (np.diff(result.quantiles, axis=2) >= 0).all()
    never_negative = ~(problem.values < 0).any(axis=1)
    assert (result.quantiles[never_negative] >= 0).all()
    assert (result.mean[never_negative] >= 0).all()


def test_a_gap_in_the_series_of_a_problem_can_be_asked_by_name() -> None:
    result = forecast(a_problem([1.0] * 10), Params(horizon=1), seed=1)

    assert result.row("s0") == 0
    with pytest.raises(InvalidInput, match="series 'x' was not forecast"):
        result.row("x")
    with pytest.raises(InvalidInput, match=r"level 0\.33 was not asked for"):
        result.quantile(0.33)


def test_the_engine_needs_neither_django_nor_statsforecast_until_asked() -> None:
    code = (
        "import sys; import hansa.engines.forecast, hansa.engines.inventory; "
        "print([m for m in ('django', 'statsforecast', 'pandas', 'polars') if m in sys.modules])"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"


def test_hours_use_the_day_and_the_week() -> None:
    hours = np.arange(24 * 21)
    busy = np.where(hours // 24 % 7 < 5, 10.0, 2.0) + np.where(hours % 24 > 12, 5.0, 0.0)
    problem = Problem(("a",), np.datetime64("2024-01-01T00") + hours, busy[None], Frequency.HOUR)

    result = forecast(problem, Params(horizon=24, windows=3), seed=1)

    # 21 days from a Monday: the next day is a Monday again
    expected = np.where(np.arange(24) > 12, 15.0, 10.0)
    assert np.abs(result.mean[0] - expected).mean() < 1.5
