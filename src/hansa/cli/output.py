"""What every command shares: JSON or text out, progress on stderr, refusals as one clear line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from hansa.kernel.errors import HansaError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice; the same seed gives the same answer.")]

console = Console(stderr=True, highlight=False)


@contextmanager
def failing_loudly() -> Iterator[None]:
    """Turn a refusal into one line on stderr and exit 1; misuse (exit 2) is told by the parser itself."""
    try:
        yield
    except HansaError as refusal:
        console.print(f"[red]hansa:[/red] {escape(refusal.message)}", soft_wrap=True)
        sys.exit(1)


def show(result: Mapping[str, object], *, as_json: bool) -> None:
    """Print a result on stdout: one JSON object, or a line for each entry."""
    if as_json:
        print(json.dumps(result, default=str, ensure_ascii=False))
        return
    for name, value in result.items():
        print(f"{name:<24} {value}")


def progress() -> Progress:
    """Make a progress bar on stderr for work of more than two seconds."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=False,
    )
