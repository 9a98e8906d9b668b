"""`hansa worker`: deliver events and run jobs until told to stop."""

from __future__ import annotations

import typer

from hansa.cli import runtime

app = typer.Typer(add_completion=False)


@app.command()
def worker() -> None:
    """Deliver the outbox, run jobs and the schedule; several workers share the work.

    Example: hansa worker
    """
    runtime.with_database()
    from hansa.config.worker import run

    run()
