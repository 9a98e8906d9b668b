"""`hansa forecast run`: good files in, forecasts out; bad files refused with file and line, nothing written."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from hansa.cli.forecast import app
from hansa.kernel.errors import InvalidInput

WEEK = [10, 20, 30, 40, 50, 60, 70]
HEADER = "unique_id,ds,y\n"


def daily_csv(folder: Path, *, days: int = 70, extra: str = "") -> Path:
    """Two series: ``a`` repeats WEEK from a Monday, ``b`` is always 5."""
    file = folder / "sales.csv"
    rows = [
        f"{name},{date(2024, 1, 1) + timedelta(days=day)},{WEEK[day % 7] if name == 'a' else 5}\n"
        for name in "ab"
        for day in range(days)
    ]
    file.write_text(HEADER + "".join(rows) + extra, encoding="utf-8")
    return file


def run(source: Path, *options: str, freq: str = "D", horizon: str = "7") -> tuple[Result, Path]:
    out = source.parent / "forecast.csv"
    arguments = [
        "run",
        "--input",
        str(source),
        "--freq",
        freq,
        "--horizon",
        horizon,
        "--out",
        str(out),
        *options,
    ]
    return CliRunner().invoke(app, arguments, catch_exceptions=True), out


def refusal(source: Path, *options: str, freq: str = "D") -> str:
    """The message of a refusal; also proves that nothing was written."""
    result, out = run(source, *options, freq=freq)
    assert isinstance(result.exception, InvalidInput), result.output
    assert not out.exists()
    return result.exception.message


def test_a_file_of_days_becomes_a_file_of_forecasts(tmp_path: Path) -> None:
    result, out = run(daily_csv(tmp_path), "--json")

    forecast = pl.read_csv(out)
    assert forecast.columns == [
        "unique_id",
        "ds",
        "mean",
        "q0.025",
        "q0.1",
        "q0.25",
        "q0.5",
        "q0.75",
        "q0.9",
        "q0.975",
    ]
    assert forecast["unique_id"].to_list() == ["a"] * 7 + ["b"] * 7
    assert forecast["ds"].to_list()[:2] == ["2024-03-11", "2024-03-12"]
    np.testing.assert_allclose(forecast["mean"][:7], WEEK, rtol=0.01)
    np.testing.assert_allclose(forecast["mean"][7:], 5.0)
    told = json.loads(result.stdout)
    assert (told["series"], told["periods"], told["horizon"], told["seed"]) == (2, 70, 7, 0)


def test_levels_are_central_intervals(tmp_path: Path) -> None:
    _, out = run(daily_csv(tmp_path), "--levels", "60,99")

    assert pl.read_csv(out).columns[3:] == ["q0.005", "q0.2", "q0.5", "q0.8", "q0.995"]


def test_the_same_seed_writes_the_same_file(tmp_path: Path) -> None:
    source = daily_csv(tmp_path)

    first = run(source, "--seed", "3")[1].read_bytes()
    again = run(source, "--seed", "3")[1].read_bytes()

    assert first == again


def test_parquet_is_read_and_written(tmp_path: Path) -> None:
    source, out = tmp_path / "sales.parquet", tmp_path / "forecast.parquet"
    days = [date(2024, 1, 1) + timedelta(days=day) for day in range(70)]
    pl.DataFrame({"unique_id": [17] * 70, "ds": days, "y": WEEK * 10}).write_parquet(source)

    CliRunner().invoke(
        app, ["run", "--input", str(source), "--freq", "D", "--horizon", "7", "--out", str(out)]
    )

    forecast = pl.read_parquet(out)
    assert forecast["unique_id"].unique().to_list() == ["17"]
    np.testing.assert_allclose(forecast["mean"], WEEK, rtol=0.01)


@pytest.mark.parametrize(
    ("freq", "stamps", "expected"),
    [
        ("W", ["2024-01-07", "2024-01-14", "2024-01-21"], "2024-01-28"),
        ("M", ["2024-01", "2024-02", "2024-03"], "2024-04-01"),
        ("M", ["2024-01-31", "2024-02-29", "2024-03-31"], "2024-04-30"),
        ("H", ["2024-01-01 22", "2024-01-01T23:00", "2024-01-02 00:00:00"], "2024-01-02 01:00:00"),
    ],
)
def test_dates_of_every_frequency_go_on(tmp_path: Path, freq: str, stamps: list[str], expected: str) -> None:
    source = tmp_path / "sales.csv"
    source.write_text(HEADER + "".join(f"a,{stamp},4\n" for stamp in stamps))

    _, out = run(source, freq=freq, horizon="1")

    assert pl.read_csv(out)["ds"].to_list() == [expected]


def test_empty_and_sold_out_cells_are_unknown(tmp_path: Path) -> None:
    source = tmp_path / "sales.csv"
    start = date(2024, 1, 1)
    rows = [f"a,{start + timedelta(days=day)},20,1\n" for day in range(40)]
    rows += ["a,2024-02-10,,1\n", "a,2024-02-11,0,no\n", "a,2024-02-12,20,yes\n"]
    source.write_text("unique_id,ds,y,in_stock\n" + "".join(rows))

    result, out = run(source, "--json")

    assert json.loads(result.stdout)["unknown values"] == 2
    np.testing.assert_allclose(pl.read_csv(out)["mean"], 20.0)


def test_missing_rows_can_mean_zero(tmp_path: Path) -> None:
    source = tmp_path / "sales.csv"
    rows = [f"a,{date(2024, 1, 1) + timedelta(days=2 * day)},8\n" for day in range(40)]
    source.write_text(HEADER + "".join(rows))

    unknown = pl.read_csv(run(source)[1])["mean"].mean()
    zero = pl.read_csv(run(source, "--missing", "zero")[1])["mean"].mean()

    assert unknown == pytest.approx(8.0)
    assert zero == pytest.approx(4.0, rel=0.15)


def test_a_report_tells_model_error_and_remark(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"

    run(daily_csv(tmp_path), "--report", str(report))

    told = pl.read_csv(report)
    assert told["unique_id"].to_list() == ["a", "b"]
    assert told["remark"].to_list() == ["", "never changed"]
    assert told["naive_rmse"].to_list() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"unique_id,ds,sales\na,2024-01-01,1\n", "no column 'y'; there are 'unique_id', 'ds', 'sales'"),
        (b"unique_id,ds,y\na,2024-01-01,1\na,soon,2\n", "line 3: ds 'soon' is not a date like 2024-01-31"),
        (b"unique_id,ds,y\na,2024-02-30,1\n", "line 2: ds '2024-02-30' is not a date"),
        (b"unique_id,ds,y\na,,1\n", "line 2: ds"),
        (b"unique_id,ds,y\na,2024-01-01 05:30,1\n", "line 2: 2024-01-01 05:30:00 is not a whole day"),
        (b"unique_id,ds,y\na,2024-01-01T05:00:00+02:00,1\n", "line 2: ds '2024-01-01T05:00:00+02:00'"),
        (b"unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,dear\n", "line 3: y 'dear' is not a number"),
        (b"unique_id,ds,y\na,2024-01-01,1e400\n", "series 'a' at 2024-01-01: inf is beyond"),
        (
            b"unique_id,ds,y\na,2024-01-01,1\nb,2024-01-01,1\na,2024-01-01,2\n",
            "line 4: 'a' has a second value",
        ),
        (b"unique_id,ds,y\n ,2024-01-01,1\n", "line 2: unique_id is empty"),
        (b"unique_id,ds,y\na,2024-01-01,1\nb\xff,2024-01-01,1\n", "line 3: byte 0xff is not UTF-8"),
        (b"unique_id,ds,y\n", "there are no rows below the header"),
        (b"", "the file is empty"),
        (
            b"unique_id,ds,y,in_stock\na,2024-01-01,1,maybe\n",
            "line 2: in_stock 'maybe' is neither yes nor no",
        ),
        (b"unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2,3,4\n", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    source = tmp_path / "sales.csv"
    source.write_bytes(content)

    said = refusal(source)

    assert str(source) in said or "series 'a'" in said
    assert message in said


def test_a_mark_of_order_windows_lines_and_blank_lines_at_the_end_do_no_harm(tmp_path: Path) -> None:
    source = tmp_path / "sales.csv"
    source.write_bytes(b"\xef\xbb\xbfunique_id,ds,y\r\na,2024-01-01,4\r\na,2024-01-02,4\r\n\r\n\r\n")

    _, out = run(source, horizon="1")

    assert pl.read_csv(out)["mean"].to_list() == [4.0]


def test_a_week_off_the_grid_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "sales.csv"
    source.write_text(HEADER + "a,2024-01-01,1\na,2024-01-09,1\n")

    assert "2024-01-09 is not a whole number of weeks after 2024-01-01" in refusal(source, freq="W")


def test_a_missing_file_a_broken_parquet_and_a_bad_target_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not really")

    assert "no such file" in refusal(tmp_path / "nowhere.csv")
    assert "cannot be read" in refusal(broken)
    assert "there is no folder" in refusal(daily_csv(tmp_path), "--report", str(tmp_path / "no" / "r.csv"))


def test_an_output_over_the_input_is_refused_and_leaves_it_alone(tmp_path: Path) -> None:
    source = daily_csv(tmp_path)
    before = source.read_bytes()

    result = CliRunner().invoke(
        app, ["run", "--input", str(source), "--freq", "D", "--horizon", "7", "--out", str(source)]
    )

    assert isinstance(result.exception, InvalidInput)
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--horizon", "-1"], "--horizon"),
        (["--horizon", "0"], "--horizon"),
        (["--horizon", "soon"], "--horizon"),
        (["--freq", "Y"], "--freq"),
        (["--levels", "80,many"], "--levels"),
        (["--levels", "100"], "--levels"),
    ],
)
def test_misuse_exits_with_two_and_names_the_option(tmp_path: Path, options: list[str], word: str) -> None:
    result, out = run(daily_csv(tmp_path, days=10), *options)

    assert result.exit_code == 2
    assert word in result.output
    assert not out.exists()
