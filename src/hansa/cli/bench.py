"""`hansa bench NAME`: run a benchmark and print what it measured, and how, as JSON."""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
import time
from enum import StrEnum
from typing import Annotated, Any

import typer

from hansa import __version__
from hansa.cli.output import AsJson, Seed
from hansa.foundation.state import CHECKOUT
from hansa.kernel.errors import NotFound

app = typer.Typer(add_completion=False)


class Name(StrEnum):
    """What to measure."""

    CHECKOUT = "checkout"
    JOURNEY = "journey"
    IMPORT = "import"
    RECOMMEND = "recommend"
    EXPOSURE = "exposure"
    FORECAST = "forecast"
    ROUTE = "route"
    SEARCH = "search"
    PAGES = "pages"
    ACTS = "acts"
    CHECK = "check"
    STORMS = "storms"


_MODULES = {Name.IMPORT: "importing"}


@app.command()
def bench(
    name: Annotated[Name, typer.Argument(help="What to measure.")],
    seed: Seed = 0,
    as_json: AsJson = True,
    scale: Annotated[str, typer.Option(help="For import: small or full.")] = "small",
) -> None:
    """Measure, beside a peer where one is installed, and print JSON: command, commit, machine, seed, figures.

    Example: hansa bench checkout
    """
    if not (CHECKOUT / "benchmarks").is_dir():
        raise NotFound("benchmarks come with the source: clone the repository and run ./hansa bench there")
    sys.path.insert(0, str(CHECKOUT))
    module = importlib.import_module(f"benchmarks.{_MODULES.get(name, name.value)}")
    options: dict[str, Any] = {"scale": scale} if name is Name.IMPORT else {}
    start, cpu = time.time(), time.process_time()
    figures = module.run(seed=seed, **options)
    report = {
        "bench": name.value,
        "command": " ".join(["./hansa", *sys.argv[1:]]),
        "version": __version__,
        "commit": _commit(),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
            "load": os.getloadavg()[0],
        },
        "seed": seed,
        "wall_seconds": round(time.time() - start, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "figures": figures,
    }
    print(json.dumps(report, indent=None if as_json else 2, default=str))


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown"
