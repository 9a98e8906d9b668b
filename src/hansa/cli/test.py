"""`hansa test`: check form and run the tests, with everything they need brought along."""

from __future__ import annotations

import os
import subprocess
import sys
from enum import StrEnum
from typing import Annotated

import typer

from hansa.cli.output import console
from hansa.foundation.state import CHECKOUT

app = typer.Typer(add_completion=False)
# Every process has a database of its own. A file is one process's matter, and the long ones, e2e, begin first.
SIDE_BY_SIDE = [
    f"--numprocesses={min(4, os.cpu_count() or 1)}",
    "--dist=loadfile",
    "--no-loadscope-reorder",
]


class Extent(StrEnum):
    """Which tests."""

    FAST = "fast"
    ALL = "all"


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    extent: Annotated[
        Extent, typer.Argument(help="fast: unit and architecture; all: everything.")
    ] = Extent.ALL,
) -> None:
    """Check form (ruff, mypy, import contracts) and run the tests; more arguments go to pytest, such as -n0 for one process.

    Example: hansa test fast
    """
    python = [sys.executable, "-m"]
    chosen = {
        Extent.FAST: ["tests/unit", "tests/architecture", "-m", "not slow"],
        Extent.ALL: ["tests"],
    }[extent]
    steps = [
        ("ruff", [*python, "ruff", "check", "."]),
        ("format", [*python, "ruff", "format", "--check", "."]),
        ("types", [*python, "mypy"]),
        (
            "imports",
            [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        ),
        ("tests", [*python, "pytest", *SIDE_BY_SIDE, *chosen, *context.args]),
    ]
    failed = [name for name, command in steps if _run(name, command) != 0]
    if failed:
        console.print(f"[red]failed:[/red] {', '.join(failed)}")
    raise typer.Exit(1 if failed else 0)


def _run(name: str, command: list[str]) -> int:
    console.rule(name)
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode
