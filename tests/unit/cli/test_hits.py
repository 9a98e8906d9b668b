"""`hansa recommend hits` on files: what it writes and prints, and what it refuses by name."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import typer

from hansa.cli.output import failing_loudly
from hansa.cli.recommend import app

Captured = pytest.CaptureFixture[str]
FIRST = datetime(2020, 1, 1)  # noqa: DTZ001  # files of shops tell no zone
DAYS = 500


def call(*arguments: object) -> int:
    command = typer.main.get_command(app)
    with pytest.raises(SystemExit) as ended, failing_loudly():
        command.main(args=["hits", *map(str, arguments)], prog_name="hansa recommend")
    return int(ended.value.code or 0)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """600 goods listed over a year; every fifteenth one is loved and heavy."""
    random = np.random.default_rng(0)
    sales, goods = [], []
    for good in range(600):
        loved = good % 15 == 0
        listed = random.uniform(0, 400)
        weight = random.normal(9 if loved else 3)
        goods.append([f"g{good}", "home" if good % 2 else "garden", f"{weight:.2f}"])
        gaps = random.exponential(4 if loved else 60, size=200)
        for day in listed + np.concatenate([[0.0], np.cumsum(gaps)]):
            if day < DAYS:
                at = FIRST + timedelta(days=float(day))
                sales.append([f"g{good}", f"s{good % 5}", f"{at:%Y-%m-%d %H:%M:%S}", "5.00"])
    written(tmp_path / "sales.csv", ["product_id", "seller_id", "shipping_limit_date", "price"], sales)
    written(tmp_path / "goods.csv", ["product_id", "product_category_name", "weight"], goods)
    return tmp_path / "sales.csv", tmp_path / "goods.csv"


def written(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def test_hits_of_day_zero_are_measured_beside_the_naive_ranking(
    files: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    sales, goods = files
    out = tmp_path / "hits.csv"

    assert (
        call("--sales", sales, "--goods", goods, "--cut", "2020-10-01", "--age", 0, "--out", out, "--json")
        == 0
    )

    figures = json.loads(capsys.readouterr().out)
    # Loved goods sell some twenty units in ninety days, others one or two.
    assert figures["AP"] > 2 * figures["AP, naive"]
    assert figures["hit from"] > 10
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == figures["goods judged"]
    assert [int(row["good"][1:]) % 15 for row in rows[:5]] == [0] * 5
    assert "+ weight" in rows[0]["reason"]


def test_without_a_cut_the_goods_whose_days_are_to_come_are_written(
    files: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    sales, goods = files
    out = tmp_path / "hits.csv"

    assert call("--sales", sales, "--goods", goods, "--until", "2021-02-01", "--out", out, "--json") == 0

    figures = json.loads(capsys.readouterr().out)
    assert "AP" not in figures
    assert 0 < figures["goods judged"] < 600


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("product_id,seller_id\na,b\n", "no column 'shipping_limit_date'"),
        (
            "product_id,seller_id,shipping_limit_date\na,b,soon\n",
            "line 2: shipping_limit_date 'soon' is not a time",
        ),
        ("", "cannot be read"),
        ("product_id,seller_id,shipping_limit_date\na,b,2020-01-01\n", "too little to learn from"),
    ],
)
def test_a_wrong_file_is_refused_by_name(text: str, said: str, tmp_path: Path, capsys: Captured) -> None:
    sales = tmp_path / "sales.csv"
    sales.write_text(text, encoding="utf-8")

    assert call("--sales", sales) == 1

    assert said in " ".join(capsys.readouterr().err.split())
