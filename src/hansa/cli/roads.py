"""`hansa roads`: travel times and paths on an OpenStreetMap extract, and a town for those who have none."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from hansa.cli.output import AsJson, Seed, console, show
from hansa.engines import roads
from hansa.kernel.errors import InvalidInput, NotFound, Unavailable

app = typer.Typer(
    no_args_is_help=True,
    help="Travel times and quickest paths on an OpenStreetMap extract (PBF or XML).",
    epilog="Example: hansa roads town --out town.osm && "
    "hansa roads path town.osm --from 53.865,10.68 --to 53.875,10.70",
)

Extract = Annotated[Path, typer.Argument(metavar="OSM", help="Extract: .osm, .osm.gz, .osm.bz2 or .osm.pbf.")]
MaxSnap = Annotated[float, typer.Option("--max-snap", min=0.0, help="Metres a point may be off the roads.")]


class Vehicle(StrEnum):
    CAR = "car"
    VAN = "van"
    BIKE = "bike"


Profile = Annotated[Vehicle, typer.Option("--profile", help="Who drives.")]


@app.command(epilog="Example: hansa roads matrix town.osm --points stops.csv --out matrix.csv --profile van")
def matrix(
    extract: Extract,
    points: Annotated[Path, typer.Option("--points", help="CSV with the columns id, lat, lon.")],
    out: Annotated[Path, typer.Option("--out", help="CSV to write: from, to, seconds, metres.")],
    profile: Profile = Vehicle.CAR,
    max_snap: MaxSnap = 1_000.0,
    as_json: AsJson = False,
    seed: Seed = 1,
) -> None:
    """Write the quickest travel time, and the metres of that path, between all pairs of points.

    A pair without a path has empty cells and is named on stderr. Nothing here is random: the seed
    is taken so that all commands can be called alike.
    """
    del seed
    stops = _read_points(points)
    network = _network(extract, profile)
    result = roads.travel_matrix(network, stops, roads.Params(max_snap_m=max_snap))
    _write(out, _matrix_rows(result))
    for pair in result.unreachable[:5]:
        console.print(f"hansa: no way from {pair.from_id} to {pair.to_id}: {pair.reason}", markup=False)
    if len(result.unreachable) > 5:
        console.print(f"hansa: and {len(result.unreachable) - 5} pairs more; their cells are empty")
    pairs = [[pair.from_id, pair.to_id, pair.reason] for pair in result.unreachable]
    show(
        {
            "points": len(stops),
            "profile": str(profile),
            "nodes": network.graph.node_count,
            "arcs": network.graph.arc_count,
            "mean_seconds": _mean(result.seconds),
            "max_snap_m": round(max(snap.off_m for snap in result.snaps), 1),
            "unreachable": pairs if as_json else len(pairs),
            "method": result.provenance.method,
            "out": str(out),
        },
        as_json=as_json,
    )


@app.command(epilog="Example: hansa roads path town.osm --from 53.865,10.68 --to 53.875,10.70 --json")
def path(
    extract: Extract,
    start: Annotated[str, typer.Option("--from", metavar="LAT,LON", help="Where the drive begins.")],
    end: Annotated[str, typer.Option("--to", metavar="LAT,LON", help="Where it ends.")],
    profile: Profile = Vehicle.CAR,
    max_snap: MaxSnap = 1_000.0,
    as_json: AsJson = False,
    seed: Seed = 1,
) -> None:
    """Find the quickest path between two places; with --json as a GeoJSON feature.

    Nothing here is random: the seed is taken so that all commands can be called alike.
    """
    del seed
    ends = _place("--from", start), _place("--to", end)
    found = roads.shortest_path(_network(extract, profile), *ends, max_snap_m=max_snap)
    if as_json:
        print(json.dumps(_feature(found, profile), ensure_ascii=False))
        return
    show(
        {
            "seconds": found.seconds,
            "metres": round(found.metres, 1),
            "profile": str(profile),
            "streets": ", ".join(found.streets) or "(without names)",
            "points": len(found.geometry),
        },
        as_json=False,
    )


@app.command(epilog="Example: hansa roads town --out town.osm --seed 7 --lat 53.87 --lon 10.69")
def town(
    out: Annotated[Path, typer.Option("--out", help="OSM XML file to write.")],
    seed: Seed = 1,
    lat: Annotated[float, typer.Option(help="Latitude of the centre.")] = 53.87,
    lon: Annotated[float, typer.Option(help="Longitude of the centre.")] = 10.69,
    blocks: Annotated[int, typer.Option(help="Blocks along each side.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Make up a town: streets, avenues, one-ways, parks, a river with few bridges."""
    xml = roads.synthetic_town(seed=seed, centre_lat=lat, centre_lon=lon, blocks=blocks)
    graph = roads.read_osm(xml.encode())
    try:
        out.write_text(xml, encoding="utf-8")
    except OSError as fault:
        raise Unavailable(f"cannot write {out}: {fault.strerror}") from fault
    show(
        {
            "out": str(out),
            "seed": seed,
            "nodes": graph.node_count,
            "ways": len(graph.ways),
            "road_km": round(float(graph.lengths_m[graph.is_forward].sum()) / 1000, 1),
        },
        as_json=as_json,
    )


def _network(extract: Path, profile: Vehicle) -> roads.RoadNetwork:
    vehicle = roads.PROFILES[profile]
    return roads.prepare(roads.read_osm(extract, profiles=[vehicle]), vehicle)


def _read_points(file: Path) -> list[roads.Point]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return list(_points(csv.DictReader(lines), file))
    except FileNotFoundError as fault:
        raise NotFound(f"there is no file {file}") from fault
    except OSError as fault:
        raise Unavailable(f"cannot read {file}: {fault.strerror}") from fault
    except (UnicodeDecodeError, csv.Error) as fault:
        raise InvalidInput(f"{file} is no CSV in UTF-8: {fault}") from fault


def _points(rows: csv.DictReader[str], file: Path) -> Iterator[roads.Point]:
    missing = {"id", "lat", "lon"} - set(rows.fieldnames or ())
    if missing:
        raise InvalidInput(f"{file} needs the columns id, lat, lon; missing: {', '.join(sorted(missing))}")
    for row in rows:
        place = f"{file}, line {rows.line_num}"
        yield _point(row["id"] or "", row["lat"] or "", row["lon"] or "", place)


def _place(option: str, text: str) -> roads.Point:
    lat, comma, lon = text.partition(",")
    if not comma:
        raise InvalidInput(f"{option} wants LAT,LON such as 53.87,10.69, not {text!r}")
    return _point(option.removeprefix("--"), lat, lon, option)


def _point(point_id: str, lat: str, lon: str, place: str) -> roads.Point:
    if not point_id.strip():
        raise InvalidInput(f"{place}: the point has no id")
    try:
        return roads.Point(point_id.strip(), float(lat), float(lon))
    except ValueError as fault:
        raise InvalidInput(f"{place}: {lat!r}, {lon!r} is no latitude and longitude") from fault
    except InvalidInput as refusal:
        raise InvalidInput(f"{place}: {refusal.message}") from refusal


def _matrix_rows(result: roads.MatrixResult) -> Iterator[Sequence[object]]:
    yield "from", "to", "seconds", "metres"
    assert result.metres is not None
    for row, start in enumerate(result.point_ids):
        for column, end in enumerate(result.point_ids):
            seconds, metres = float(result.seconds[row, column]), float(result.metres[row, column])
            cells = ("", "") if math.isnan(seconds) else (f"{seconds:.3f}", f"{metres:.1f}")
            yield start, end, *cells


def _write(out: Path, rows: Iterator[Sequence[object]]) -> None:
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    except OSError as fault:
        raise Unavailable(f"cannot write {out}: {fault.strerror}") from fault


def _mean(seconds: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float | None:
    """Average over the pairs of different points that have a path; None when there is none."""
    between = seconds[~np.eye(len(seconds), dtype=bool) & ~np.isnan(seconds)]
    return round(float(between.mean()), 1) if between.size else None


def _feature(found: roads.RoadPath, profile: Vehicle) -> dict[str, object]:
    line = [[lon, lat] for lat, lon in found.geometry]
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": line if len(line) > 1 else line * 2},
        "properties": {
            "seconds": found.seconds,
            "metres": round(found.metres, 1),
            "profile": str(profile),
            "streets": list(found.streets),
            "from_off_m": round(found.start.off_m, 1),
            "to_off_m": round(found.end.off_m, 1),
        },
    }
