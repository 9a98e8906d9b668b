"""What the rest of Hansa asks for: a database that runs, its address, its state, its end."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from hansa.foundation.postgres.cluster import Cluster
from hansa.foundation.postgres.places import Places, places_for, prepare
from hansa.foundation.postgres.programs import folder_of_wheel, programs_for
from hansa.foundation.postgres.url import DatabaseUrl, checked, parameters_of, without_password
from hansa.kernel.errors import NotFound, Unavailable


@dataclass(frozen=True)
class Status:
    """What is known about the database without starting anything."""

    running: bool
    ours: bool
    where: str
    version: str
    pid: int | None
    folder: Path | None
    log: Path | None


def ensure_running(state_dir: Path) -> DatabaseUrl:
    """Return the address of a database that answers: DATABASE_URL's, else our own, started if need be.

    Refuses with Unavailable, saying what is wrong and how to mend it.
    """
    external = os.environ.get("DATABASE_URL")
    return checked(external) if external else start(state_dir)


def start(state_dir: Path) -> DatabaseUrl:
    """Start our own cluster of this state folder, whatever DATABASE_URL says; only one starter at a time."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"Cannot make the state folder {state_dir}: {error.strerror}"
        raise Unavailable(f"{message}. Set HANSA_STATE_DIR to a folder you may write") from error
    cluster = _cluster(state_dir)
    if cluster.answers():
        return cluster.url()
    prepare(cluster.places)
    with locked(cluster.places):
        if not cluster.answers():
            bring_up(cluster)
    return cluster.url()


def bring_up(cluster: Cluster) -> None:
    """Make the cluster if it is not there, and start it. The caller holds its lock."""
    programs = programs_for(cluster.places.account)
    if not cluster.is_made():
        cluster.make(programs)
    cluster.start(programs)


def stop(state_dir: Path) -> bool:
    """Shut our own cluster down, fast and clean. False when it was not running."""
    cluster = _cluster(state_dir)
    if not cluster.is_made():
        return False
    with locked(cluster.places):
        return cluster.stop()


def url_of(state_dir: Path) -> DatabaseUrl:
    """Return the address without starting anything.

    Refuses with NotFound when there is no DATABASE_URL and our own cluster was never started.
    """
    external = os.environ.get("DATABASE_URL")
    if external:
        return DatabaseUrl(external)
    cluster = _cluster(state_dir)
    if not cluster.is_made():
        raise NotFound("There is no database yet. Start one: hansa database start")
    return cluster.url()


def status(state_dir: Path) -> Status:
    """Tell whether the database runs, which version it is and where its files are."""
    external = os.environ.get("DATABASE_URL")
    if external:
        version = _version(external)
        return Status(bool(version), False, without_password(external), version, None, None, None)
    cluster = _cluster(state_dir)
    places = cluster.places
    if not cluster.is_made():
        return Status(False, True, "not made yet", "", None, places.home, places.log)
    version = _version(cluster.url())
    where = without_password(cluster.url())
    return Status(bool(version), True, where, version, cluster.pid(), places.home, places.log)


def psql_command(state_dir: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of an interactive session; the password is in the latter.

    The machine's psql comes first: the wheel's has no line editing.
    """
    words = parameters_of(url_of(state_dir))
    names = {
        "sslmode": "PGSSLMODE",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "host": "PGHOST",
        "port": "PGPORT",
        "dbname": "PGDATABASE",
    }
    environ = {name: words[word] for word, name in names.items() if word in words}
    return [shutil.which("psql") or str(folder_of_wheel() / "psql")], environ


def is_alive(state_dir: Path) -> bool:
    """Whether our own server's process lives; a cheap look, no connection."""
    return _cluster(state_dir).pid() is not None


def keeper_argv(state_dir: Path) -> list[str]:
    """Return the command of a foreground program that keeps our cluster up and stops it on SIGTERM."""
    return [sys.executable, "-m", "hansa.foundation.postgres.keeper", str(state_dir)]


def _cluster(state_dir: Path) -> Cluster:
    return Cluster(places_for(state_dir))


def _version(url: str) -> str:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            number = connection.info.server_version
    except psycopg.OperationalError:
        return ""
    return f"{number // 10_000}.{number % 10_000}"


@contextmanager
def locked(places: Places) -> Iterator[None]:
    """Hold a file's lock: it ends with the process, so nobody has to clean up after a crash."""
    with places.lock.open("w") as file:
        places.account.take(places.lock)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
