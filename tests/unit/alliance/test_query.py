"""Asking the lake by SQL: it answers, and there is nothing else within reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import BEHAVIOUR, ORDER_LINES
from hansa.alliance.lake.query import query
from hansa.kernel.errors import InvalidInput, NotFound
from tests.unit.alliance.lakes import a_lake

TEA = 1


def test_a_select_is_answered_with_names_and_rows(tmp_path: Path) -> None:
    a_lake(tmp_path, [("trave", 1, TEA, 0), ("trave", 2, TEA, 0), ("alster", None, TEA, 0)])

    answer = query(
        tmp_path,
        "select member, count(*) as lines, count(subject) as named from order_lines group by 1 order by 1",
    )

    assert answer.columns == ["member", "lines", "named"]
    assert answer.rows == [("alster", 1, 0), ("trave", 2, 2)]
    assert not answer.is_cut


def test_a_long_answer_is_cut_and_says_so(tmp_path: Path) -> None:
    a_lake(tmp_path, [("trave", 1, TEA, 0)] * 3)

    answer = query(tmp_path, "select event_id from order_lines order by 1", most_rows=2)

    assert (answer.rows, answer.is_cut) == ([(1,), (2,)], True)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{file}')",
        "select * from '{file}'",
        "select * from read_text('{file}')",
        "select * from glob('{folder}/*')",
        "copy order_lines to '{folder}/out.csv'",
        "attach '{folder}/x.db'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set memory_limit = '100GB'",
        "select 1; select 2",
        "create table x as select 1",
        "drop view order_lines",
        "select getenv('HOME')",
        "select * from nowhere",
        "selec 1",
        "",
    ],
)
def test_anything_but_one_select_over_the_lake_is_refused(tmp_path: Path, sql: str) -> None:
    lake = tmp_path / "lake"
    a_lake(lake, [("trave", 1, TEA, 0)])
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")

    with pytest.raises(InvalidInput):
        query(lake, sql.format(file=secret, folder=tmp_path))

    assert sorted(each.name for each in tmp_path.iterdir()) == ["lake", "secret.csv"]


def test_a_table_that_was_never_written_is_told_apart_from_an_empty_one(tmp_path: Path) -> None:
    a_lake(tmp_path, [])

    assert tables.state_of(tmp_path, ORDER_LINES).version == 0
    assert tables.state_of(tmp_path, BEHAVIOUR).version is None
    with pytest.raises(NotFound, match="hansa lake backfill"):
        tables.pin(tmp_path, BEHAVIOUR)
