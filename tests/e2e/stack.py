"""A whole Hansa for the tests: database, web and worker as real processes, restarted when they are killed.

Run as a program it supervises until it is told to stop; `Stack` starts that program and talks to it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings

from hansa.cli.web import serving
from hansa.foundation import postgres
from hansa.foundation.processes import Program, Supervisor

PATIENCE_SECONDS = 120


@dataclass
class Stack:
    """A running Hansa at ``url``; its programs can be killed by name."""

    url: str
    state: Path
    database_url: str
    process: subprocess.Popen[bytes]

    def pids_of(self, name: str) -> list[int]:
        """The processes of a program: ``web``, ``worker`` or ``postgres``, children first."""
        mark = {"web": "gunicorn", "worker": "hansa.cli.main", "postgres": "postgres"}[name]
        if name == "postgres":
            pid_file = next(self.state.rglob("postmaster.pid"), None)
            return [int(pid_file.read_text().split()[0])] if pid_file else []
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child.pid for child in reversed(found) if mark in " ".join(_words(child))]

    def kill(self, name: str) -> int:
        """Kill a program with -9, all its processes at once; answers how many there were."""
        pids = self.pids_of(name)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return len(pids)

    def wait_until_it_answers(self) -> None:
        wait_for(f"{self.url}api/v1/platforms/")

    def stop(self) -> None:
        """Stop as Ctrl-C would."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)


def start(state: Path, *, port: int | None = None) -> Stack:
    """Start a stack on an existing, migrated database of this state folder and wait until it answers."""
    chosen = port or free_port()
    environ = {
        **os.environ,
        "HANSA_STATE_DIR": str(state),
        "HANSA_SECRET_KEY": settings.SECRET_KEY,  # what the tests sealed before, the web opens
        "HANSA_DEMO_LOGINS": "1",
    }
    database_url = str(postgres.start(state))
    environ["DATABASE_URL"] = database_url
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.stack", str(state), str(chosen)],
        env=environ,
        cwd=Path(__file__).parents[2],
    )
    stack = Stack(f"http://127.0.0.1:{chosen}/", state, database_url, process)
    try:
        stack.wait_until_it_answers()
    except BaseException:
        process.kill()
        raise
    return stack


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(url: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a page answers 200."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer within {seconds} s")


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def main() -> None:
    state, port = Path(sys.argv[1]), int(sys.argv[2])
    programs = [
        Program("postgres", postgres.keeper_argv(state)),
        Program("web", serving("127.0.0.1", port)),
        Program("worker", [sys.executable, "-m", "hansa.cli.main", "worker"]),
    ]
    supervisor = Supervisor(programs, log_dir=state / "logs", tell=lambda text: None)
    supervisor.start()
    supervisor.run()


if __name__ == "__main__":
    main()
