"""`hansa database`: start, stop and look at the database; a thin door to `foundation.postgres`."""

from __future__ import annotations

import os
from dataclasses import asdict

import typer

from hansa.cli.output import AsJson, console, show
from hansa.foundation import postgres
from hansa.foundation.state import state_dir

app = typer.Typer(
    no_args_is_help=True,
    help="Start, stop and look at the database (DATABASE_URL's, or the one Hansa brings along).",
    epilog="Example: hansa database start && hansa database psql",
)


@app.command()
def start(as_json: AsJson = False) -> None:
    """Start the database if it is not running; it stays up until `hansa database stop`."""
    postgres.ensure_running(state_dir())
    status(as_json=as_json)


@app.command()
def stop(as_json: AsJson = False) -> None:
    """Shut Hansa's own database down; nothing committed is lost."""
    show({"stopped": postgres.stop(state_dir())}, as_json=as_json)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell whether it runs, its version and where its files are; exit 1 when it does not run."""
    found = postgres.status(state_dir())
    show(asdict(found), as_json=as_json)
    if not found.running:
        raise SystemExit(1)


@app.command()
def url() -> None:
    """Print its address, password included: for DATABASE_URL and other tools."""
    print(postgres.url_of(state_dir()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open a session as Hansa's role; further words go to psql: `hansa database psql -c 'SELECT 1'`."""
    postgres.ensure_running(state_dir())
    argv, environ = postgres.psql_command(state_dir())
    try:
        os.execve(argv[0], [*argv, *context.args], {**os.environ, **environ})  # noqa: S606
    except OSError as error:
        console.print(f"hansa: cannot run {argv[0]}: {error.strerror}")
        raise SystemExit(1) from error
