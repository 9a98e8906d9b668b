"""`hansa route`: solve vehicle routing instances from files and check solutions, without the platform."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.output import AsJson, Seed, console, show
from hansa.engines import routing as vrp
from hansa.kernel.errors import InvalidInput, Unavailable

app = typer.Typer(help="Solve and check vehicle routing instances.", no_args_is_help=True)

MOST_BYTES = 64 * 1024 * 1024

Instance = Annotated[
    Path, typer.Argument(help="VRPLIB or Solomon file.", exists=True, dir_okay=False, show_default=False)
]
RoundingRule = Annotated[
    vrp.Rounding | None,
    typer.Option(
        "--rounding",
        help="Plane distances: nint (nearest integer), exact (thousandths) or dimacs (tenths, cut off). "
        "Unless given: nint for CVRP, dimacs for VRPLIB with windows, exact for Solomon.",
        show_default=False,
    ),
]
FleetSize = Annotated[
    int | None,
    typer.Option(
        "--vehicles",
        help="Use at most so many vehicles, whatever the file says; for sets whose best values fix the fleet.",
        min=0,
        show_default=False,
    ),
]


@app.command(epilog="Example: hansa route solve X.vrp --time-limit 10 --cpu-time --workers 2 --out X.sol")
def solve(
    instance: Instance,
    time_limit: Annotated[
        float | None,
        typer.Option(
            help="Seconds for each worker; 10 unless iterations are given.", min=0.01, show_default=False
        ),
    ] = None,
    cpu_time: Annotated[bool, typer.Option("--cpu-time", help="Count CPU seconds, not the wall's.")] = False,
    iterations: Annotated[
        int | None,
        typer.Option(
            help="End after so many iterations, the same plan on any machine.", min=0, show_default=False
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes, each with its own seed; the best wins.", min=1, max=64)
    ] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Solution file to write; without it, print it.", dir_okay=False)
    ] = None,
    rounding: RoundingRule = None,
    vehicles: FleetSize = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Plan routes at the least cost; the last line says `Cost N`.

    Stops that no vehicle can serve are named with the reason, and the exit code is 1.
    """
    if out is not None and not out.parent.is_dir():
        raise InvalidInput(f"{out}: there is no folder {out.parent}")
    problem = _problem(instance, rounding, vehicles)
    if time_limit is None and iterations is None:
        time_limit = 10.0
    params = vrp.Params(time_limit_s=time_limit, cpu_time=cpu_time, iterations=iterations)
    result = _solved(problem, params, range(seed, seed + workers))
    text = vrp.write_sol(problem, result.plan)
    if out is not None:
        _write(out, text)
    if as_json:
        show(_summary(problem, result, out), as_json=True)
    else:
        if out is not None:
            show(_headline(problem, result), as_json=False)
            text = text.splitlines()[-1] + "\n"
        print(text, end="")
    _end_if_unserved(problem, result)


@app.command(epilog="Example: hansa route check X.vrp X.sol")
def check(
    instance: Instance,
    solution: Annotated[
        Path, typer.Argument(help="CVRPLIB .sol file.", exists=True, dir_okay=False, show_default=False)
    ],
    rounding: RoundingRule = None,
    vehicles: FleetSize = None,
    as_json: AsJson = False,
) -> None:
    """Recompute a solution apart from the solver; print `OK cost`, or all that is wrong and exit 1."""
    problem = _problem(instance, rounding, vehicles)
    plan = vrp.read_sol(_text(solution), problem, source=str(solution))
    violations = vrp.check(problem, plan)
    cost = vrp.cost_text(problem, vrp.cost_of(problem, plan))
    if as_json:
        found = [dataclasses.asdict(violation) for violation in violations]
        show({"ok": not violations, "cost": float(cost), "violations": found}, as_json=True)
    elif not violations:
        print(f"OK {cost}")
    for violation in [] if as_json else violations:
        where = f"route {violation.route}: " if violation.route else ""
        print(f"{violation.kind}: {where}{violation.message}")
    if violations:
        raise typer.Exit(1)


def _problem(path: Path, rounding: vrp.Rounding | None, vehicles: int | None) -> vrp.Problem:
    problem = vrp.read_instance(_text(path), rounding=rounding, source=str(path))
    if vehicles is None:
        return problem
    fleet = tuple(dataclasses.replace(vehicle, count=vehicles) for vehicle in problem.vehicles)
    return dataclasses.replace(problem, vehicles=fleet)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput(f"{path}: {path.stat().st_size} bytes, at most {MOST_BYTES} are read")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}: byte {error.start} is not UTF-8 text") from error
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror})") from error


def _write(path: Path, text: str) -> None:
    """Write the whole file or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InvalidInput(f"{path}: cannot be written ({error.strerror})") from error


def _solved(problem: vrp.Problem, params: vrp.Params, seeds: Sequence[int]) -> vrp.Result:
    if len(seeds) == 1:
        return vrp.solve(problem, params, seed=seeds[0])
    with ProcessPoolExecutor(len(seeds), mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return vrp.best_of(problem, params, seeds=seeds, run=pool.map)
        except BrokenProcessPool as error:
            raise Unavailable("A worker died, perhaps for want of memory: try fewer --workers") from error


def _headline(problem: vrp.Problem, result: vrp.Result) -> dict[str, object]:
    return {
        "instance": problem.name,
        "routes": len(result.routes),
        "stops served": f"{len(problem.stops) - len(result.unserved)} of {len(problem.stops)}",
        "savings plan": vrp.cost_text(problem, result.baseline.cost),
        "iterations": result.provenance.iterations,
        "seed": result.provenance.seed,
    }


def _summary(problem: vrp.Problem, result: vrp.Result, out: Path | None) -> dict[str, object]:
    return {
        "instance": problem.name,
        "cost": float(vrp.cost_text(problem, result.cost)),
        "baseline_cost": float(vrp.cost_text(problem, result.baseline.cost)),
        "units_per_cost": problem.scale,
        "routes": [dataclasses.asdict(route) for route in result.routes],
        "unserved": [dataclasses.asdict(left) for left in result.unserved],
        "provenance": dataclasses.asdict(result.provenance),
        "out": out,
    }


def _end_if_unserved(problem: vrp.Problem, result: vrp.Result) -> None:
    for left in result.unserved:
        console.print(f"unserved {left.stop}: {left.reason}, {left.detail}", markup=False, soft_wrap=True)
    if result.unserved:
        console.print(
            f"hansa: {len(result.unserved)} of {len(problem.stops)} stops are not served", markup=False
        )
        raise typer.Exit(1)
