"""`hansa experiment`: files in, verdicts out; bad files refused with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from hansa.cli.experiment import app
from hansa.kernel.errors import InvalidInput, Refused

LOOSE = ["--control", "old", "--least-units", "10", "--sharpest-at", "20", "--looks", "2"]


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def visitors(folder: Path, *, header: str = "unit,arm,outcome", extra: str = "", each: str = "") -> Path:
    """Ten of each arm: old ones make 0 and 2 in turn, new ones 1 and 5."""
    rows = [f"old-{n},old,{2 * (n % 2)}{each}" for n in range(10)]
    rows += [f"new-{n},new,{1 + 4 * (n % 2)}{each}" for n in range(10)]
    file = folder / "visitors.csv"
    file.write_text("\n".join([header, *rows]) + "\n" + extra, encoding="utf-8")
    return file


def logs(folder: Path) -> Path:
    """A policy that showed tea three times as often as salt; tea is liked by a third, salt always."""
    rows = ["item,reward,propensity,target", *["tea,1,0.75,0.5", "tea,0,0.75,0.5", "tea,0,0.75,0.5"] * 100]
    file = folder / "shown.csv"
    file.write_text("\n".join([*rows, *["salt,1,0.25,0.5"] * 100]) + "\n", encoding="utf-8")
    return file


def test_arms_are_compared_and_every_look_is_written(tmp_path: Path) -> None:
    out = tmp_path / "looks.csv"

    done = run("evaluate", visitors(tmp_path), *LOOSE, "--out", out, "--json")

    assert done.exit_code == 0
    said = json.loads(done.stdout)
    [found] = said["comparisons"]
    assert (found["control_value"], found["treatment_value"], found["difference"]) == (1.0, 3.0, 2.0)
    assert said["sample_ratio"]["counts"] == [10, 10]
    looks = pl.read_csv(out)
    assert looks.columns == ["treatment", "units", "at", "difference", "low", "high", "p_value"]
    assert looks["units"].to_list() == [20]


def test_text_names_the_verdict_of_each_treatment(tmp_path: Path) -> None:
    more = "".join(f"newer-{n},newer,{n % 2}\n" for n in range(10))

    done = run("evaluate", visitors(tmp_path, extra=more), *LOOSE)

    assert "new                      3, control 1, +200.0%" in done.stdout
    assert "new, verdict             open" in done.stdout
    assert "newer                    0.5, control 1, -50.0%" in done.stdout


def test_too_few_units_end_with_the_reason_and_no_figure(tmp_path: Path) -> None:
    out = tmp_path / "looks.csv"

    done = run("evaluate", visitors(tmp_path), "--control", "old", "--out", out)

    assert isinstance(done.exception, Refused)
    assert "arm 'old' has 10 units; nothing is said below 100" in str(done.exception)
    assert "difference" not in done.stdout
    assert not out.exists()


def test_clusters_count_as_one(tmp_path: Path) -> None:
    file = visitors(tmp_path, header="unit,arm,outcome,cluster")
    lines = file.read_text().splitlines()
    with_clusters = [lines[0], *(f"{line},{line.split(',')[0][:5]}" for line in lines[1:])]
    file.write_text("\n".join(with_clusters) + "\n")

    done = run("evaluate", file, *LOOSE, "--json")

    assert json.loads(done.stdout)["sample_ratio"]["counts"] == [10, 10]


@pytest.mark.parametrize("moment", ["2025-03-01", "2025-03-01 10:00:00", "2025-03-01T10:00:00Z", "17.5"])
def test_units_come_in_at_moments_or_numbers(tmp_path: Path, moment: str) -> None:
    file = visitors(tmp_path, header="unit,arm,outcome,entered", each=f",{moment}")

    assert run("evaluate", file, *LOOSE).exit_code == 0


@pytest.mark.parametrize(
    ("header", "each", "extra", "said"),
    [
        ("unit,arm,result", "", "", "no column 'outcome'"),
        ("unit,arm,outcome", "", "x,old,much\n", "line 22: outcome 'much' is not a number"),
        ("unit,arm,outcome", "", "x,old,\n", "unit 'x': outcome is nan"),
        ("unit,arm,outcome", "", "new-1,old,1\n", "unit 'new-1' comes twice"),
        ("unit,arm,outcome", "", "x,,1\n", "line 22: arm is empty"),
        ("unit,arm,outcome,entered", ",1", "x,old,1,soon\n", "line 2: entered '1' is neither"),
    ],
)
def test_bad_files_are_refused_by_line(tmp_path: Path, header: str, each: str, extra: str, said: str) -> None:
    done = run("evaluate", visitors(tmp_path, header=header, each=each, extra=extra), *LOOSE)

    assert isinstance(done.exception, InvalidInput)
    assert said in str(done.exception)


def test_shares_that_are_none_are_misuse(tmp_path: Path) -> None:
    assert run("evaluate", visitors(tmp_path), *LOOSE, "--shares", "old:new").exit_code == 2


def test_logs_tell_what_an_even_policy_earns(tmp_path: Path) -> None:
    # Half of a third and half of all: two thirds.
    done = run("off-policy", logs(tmp_path), "--action", "item", "--json")

    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert said["logged"] == 0.5
    assert said["ips"]["value"] == pytest.approx(2 / 3)
    assert said["snips"]["value"] == pytest.approx(2 / 3)
    assert said["doubly_robust"]["value"] == pytest.approx(2 / 3, abs=0.01)


def test_an_even_policy_needs_no_column(tmp_path: Path) -> None:
    by_column, by_option = (
        run("off-policy", logs(tmp_path), *words, "--json").stdout for words in ([], ["--even", "2"])
    )

    assert json.loads(by_column)["ips"] == json.loads(by_option)["ips"]


def test_logs_that_cannot_tell_end_with_the_reason_and_no_figure(tmp_path: Path) -> None:
    file = tmp_path / "shown.csv"
    file.write_text("reward,propensity,target\n" + "1,0.5,0.5\n" * 50)

    done = run("off-policy", file)

    assert isinstance(done.exception, Refused)
    assert "50 rows are worth 50.0 of the new policy's own; 100 are needed" in str(done.exception)
    assert "IPS                      -" in done.stdout
