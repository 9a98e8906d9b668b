"""`hansa web`: serve the pages and the API."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from hansa.cli import runtime
from hansa.foundation.processes import require_free_port
from hansa.kernel.errors import Unavailable

app = typer.Typer(add_completion=False)
HOST = "127.0.0.1"


@app.command()
def web(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = HOST,
    workers: Annotated[int, typer.Option(help="Processes; each has four threads.")] = 2,
) -> None:
    """Serve the pages and the API until told to stop.

    Example: hansa web --port 8080
    """
    runtime.with_database()
    require_free_port(host, port)
    arguments = serving(host, port, workers)
    os.execv(arguments[0], arguments)  # noqa: S606 - our own interpreter, with arguments of our own making


def serving(host: str, port: int, workers: int = 2) -> list[str]:
    """The program that serves: gunicorn with threads, since transactions are synchronous."""
    if not 1 <= port <= 65_535:
        raise Unavailable(f"{port} is no port; choose one from 1 to 65535 with --port")
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "hansa.config.wsgi",
        "--worker-class=gthread",
        f"--workers={workers}",
        "--threads=4",
        f"--bind={host}:{port}",
        "--graceful-timeout=10",
        "--no-control-socket",
        "--access-logfile=-",
    ]
