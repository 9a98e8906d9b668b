from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from hansa.cli.output import failing_loudly
from hansa.cli.route import app

# A depot at 0 on a street with stops at 10, 20 and -10; two fit into a van. The best: 10 with 20, -10 alone.
STREET = """NAME : street
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 10 0
3 20 0
4 -10 0
DEMAND_SECTION
1 0
2 1
3 1
4 1
DEPOT_SECTION
1
-1
EOF
"""
SOLOMON = """T1
VEHICLE
NUMBER CAPACITY
1 200
CUSTOMER
CUST NO. XCOORD. YCOORD. DEMAND READY DUE SERVICE
0 0 0 0 0 100 0
1 1 1 10 0 50 10
"""
Captured = pytest.CaptureFixture[str]


def call(*arguments: object) -> int:
    """Run the group as the launcher does, and tell the exit code."""
    command = typer.main.get_command(app)
    with pytest.raises(SystemExit) as ended, failing_loudly():
        command.main(args=[str(argument) for argument in arguments], prog_name="hansa route")
    return int(ended.value.code or 0)


def a_file(folder: Path, text: str = STREET, name: str = "street.vrp") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def told(capsys: Captured) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_a_solution_is_written_and_its_cost_is_the_last_line(tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "street.sol"

    code = call("solve", a_file(tmp_path), "--time-limit", 0.1, "--cpu-time", "--out", out)

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Cost 60"
    routes = {frozenset(line.split(":")[1].split()) for line in out.read_text().splitlines()[:-1]}
    assert routes == {frozenset("12"), frozenset("3")}
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".part")] == []


def test_without_out_the_solution_is_printed(tmp_path: Path, capsys: Captured) -> None:
    code = call("solve", a_file(tmp_path), "--iterations", 10)

    assert code == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Route #1", "Route #2", "Cost 60"]


def test_json_tells_routes_baseline_and_how_it_was_made(tmp_path: Path, capsys: Captured) -> None:
    code = call("solve", a_file(tmp_path), "--iterations", 10, "--seed", 5, "--json")

    assert code == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["instance"], answer["cost"], answer["baseline_cost"]) == ("street", 60.0, 60.0)
    assert sorted(route["load"] for route in answer["routes"]) == [[1], [2]]
    assert (answer["provenance"]["seed"], answer["provenance"]["iterations"]) == (5, 10)


def test_two_workers_give_the_better_of_their_two_seeds(tmp_path: Path, capsys: Captured) -> None:
    file = a_file(tmp_path)

    code = call("solve", file, "--iterations", 10, "--workers", 2, "--seed", 3)

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Cost 60"


def test_stops_that_cannot_be_served_are_named_and_the_code_is_1(tmp_path: Path, capsys: Captured) -> None:
    code = call("solve", a_file(tmp_path, STREET.replace("\n4 1\n", "\n4 3\n")), "--iterations", 10)

    assert code == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == "Cost 40"
    assert captured.err.splitlines() == [
        "unserved 3: too_big, load 3, the largest vehicle carries 2",
        "hansa: 1 of 3 stops are not served",
    ]


def test_a_smaller_fleet_can_be_asked_for(tmp_path: Path, capsys: Captured) -> None:
    code = call("solve", a_file(tmp_path), "--iterations", 10, "--vehicles", 1)

    assert code == 1
    assert "fleet_exhausted" in told(capsys)


def test_solomon_files_are_solved_in_thousandths_unless_told_otherwise(
    tmp_path: Path, capsys: Captured
) -> None:
    file = a_file(tmp_path, SOLOMON, "T1.txt")

    costs = []
    for more in ((), ("--rounding", "dimacs"), ("--rounding", "nint")):
        call("solve", file, "--iterations", 1, *more)
        costs.append(capsys.readouterr().out.splitlines()[-1])

    assert costs == ["Cost 2.828", "Cost 2.8", "Cost 2"]


def test_a_true_solution_is_ok(tmp_path: Path, capsys: Captured) -> None:
    solution = a_file(tmp_path, "Route #1: 1 2\nRoute #2: 3\nCost 60\n", "true.sol")

    code = call("check", a_file(tmp_path), solution)

    assert code == 0
    assert capsys.readouterr().out == "OK 60\n"


def test_a_false_solution_shows_all_its_faults(tmp_path: Path, capsys: Captured) -> None:
    solution = a_file(tmp_path, "Route #1: 1 2 3\nRoute #2: 7\nCost 1\n", "false.sol")

    code = call("check", a_file(tmp_path), solution)

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        "unknown_stop: route 2: there is no stop '7'",
        "overloaded: route 1: load 3, vehicle 'vehicle' carries 2",
        "wrong_cost: says it costs 1, the routes cost 60",
    ]


def test_faults_are_told_in_json(tmp_path: Path, capsys: Captured) -> None:
    solution = a_file(tmp_path, "Route #1: 1 2\nCost 40\n", "short.sol")

    code = call("check", a_file(tmp_path), solution, "--json")

    assert code == 1
    assert json.loads(capsys.readouterr().out) == {
        "ok": False,
        "cost": 40.0,
        "violations": [{"kind": "not_visited", "route": None, "message": "stop '3' is not visited"}],
    }


def test_a_malformed_instance_names_file_and_line(tmp_path: Path, capsys: Captured) -> None:
    file = a_file(tmp_path, STREET.replace("2 10 0", "2 ten 0"))

    code = call("solve", file)

    assert code == 1
    assert "street.vrp, line 8: coordinate is 'ten', a number within 1000000000000 expected" in told(capsys)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "photo.vrp"
    file.write_bytes(b"NAME\xff\xfe")

    code = call("solve", file)

    assert code == 1
    assert "byte 4 is not UTF-8 text" in told(capsys)


def test_an_output_folder_that_is_not_there_is_told_before_the_search(
    tmp_path: Path, capsys: Captured
) -> None:
    code = call("solve", a_file(tmp_path), "--time-limit", 60, "--out", tmp_path / "nowhere" / "a.sol")

    assert code == 1
    assert "there is no folder" in told(capsys)


@pytest.mark.parametrize(
    "arguments", [("solve",), ("solve", "missing.vrp"), ("check", "missing.vrp", "missing.sol")]
)
def test_misuse_ends_with_code_2(arguments: tuple[str, ...]) -> None:
    assert call(*arguments) == 2


@pytest.mark.parametrize("option", [("--time-limit", "0"), ("--workers", "0"), ("--rounding", "up")])
def test_options_out_of_range_end_with_code_2(tmp_path: Path, option: tuple[str, str]) -> None:
    assert call("solve", a_file(tmp_path), *option) == 2
