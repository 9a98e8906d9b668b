from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer

from hansa.cli.main import run
from hansa.cli.output import failing_loudly
from hansa.cli.roads import app

TOWN = ["--seed", "3", "--blocks", "10", "--lat", "30.66", "--lon", "104.06"]
Captured = pytest.CaptureFixture[str]
HERE, THERE = "30.660,104.060", "30.663,104.063"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("town") / "town.osm"
    assert call("town", "--out", file, *TOWN) == 0
    return file


def call(*arguments: object) -> int:
    """Run the group as the launcher does, and tell the exit code."""
    command = typer.main.get_command(app)
    with pytest.raises(SystemExit) as ended, failing_loudly():
        command.main(args=[str(argument) for argument in arguments], prog_name="hansa roads")
    return int(ended.value.code or 0)


def told(capsys: Captured) -> str:
    return " ".join(capsys.readouterr().err.split())


def points_file(folder: Path, text: str) -> Path:
    file = folder / "points.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_town_is_the_same_for_the_same_seed(town: Path, tmp_path: Path, capsys: Captured) -> None:
    again = tmp_path / "again.osm"

    code = call("town", "--out", again, *TOWN, "--json")

    assert code == 0
    assert again.read_bytes() == town.read_bytes()
    summary = json.loads(capsys.readouterr().out)
    assert (summary["seed"], summary["out"]) == (3, str(again))
    assert summary["nodes"] > 200


def test_a_matrix_names_every_pair_and_has_empty_cells_off_the_roads(
    town: Path, tmp_path: Path, capsys: Captured
) -> None:
    points = points_file(
        tmp_path, "id,lat,lon,note\n港口,30.660,104.060,x\nb,30.663,104.063,\nsea,0.0,0.0,\n"
    )
    out = tmp_path / "matrix.csv"

    code = call("matrix", town, "--points", points, "--out", out, "--profile", "van", "--json")

    assert code == 0
    with out.open(encoding="utf-8") as file:
        rows = {(row["from"], row["to"]): (row["seconds"], row["metres"]) for row in csv.DictReader(file)}
    assert len(rows) == 9
    assert rows["港口", "港口"] == ("0.000", "0.0")
    assert 450 < float(rows["港口", "b"][1]) < 2_000  # the straight line is 440 m
    assert rows["b", "sea"] == rows["sea", "sea"] == ("", "")
    output = capsys.readouterr()
    assert "no way from 港口 to sea: sea is" in output.err
    summary = json.loads(output.out)
    assert (summary["points"], summary["profile"], len(summary["unreachable"])) == (3, "van", 5)


def test_the_matrix_and_the_path_agree(town: Path, tmp_path: Path, capsys: Captured) -> None:
    points = points_file(tmp_path, "id,lat,lon\na,30.660,104.060\nb,30.663,104.063\n")
    out = tmp_path / "matrix.csv"
    call("matrix", town, "--points", points, "--out", out)
    capsys.readouterr()

    code = call("path", town, "--from", HERE, "--to", THERE, "--json")

    assert code == 0
    feature = json.loads(capsys.readouterr().out)
    row = out.read_text().splitlines()[2].split(",")
    assert row[:2] == ["a", "b"]
    assert (feature["properties"]["seconds"], feature["properties"]["metres"]) == (
        float(row[2]),
        float(row[3]),
    )


def test_a_path_in_json_is_geojson_with_longitude_first(town: Path, capsys: Captured) -> None:
    call("path", town, "--from", HERE, "--to", THERE, "--json")

    feature = json.loads(capsys.readouterr().out)

    assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "LineString")
    lon, lat = feature["geometry"]["coordinates"][0]
    assert (lon, lat) == (pytest.approx(104.06, abs=0.002), pytest.approx(30.66, abs=0.002))
    assert feature["properties"]["streets"]


def test_the_launcher_finds_the_command(
    town: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["hansa", "roads", "path", str(town), "--from", HERE, "--to", THERE])

    with pytest.raises(SystemExit) as ended:
        run()

    assert not ended.value.code
    assert "metres" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("start", "complaint"),
    [
        ("30.66", "--from wants LAT,LON such as 53.87,10.69, not '30.66'"),
        ("north,104", "--from: 'north', '104' is no latitude and longitude"),
        ("104.06,30.66", "is not on the globe: latitude 104.06"),
        ("-33.1,151.2", "m from the nearest road of a car, more than the 1000 m allowed"),
    ],
)
def test_a_place_that_cannot_be_driven_to_is_refused(
    town: Path, capsys: Captured, start: str, complaint: str
) -> None:
    code = call("path", town, "--from", start, "--to", THERE)

    assert code == 1
    assert complaint in told(capsys)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("id;lat;lon\na;1;2\n", "needs the columns id, lat, lon; missing: id, lat, lon"),
        ("", "missing: id, lat, lon"),
        ("id,lat,lon\n", "a matrix needs at least one point"),
        ("id,lat,lon\na,1\n", "line 2: '1', '' is no latitude and longitude"),
        ("id,lat,lon\na,1,x\n", "line 2: '1', 'x' is no latitude and longitude"),
        ("id,lat,lon\na,1,2\n ,1,2\n", "line 3: the point has no id"),
        ("id,lat,lon\na,91,2\n", "line 2: point 'a' is not on the globe"),
        ("id,lat,lon\na,nan,2\n", "line 2: point 'a' has no finite position"),
        ("id,lat,lon\na,1,2\na,1,2\n", "two points are called 'a'"),
    ],
)
def test_points_that_make_no_sense_are_refused_and_nothing_is_written(
    town: Path, tmp_path: Path, capsys: Captured, content: str, complaint: str
) -> None:
    out = tmp_path / "matrix.csv"

    code = call("matrix", town, "--points", points_file(tmp_path, content), "--out", out)

    assert code == 1
    assert complaint in told(capsys)
    assert not out.exists()


def test_points_that_are_no_text_are_refused(town: Path, tmp_path: Path, capsys: Captured) -> None:
    points = tmp_path / "points.csv"
    points.write_bytes("id,lat,lon\n港口,1,2\n".encode("gb18030"))

    code = call("matrix", town, "--points", points, "--out", tmp_path / "matrix.csv")

    assert code == 1
    assert "is no CSV in UTF-8" in told(capsys)


def test_files_that_are_missing_or_no_extract_are_refused(
    town: Path, tmp_path: Path, capsys: Captured
) -> None:
    points = points_file(tmp_path, "id,lat,lon\na,1,2\n")
    missing, out = tmp_path / "missing", tmp_path / "matrix.csv"

    assert call("matrix", missing, "--points", points, "--out", out) == 1
    assert "there is no file" in told(capsys)
    assert call("matrix", town, "--points", missing, "--out", out) == 1
    assert "there is no file" in told(capsys)
    assert call("matrix", points, "--points", points, "--out", out) == 1
    assert "is neither OSM XML nor OSM PBF" in told(capsys)
    assert call("town", "--out", missing / "town.osm") == 1
    assert "cannot write" in told(capsys)


def test_misuse_ends_with_two() -> None:
    assert call("matrix") == 2
    assert call("path", "town.osm", "--from", "1,2", "--to", "1,2", "--profile", "tank") == 2
    assert call("path", "town.osm", "--from", "1,2", "--to", "1,2", "--max-snap", "-1") == 2


@pytest.mark.parametrize("command", ["matrix", "path", "town"])
def test_help_has_an_example(command: str, capsys: Captured) -> None:
    assert call(command, "--help") == 0
    assert f"Example: hansa roads {command}" in " ".join(capsys.readouterr().out.split())
