"""`hansa database`, as a person types it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansa.foundation import postgres


@pytest.fixture(scope="module")
def state(public_folder: Path) -> Iterator[Path]:
    state = public_folder / "state"
    yield state
    postgres.stop(state)


def database(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    argv = [sys.executable, "-m", "hansa.cli.main", "database", *words]
    return subprocess.run(
        argv, env={**environ, "HANSA_STATE_DIR": str(state)}, capture_output=True, text=True, check=False
    )


def test_before_the_first_start_there_is_none(state: Path) -> None:
    asked, told = database(state, "url"), database(state, "status", "--json")

    assert (asked.returncode, told.returncode) == (1, 1)
    assert "There is no database yet. Start one: hansa database start" in asked.stderr
    assert json.loads(told.stdout)["running"] is False
    assert not state.exists()


def test_it_is_started_asked_and_stopped(state: Path) -> None:
    started = database(state, "start", "--json")
    answer = database(state, "psql", "-At", "-c", "SELECT current_user, 6 * 7")
    stopped = database(state, "stop", "--json")

    assert (started.returncode, json.loads(started.stdout)["running"]) == (0, True)
    assert (answer.returncode, answer.stdout) == (0, "hansa|42\n")
    assert json.loads(stopped.stdout) == {"stopped": True}
    assert database(state, "status").returncode == 1
