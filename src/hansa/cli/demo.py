"""`hansa demo`: set everything up and run the whole system."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from enum import StrEnum
from typing import Annotated

import typer

from hansa.cli import runtime
from hansa.cli.output import console, progress
from hansa.cli.payments import sandbox_beside
from hansa.cli.web import HOST, serving
from hansa.foundation import postgres
from hansa.foundation.processes import Program, Supervisor, require_free_port
from hansa.foundation.state import state_dir
from hansa.kernel import ids

app = typer.Typer(add_completion=False)


class ScaleName(StrEnum):
    """How much data."""

    SMALL = "small"
    FULL = "full"


@app.command()
def demo(
    scale: Annotated[
        ScaleName, typer.Option(help="small: a slice; full: all 1,469,307 lines.")
    ] = ScaleName.SMALL,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    serve: Annotated[bool, typer.Option(help="Set up only, with --no-serve.")] = True,
) -> None:
    """Set everything up and run it: load, train, plan, serve. Ctrl-C stops it all; nothing is lost.

    Example: hansa demo --port 8080
    """
    if serve:
        require_free_port(HOST, port)
    os.environ["HANSA_DEMO_LOGINS"] = "1"
    os.environ["HANSA_SECRET_KEY"] = _secret_key()
    is_our_database = "DATABASE_URL" not in os.environ
    runtime.with_database()
    runtime.migrate()
    _set_up(scale)
    if serve:
        _run(port, is_our_database=is_our_database)


def _set_up(scale: ScaleName) -> None:
    from hansa.config import demo as setting
    from hansa.kernel.clock import system_clock

    size = setting.SCALES[scale]
    steps = setting.steps_to_do(size)
    if not steps:
        return
    with progress() as bars:
        for step in steps:
            bar = bars.add_task(step.title, total=None)

            def tell(done: int, all_of_it: int, bar: int = bar) -> None:
                bars.update(bar, completed=done, total=max(all_of_it, 1))  # type: ignore[arg-type]  # rich's TaskID is an int

            setting.run_step(step, size, system_clock(), tell)
            bars.update(bar, total=1, completed=1)


def _run(port: int, *, is_our_database: bool) -> None:
    from django.db import connections

    from hansa.alliance import services as alliance
    from hansa.commerce.accounts import selectors as accounts
    from hansa.kernel.clock import system_clock

    alliance.found(now=system_clock(), endpoint=f"http://{HOST}:{port}")
    platforms, people = list(accounts.platforms()), accounts.demo_people()
    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    url = f"http://{HOST}:{port}/"
    programs = [
        Program("postgres", postgres.keeper_argv(state_dir())),
        sandbox_beside(port),
        Program("web", serving(HOST, port), ready=lambda: _answers(url)),
        Program("worker", [sys.executable, "-m", "hansa.cli.main", "worker"]),
    ]
    if not is_our_database:
        programs = programs[1:]
    with Supervisor(programs, log_dir=state_dir() / "logs", tell=console.print) as supervisor:
        supervisor.start()
        console.print(f"\n[bold]Hansa is running at {url}[/bold]   (Ctrl-C stops it)\n")
        for platform in platforms:
            console.print(f"  {platform.name:<22} {url}{platform.code}/")
        console.print(f"  {'API':<22} {url}api/v1/docs")
        console.print(f"\nOne click signs you in as any of these at {url}sign-in/ :")
        console.print("  " + ", ".join(person.username for person in people))
        console.print(f"\nLogs: {state_dir() / 'logs'}")
        supervisor.run()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        time.sleep(0.2)
        return False


def _secret_key() -> str:
    """The key that signs sessions: made once, kept where only we can read it."""
    if os.environ.get("HANSA_SECRET_KEY"):
        return os.environ["HANSA_SECRET_KEY"]
    file = state_dir() / "secret_key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as opened:
            opened.write(ids.token(bytes_of_entropy=48))
    return file.read_text().strip()
