"""What a forecast problem accepts, refuses and derives."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from hansa.engines.forecast import Frequency, Params, Problem
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.forecast.panels import a_problem

DAYS = np.array(["2024-02-28", "2024-02-29", "2024-03-01"], dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("series", "periods", "values", "frequency", "message"),
    [
        (("a", "a"), DAYS, np.ones((2, 3)), "D", "series 'a' comes twice"),
        (("a",), DAYS, np.ones((2, 3)), "D", "values have shape (2, 3); 1 series and 3 periods were named"),
        (("a",), DAYS, np.ones((1, 2)), "D", "values have shape (1, 2); 1 series and 3 periods were named"),
        (("a", "b"), DAYS, [[1, 2, 3], [1, np.inf, 3]], "D", "series 'b' at 2024-02-29: inf is beyond 1e+15"),
        (("a",), DAYS, [[1, 2, -2e15]], "D", "series 'a' at 2024-03-01: -2e+15 is beyond 1e+15"),
        (("a",), DAYS, np.ones((1, 3)), "W", "2024-02-29 follows 2024-02-28 at frequency W"),
        (("a",), DAYS[[0, 2, 1]], np.ones((1, 3)), "D", "2024-03-01 follows 2024-02-28 at frequency D"),
        (("a",), DAYS[:0], np.ones((1, 0)), "D", "no periods"),
        (("a",), ["soon"], np.ones((1, 1)), "D", "periods are not dates"),
        (("a",), DAYS, np.ones((1, 3)), "Y", "frequency 'Y' is not one of D, W, M, H"),
    ],
)
def test_a_problem_that_cannot_be_right_is_refused_by_name(
    series: tuple[str, ...], periods: object, values: object, frequency: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Problem(series, periods, values, frequency)  # type: ignore[arg-type]

    assert message in refusal.value.message


def test_a_season_of_no_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match="season length"):
        Problem(("a",), DAYS, np.ones((1, 3)), Frequency.DAY, (0,))


def test_a_problem_keeps_its_own_copy_of_the_values() -> None:
    values = np.ones((1, 3))
    problem = Problem(("a",), DAYS, values, Frequency.DAY)

    values[0, 0] = 99

    assert problem.values[0, 0] == 1
    assert not problem.values.flags.writeable


@pytest.mark.parametrize(
    ("frequency", "first", "second"),
    [
        ("D", "2024-01-03", "2024-01-04"),
        ("W", "2024-01-15", "2024-01-22"),
        ("M", "2024-03", "2024-04"),
        ("H", "2024-01-01T02", "2024-01-01T03"),
    ],
)
def test_the_future_goes_on_where_the_axis_ends(frequency: str, first: str, second: str) -> None:
    problem = a_problem([1.0, 2.0], frequency=frequency)

    future = problem.future(2)

    assert [str(period) for period in future] == [first, second]


def test_long_rows_become_a_panel_with_unknown_gaps() -> None:
    problem = Problem.of_long(
        ["b", "a", "a", "b"],
        [date(2024, 1, 2), date(2024, 1, 1), date(2024, 1, 3), date(2024, 1, 3)],
        [5, 1, 3, 6],
        frequency="D",
    )

    assert problem.series == ("a", "b")
    np.testing.assert_array_equal(problem.values, [[1, np.nan, 3], [np.nan, 5, 6]])


def test_a_gap_can_mean_zero_but_never_before_the_start() -> None:
    problem = Problem.of_long(
        ["a", "a", "b"],
        ["2024-01-01", "2024-01-03", "2024-01-02"],
        [1, 3, 5],
        frequency="D",
        missing=0.0,
    )

    np.testing.assert_array_equal(problem.values, [[1, 0, 3], [np.nan, 5, 0]])


def test_a_row_said_to_be_unknown_stays_unknown_when_gaps_mean_zero() -> None:
    problem = Problem.of_long(
        ["a", "a", "a"],
        ["2024-01-01", "2024-01-02", "2024-01-04"],
        [1, np.nan, 4],
        frequency="D",
        missing=0.0,
    )

    np.testing.assert_array_equal(problem.values, [[1, np.nan, 0, 4]])


def test_two_values_for_one_period_are_refused_with_the_row() -> None:
    with pytest.raises(InvalidInput, match=r"series 'a' has two values at 2024-01-01 \(row 3\)"):
        Problem.of_long(["a", "b", "a"], ["2024-01-01"] * 3, [1, 2, 3], frequency="D")


def test_a_week_that_begins_on_another_day_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2024-01-09 is not a whole number of weeks after 2024-01-01"):
        Problem.of_long(["a", "a"], ["2024-01-01", "2024-01-09"], [1, 2], frequency="W")


def test_the_digest_changes_with_a_single_value() -> None:
    assert a_problem([1.0, 2.0]).digest() == a_problem([1.0, 2.0]).digest()
    assert a_problem([1.0, 2.0]).digest() != a_problem([1.0, 2.5]).digest()


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"horizon": 0}, "horizon is 0; it must be from 1 to 5000"),
        ({"horizon": -3}, "horizon is -3"),
        ({"horizon": 5, "levels": (0.5, 0.1)}, "must rise"),
        ({"horizon": 5, "levels": (0.0, 0.5)}, "strictly between 0 and 1"),
        ({"horizon": 5, "levels": ()}, "strictly between 0 and 1"),
        ({"horizon": 5, "windows": 0}, "windows is 0"),
        ({"horizon": 5, "shrinkage": 1.5}, "shrinkage is 1.5"),
        ({"horizon": 5, "sharpness": float("nan")}, "sharpness is nan"),
        ({"horizon": 5, "families": ("magic",)}, "family 'magic' is not one of"),
        ({"horizon": 5, "sample_paths": -1}, "sample_paths is -1"),
    ],
)
def test_a_knob_out_of_range_is_refused_by_name(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Params(**knobs)  # type: ignore[arg-type]

    assert message in refusal.value.message
