"""`hansa lake`: look into the data lake by SQL and keep it in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hansa.cli import runtime
from hansa.cli.output import AsJson, console, progress, show
from hansa.kernel.clock import system_clock

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The alliance's data lake: Delta tables under the state folder, fed from the outbox.",
    epilog='Example: hansa lake backfill && hansa lake query "select member, count(*) from order_lines group by 1"',
)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell each table's version, rows and files, and what waits or was turned away.

    Example: hansa lake status --json
    """
    runtime.with_database()
    from hansa.alliance import selectors

    states = [asdict(state) for state in selectors.lake_tables()]
    if as_json:
        show({"tables": states}, as_json=True)
        return
    columns = ["name", "version", "rows", "files", "waiting", "quarantined", "written_at"]
    print_table(columns, [[state[column] for column in columns] for state in states])


@app.command()
def flush(as_json: AsJson = False) -> None:
    """Write what waits in the inbox into the lake; safe to run at any time, from anywhere.

    Example: hansa lake flush
    """
    runtime.with_database()
    from hansa.alliance.lake import services

    done = services.flush(now=system_clock())
    show(
        {
            "batches": len(done),
            "rows": sum(each.rows for each in done),
            "quarantined": sum(each.quarantined for each in done),
        },
        as_json=as_json,
    )


@app.command()
def backfill(as_json: AsJson = False) -> None:
    """Load every paid line and every act that PostgreSQL has and the lake has not.

    Example: hansa lake backfill
    """
    runtime.with_database()
    from hansa.alliance.lake import services
    from hansa.alliance.lake.contracts import CONTRACTS

    with progress() as bar:
        tasks = {name: bar.add_task(name, total=None) for name in CONTRACTS}
        done = services.backfill(now=system_clock(), told=lambda name, rows: bar.advance(tasks[name], rows))
    if any(each.quarantined for each in done):
        console.print("some rows broke their table's contract: see `hansa lake status`")
    show(
        {
            each.table: asdict(each) if as_json else f"{each.rows} new rows, version {each.version}"
            for each in done
        },
        as_json=as_json,
    )


@app.command()
def compact(as_json: AsJson = False) -> None:
    """Melt small files together; every row stays, older versions stay readable.

    Example: hansa lake compact
    """
    runtime.with_database()
    from hansa.alliance.lake import services

    show(services.compact(), as_json=as_json)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the tables order_lines and behaviour.")],
    most_rows: Annotated[int, typer.Option(min=1, help="Print at most so many rows.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Answer one SELECT over the newest snapshots with DuckDB; nothing can be written, no file read.

    Example: hansa lake query "select member, sum(total) from order_lines group by 1" --json
    """
    runtime.with_django()
    from hansa.alliance.lake.query import query as ask
    from hansa.alliance.lake.services import lake_root

    answer = ask(lake_root(), sql, most_rows=most_rows)
    if as_json:
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        show({"rows": rows, "is_cut": answer.is_cut}, as_json=True)
        return
    print_table(answer.columns, answer.rows)
    if answer.is_cut:
        console.print(f"there are more than {most_rows} rows; ask for more with --most-rows")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their columns on stdout."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    Console(highlight=False, soft_wrap=True).print(table)
