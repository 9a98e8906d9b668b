"""`hansa warehouse`: batches orders from a file and plans the walks of the pickers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.output import AsJson, Seed, show
from hansa.engines import warehouse as engine
from hansa.kernel.errors import InvalidInput, NotFound, Unavailable

app = typer.Typer(
    no_args_is_help=True,
    help="Batch orders and plan picking tours in a one-block warehouse.",
    epilog="Example: hansa warehouse batch orders.json --out picks.csv",
)


@app.callback()
def warehouse() -> None:
    """Batch orders and plan picking tours in a one-block warehouse."""


@app.command(epilog="Example: hansa warehouse batch 29s-40-30-0.txt --settings sett29.txt --out picks.csv")
def batch(
    file: Annotated[Path, typer.Argument(metavar="F", help="Orders: JSON of our own, or a text of Henn's.")],
    settings: Annotated[
        Path | None, typer.Option(help="Henn's layout; else the sett….txt that the name of F tells.")
    ] = None,
    capacity: Annotated[
        int | None, typer.Option(min=1, help="Units a picker carries; else the file's.")
    ] = None,
    method: Annotated[engine.Method, typer.Option(help="How the pickers walk.")] = engine.Method.EXACT,
    out: Annotated[
        Path | None, typer.Option(help="CSV to write: every pick in the order of the walk.")
    ] = None,
    as_json: AsJson = False,
    seed: Seed = 1,
) -> None:
    """Batch orders first come, first served, and walk each batch by the shortest tour.

    Prints the metres walked and those of the naive ways. The JSON has `layout`, `capacity` and
    `orders` with `id` and `picks` of `sku`, `aisle`, `slot`, `units`. Nothing here is random: the
    seed is taken so that all commands can be called alike.
    """
    del seed
    problem = _problem(file, settings)
    if capacity is not None:
        problem = replace(problem, capacity=capacity)
    plan = engine.plan_batches(problem, engine.Params(method=method))
    if out is not None:
        _write(out, _pick_rows(problem, plan))
    show(_summary(problem, plan, out, as_json=as_json), as_json=as_json)


def _problem(file: Path, settings: Path | None) -> engine.BatchProblem:
    orders = _text(file)
    if orders.lstrip().startswith("{"):
        return engine.read_json(orders, name=file.name)
    return engine.read_henn(orders, _text(settings or _settings_beside(file)), name=file.name)


def _settings_beside(file: Path) -> Path:
    number = re.match(r"(\d+)[sl]-", file.name)
    if number is None:
        raise InvalidInput(f"{file} is no JSON, and its name tells no settings: name them with --settings")
    return file.with_name(f"sett{number[1]}.txt")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as fault:
        raise NotFound(f"there is no file {file}") from fault
    except OSError as fault:
        raise Unavailable(f"cannot read {file}: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise InvalidInput(f"{file} is no text in UTF-8: {fault.reason} at byte {fault.start}") from fault


def _pick_rows(problem: engine.BatchProblem, plan: engine.BatchPlan) -> Iterator[Sequence[object]]:
    yield "batch", "step", "order", "sku", "units", "aisle", "side", "slot", "x_m", "y_m"
    for number, one in enumerate(plan.batches, start=1):
        for step, pick in enumerate(one.tour.picks, start=1):
            x, y = problem.layout.place_of(pick)
            place = (pick.aisle, pick.side, pick.slot, f"{x:g}", f"{y:g}")
            yield number, step, pick.order_id, pick.sku, pick.units, *place


def _write(out: Path, rows: Iterator[Sequence[object]]) -> None:
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    except OSError as fault:
        raise Unavailable(f"cannot write {out}: {fault.strerror}") from fault


def _summary(
    problem: engine.BatchProblem, plan: engine.BatchPlan, out: Path | None, *, as_json: bool
) -> dict[str, object]:
    naive = plan.baseline_m["single s-shape"]
    summary: dict[str, object] = {
        "orders": len(problem.orders),
        "units": sum(order.units for order in problem.orders),
        "capacity": problem.capacity,
        "batches": len(plan.batches),
        "walking_m": round(plan.walking_m, 1),
        "saved_percent": round(100 * (1 - plan.walking_m / naive), 1),  # against one S-shape tour an order
        "method": plan.provenance.method,
    }
    baselines = {name: round(metres, 1) for name, metres in plan.baseline_m.items()}
    if as_json:
        tours = [
            {
                "orders": list(one.order_ids),
                "units": one.units,
                "walking_m": one.tour.walking_m,
                "path": [list(place) for place in one.tour.path],
            }
            for one in plan.batches
        ]
        summary |= {"baseline_m": baselines, "tours": tours}
    else:
        summary |= {f"{name}, m": metres for name, metres in baselines.items()}
    return summary | ({"out": str(out)} if out else {})
