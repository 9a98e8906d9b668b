"""`hansa plan stock`: orders from long and wide files; bad files refused with file and line."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from hansa.cli.plan import app
from hansa.kernel.errors import InvalidInput

WEEKS = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(30)]


def long_history(folder: Path, **sales: int) -> Path:
    """Every item sells the same number each week."""
    file = folder / "history.csv"
    rows = [f"{item},{week},{units}\n" for item, units in sales.items() for week in WEEKS]
    file.write_text("unique_id,ds,y\n" + "".join(rows))
    return file


def a_state(folder: Path, text: str) -> Path:
    file = folder / "state.csv"
    file.write_text(text)
    return file


def plan(history: Path, state: Path, *options: str) -> tuple[Result, Path]:
    out = state.parent / "orders.csv"
    arguments = ["stock", "--history", str(history), "--state", str(state), "--out", str(out), *options]
    return CliRunner().invoke(app, arguments), out


def refusal(history: Path, state: Path, *options: str) -> str:
    result, out = plan(history, state, *options)
    assert isinstance(result.exception, InvalidInput), result.output
    assert not out.exists()
    return result.exception.message


def test_steady_sales_are_ordered_to_the_unit(tmp_path: Path) -> None:
    history = long_history(tmp_path, tea=10, cups=4)
    # tea: 25 + 3 cover two weeks of 10 with 8 left; the third week misses 2. cups have plenty.
    state = a_state(tmp_path, "unique_id,on_hand,in_transit_1,in_transit_2\ntea,25,0,3\ncups,50,0,0\n")

    result, out = plan(history, state, "--lead-time-weeks", "2", "--json")

    orders = pl.read_csv(out)
    assert orders["unique_id"].to_list() == ["tea", "cups"]
    assert orders["order"].to_list() == [2, 0]
    assert orders["reason"][1].startswith("no order: the 50 on hand and on order cover 100% of futures")
    told = json.loads(result.stdout)
    assert (told["items"], told["units ordered"]) == (2, 2)
    assert told["expected cost"] <= told["expected cost, naive rule"]


def test_packs_and_minimum_orders_come_from_the_state(tmp_path: Path) -> None:
    history = long_history(tmp_path, tea=10, cups=10)
    state = a_state(tmp_path, "unique_id,on_hand,pack_size,minimum_order\ntea,25,6,\ncups,25,1,9\n")

    _, out = plan(history, state, "--lead-time-weeks", "2", "--service-level", "0.9")

    assert pl.read_csv(out)["order"].to_list() == [6, 9]


def test_wide_files_with_store_and_product_are_understood(tmp_path: Path) -> None:
    columns = [str(week) for week in WEEKS]
    history, stocked = tmp_path / "sales.csv", tmp_path / "in_stock.csv"
    sales = [10.0] * 28 + [0.0, 10.0]  # sold out in the last week but one
    history.write_text(f"Store,Product,{','.join(columns)}\n1,7,{','.join(map(str, sales))}\n")
    flags = ["True"] * 28 + ["False", "True"]
    stocked.write_text(f"Store,Product,{','.join(columns)}\n1,7,{','.join(flags)}\n")
    state = a_state(tmp_path, "Store,Product,End Inventory,In Transit W+1,In Transit W+2\n1,7,25,0,3\n")

    _, out = plan(history, state, "--in-stock", str(stocked))

    orders = pl.read_csv(out)
    assert orders["unique_id"].to_list() == ["1-7"]
    assert orders["order"].to_list() == [2]


def test_an_item_without_history_is_not_ordered_and_said_to_be_so(tmp_path: Path) -> None:
    state = a_state(tmp_path, "unique_id,on_hand\nnew,0\ntea,0\n")

    result, out = plan(long_history(tmp_path, tea=10), state, "--json")

    orders = pl.read_csv(out)
    assert orders["order"][0] == 0
    assert "no known value" in orders["reason"][0]
    assert json.loads(result.stdout)["without history"] == 1


def test_the_same_seed_writes_the_same_orders(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    rows = [f"tea,{week},{(7 * place) % 13}\n" for place, week in enumerate(WEEKS)]
    history.write_text("unique_id,ds,y\n" + "".join(rows))
    state = a_state(tmp_path, "unique_id,on_hand\ntea,5\n")

    first = plan(history, state, "--seed", "4")[1].read_bytes()
    again = plan(history, state, "--seed", "4")[1].read_bytes()

    assert first == again


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unique_id,stock\ntea,5\n", "no column 'on_hand'"),
        ("item,on_hand\ntea,5\n", "no column 'unique_id' (or 'Store' and 'Product')"),
        ("unique_id,on_hand\ntea,5\ntea,6\n", "series 'tea' comes twice"),
        ("unique_id,on_hand\ntea,-5\n", "item 'tea': stock on hand of -5"),
        ("unique_id,on_hand\ntea,many\n", "line 2: on_hand 'many' is not a number"),
        ("unique_id,on_hand,in_transit_0\ntea,5,1\n", "'in_transit_0' must be a week from 1 to 104"),
        ("unique_id,on_hand,pack_size\ntea,5,0\n", "item 'tea': pack_size is 0"),
        ("unique_id,on_hand,pack_size\ntea,5,1.5\n", "item 'tea': pack_size is 1.5; it must be whole"),
    ],
)
def test_a_bad_state_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(long_history(tmp_path, tea=10), a_state(tmp_path, text))


def test_a_wide_history_names_the_line_and_the_week_of_a_bad_number(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text("unique_id,2024-01-01,2024-01-08\ntea,1,2\ncups,1,x\n")

    said = refusal(history, a_state(tmp_path, "unique_id,on_hand\ntea,5\n"))

    assert "line 3: 2024-01-08 'x' is not a number" in said


def test_a_history_without_weeks_is_refused(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text("unique_id,week one\ntea,1\n")

    assert "nor a column for each week" in refusal(history, a_state(tmp_path, "unique_id,on_hand\ntea,5\n"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--holding-cost", "0"], "holding_cost is 0"),
        (["--shortage-cost", "-1"], "shortage_cost is -1"),
        (["--service-level", "1.5"], "service_level is 1.5"),
    ],
)
def test_terms_out_of_range_are_refused(tmp_path: Path, options: list[str], message: str) -> None:
    state = a_state(tmp_path, "unique_id,on_hand\ntea,5\n")

    assert message in refusal(long_history(tmp_path, tea=10), state, *options)


def test_a_negative_lead_time_is_misuse(tmp_path: Path) -> None:
    state = a_state(tmp_path, "unique_id,on_hand\ntea,5\n")

    result, out = plan(long_history(tmp_path, tea=10), state, "--lead-time-weeks", "-1")

    assert result.exit_code == 2
    assert not out.exists()
