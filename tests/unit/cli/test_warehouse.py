from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer

from hansa.cli.output import failing_loudly
from hansa.cli.warehouse import app

OWN = {
    "layout": {"aisles": 2, "slots_per_aisle": 10},
    "capacity": 2,
    "orders": [
        {"id": "a", "picks": [{"sku": "tea", "aisle": 0, "slot": 9}]},
        {"id": "b", "picks": [{"sku": "茶壶", "aisle": 1, "slot": 9, "side": "left"}]},
        {"id": "c", "picks": [{"sku": "cup", "aisle": 0, "slot": 0}]},
    ],
}
Captured = pytest.CaptureFixture[str]
SETTINGS = """no_aisles_: 2
no_cells__: 10
cell_lengt: 1
cell_width: 1.5
aisle_widt: 2
dis_ais_wa: 1
m_no_a_p_b: 2
"""
ORDERS = """Order 0\tnumber of articles 1
0\tAisle 0\tLocation 9
Order 1\tnumber of articles 1
0\tAisle 2\tLocation 9
"""


def call(*arguments: object) -> int:
    """Run the group as the launcher does, and tell the exit code."""
    command = typer.main.get_command(app)
    with pytest.raises(SystemExit) as ended, failing_loudly():
        command.main(args=[str(argument) for argument in arguments], prog_name="hansa warehouse")
    return int(ended.value.code or 0)


def own_file(folder: Path, **changes: object) -> Path:
    file = folder / "orders.json"
    file.write_text(json.dumps({**OWN, **changes}), encoding="utf-8")
    return file


def told(capsys: Captured) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_orders_are_batched_and_every_pick_is_listed(tmp_path: Path, capsys: Captured) -> None:
    # a and b together: 10 + 5 + 10 + 5; c alone: 2 x 0.5. One by one: 19 + 29 + 1.
    out = tmp_path / "picks.csv"

    code = call("batch", own_file(tmp_path), "--out", out, "--json")

    assert code == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["orders"], summary["batches"], summary["walking_m"]) == (3, 2, 31.0)
    assert summary["baseline_m"]["single s-shape"] == 49.0
    assert summary["saved_percent"] == 36.7
    assert [tour["orders"] for tour in summary["tours"]] == [["a", "b"], ["c"]]
    assert summary["tours"][1]["path"] == [[0.0, 0.0], [0.0, 0.5], [0.0, 0.0]]
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["batch"], row["order"], row["sku"], row["side"]) for row in rows} == {
        ("1", "a", "tea", ""),
        ("1", "b", "茶壶", "left"),
        ("2", "c", "cup", ""),
    }
    assert [(row["batch"], row["step"]) for row in rows] == [("1", "1"), ("1", "2"), ("2", "1")]
    assert rows[-1] | {"x_m": "0", "y_m": "0.5", "units": "1"} == rows[-1]


def test_the_text_names_the_baselines(tmp_path: Path, capsys: Captured) -> None:
    code = call("batch", own_file(tmp_path))

    assert code == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["walking_m", "31.0"] in lines
    assert ["single", "s-shape,", "m", "49.0"] in lines


def test_the_capacity_and_the_way_to_walk_can_be_chosen(tmp_path: Path, capsys: Captured) -> None:
    call("batch", own_file(tmp_path), "--capacity", 1, "--method", "s-shape", "--json")

    summary = json.loads(capsys.readouterr().out)
    assert (summary["batches"], summary["walking_m"], summary["saved_percent"]) == (3, 49.0, 0.0)


def test_an_instance_of_henn_finds_its_settings_beside_it(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "sett29.txt").write_text(SETTINGS)
    (tmp_path / "29s-2-2-0.txt").write_text(ORDERS)

    code = call("batch", tmp_path / "29s-2-2-0.txt", "--json")

    assert code == 0
    assert (
        json.loads(capsys.readouterr().out)["walking_m"] == 32.0
    )  # 10 + 5 + 10 + 5 and 1 m to the depot, twice


def test_settings_can_be_named(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "hall.txt").write_text(SETTINGS)
    (tmp_path / "monday.txt").write_text(ORDERS)

    assert call("batch", tmp_path / "monday.txt", "--settings", tmp_path / "hall.txt") == 0
    assert call("batch", tmp_path / "monday.txt") == 1
    assert "name them with --settings" in told(capsys)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{not json", "this is no JSON"),
        (b"{}", "the file: capacity, layout, orders missing"),
        (b"\xff\xfe\x00", "is no text in UTF-8"),
        (b"order,sku\n1,2\n", "orders, line 1: 'order,sku' is neither an order nor an article"),
        (b"", "there are no orders to pick"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: Captured, content: bytes, complaint: str
) -> None:
    file, settings, out = tmp_path / "orders.json", tmp_path / "sett.txt", tmp_path / "picks.csv"
    file.write_bytes(content)
    settings.write_text(SETTINGS)

    code = call("batch", file, "--settings", settings, "--out", out)

    assert code == 1
    assert complaint in told(capsys)
    assert not out.exists()


def test_orders_that_cannot_be_picked_are_refused_by_name(tmp_path: Path, capsys: Captured) -> None:
    assert call("batch", own_file(tmp_path, layout={"aisles": 1, "slots_per_aisle": 10})) == 1
    assert "SKU '茶壶' lies in aisle 1; aisles are 0 to 0" in told(capsys)
    assert call("batch", own_file(tmp_path, orders=[])) == 1
    assert "there are no orders to pick" in told(capsys)
    assert call("batch", tmp_path / "nowhere.json") == 1
    assert "there is no file" in told(capsys)
    assert call("batch", own_file(tmp_path), "--out", tmp_path / "no" / "picks.csv") == 1
    assert "cannot write" in told(capsys)


def test_misuse_ends_with_two(tmp_path: Path) -> None:
    assert call("batch") == 2
    assert call("batch", own_file(tmp_path), "--method", "zigzag") == 2
    assert call("batch", own_file(tmp_path), "--capacity", 0) == 2


def test_help_has_an_example(capsys: Captured) -> None:
    assert call("batch", "--help") == 0
    assert "Example: hansa warehouse batch" in " ".join(capsys.readouterr().out.split())
