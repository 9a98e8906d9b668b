"""One PostgreSQL cluster of our own: made once, started, found alive or dead, stopped.

Where it stands is `places`, as whom it runs `accounts`; that only one starts it is the caller's lock.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil
import psycopg
from psycopg import sql

from hansa.foundation.postgres.passwords import read_passwords, write_passwords
from hansa.foundation.postgres.places import Places
from hansa.foundation.postgres.programs import Programs
from hansa.foundation.postgres.refusals import (
    StillHeldError,
    cannot_become,
    lost_passwords,
    not_starting,
    other_major,
    require_room,
    still_held,
)
from hansa.foundation.postgres.tuning import memory_mb, settings
from hansa.foundation.postgres.url import DatabaseUrl, answers, socket_url
from hansa.kernel.errors import Unavailable

SUPERUSER = "postgres"
ROLE = "hansa"
DATABASE = "hansa"

_STARTING_SECONDS = 300  # crash recovery replays at most `max_wal_size`
_RETRY_SECONDS = 10  # sessions of a killed server need a moment to see that it is gone
_LOG_KEPT_BYTES = 10_000_000


@dataclass(frozen=True)
class Cluster:
    """A cluster at its places. `durable=False` trades safety for speed: tests only."""

    places: Places
    durable: bool = True
    _passwords: dict[str, str] = field(default_factory=dict, repr=False)

    def url(self, *, role: str = ROLE, database: str = DATABASE) -> DatabaseUrl:
        """Return the address for a role; the passwords are read once."""
        if not self._passwords:
            self._passwords.update(read_passwords(self.places.passwords))
        password = self._passwords[role]
        return socket_url(role=role, password=password, folder=self.places.socket, database=database)

    def is_made(self) -> bool:
        """Whether there are data and the passwords to open them."""
        return self.places.data.exists() and self.places.passwords.exists()

    def answers(self) -> bool:
        """Whether Hansa's role gets in right now."""
        return self.is_made() and answers(self.url())

    def make(self, programs: Programs) -> None:
        """Create data folder and passwords; all of it or nothing.

        Refuses with Unavailable when the disk is full, `initdb` fails, or data without passwords are there.
        """
        require_room(self.places)
        if self.places.data.exists():
            raise lost_passwords(self.places)
        aside = self.places.home / "data.unfinished"
        shutil.rmtree(aside, ignore_errors=True)
        if not self.places.passwords.exists():
            write_passwords(self.places.passwords, (SUPERUSER, ROLE))
        password = read_passwords(self.places.passwords)[SUPERUSER]
        with tempfile.NamedTemporaryFile("w", dir=self.places.home, prefix="password-") as file:
            file.write(password)
            file.flush()
            self.places.account.take(Path(file.name))
            aside.mkdir(mode=0o700)
            self.places.account.take(aside)
            self._run_initdb(programs, aside, Path(file.name))
        aside.rename(self.places.data)

    def start(self, programs: Programs) -> None:
        """Start the server and wait until it takes connections; add role and database if they lack.

        What a killed server left behind is cleared first. Refuses with Unavailable, quoting the log.
        """
        self._require_same_major(programs)
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            try:
                self._start_once(programs)
                break
            except StillHeldError as error:
                if time.monotonic() > deadline:
                    raise still_held(self.places, str(error)) from error
                time.sleep(0.5)
        if not self.answers():
            self._ensure_role_and_database()

    def stop(self) -> bool:
        """Shut down fast: roll back what is open, write everything, leave. False if it was not running."""
        return self._end((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 5))

    def stop_at_once(self) -> bool:
        """End it without writing anything: for data that are thrown away. False if it was not running."""
        return self._end((signal.SIGQUIT, 10), (signal.SIGKILL, 5))

    def pid(self) -> int | None:
        """Return the server's process if it lives; a zombie, or another program under its number, is dead."""
        pid = self._pid_on_file()
        return pid if pid is not None and self._is_our_postmaster(pid) else None

    def _end(self, *steps: tuple[signal.Signals, float]) -> bool:
        """Send each signal and wait its seconds until the server is gone."""
        pid = self.pid()
        if pid is None:
            return False
        for sent, patience_seconds in steps:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
            deadline = time.monotonic() + patience_seconds
            while time.monotonic() < deadline:
                if not self._is_our_postmaster(pid):
                    return True
                time.sleep(0.02)
        raise Unavailable(f"PostgreSQL (process {pid}) does not end, not even by force; its disk may hang")

    def _run_initdb(self, programs: Programs, folder: Path, password_file: Path) -> None:
        if programs.major >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale=C"]
        argv = [programs.path("initdb"), "-D", str(folder), "-U", SUPERUSER, "--auth=scram-sha-256"]
        argv += [f"--pwfile={password_file}", "--encoding=UTF8", "--no-instructions", *locale]
        argv += [] if self.durable else ["--no-sync"]
        done = self._run(argv)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise not_starting(done.stderr, self.places)

    def _run(
        self, argv: list[str], *, stderr: IO[bytes] | int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as the cluster's account, in a session and an environment of its own."""
        try:
            return subprocess.run(
                argv,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd="/",
                env=_clean_environment(),
                start_new_session=True,
                **self.places.account.identity(),
            )
        except PermissionError as error:
            raise cannot_become(self.places) from error

    def _start_once(self, programs: Programs) -> None:
        """Launch it, unless a server is there that is just starting or ending; wait until it answers."""
        _roll(self.places.log)
        log_start = self.places.log.stat().st_size if self.places.log.exists() else 0
        adopted = self.pid()
        if adopted is None:
            self._clear_leftovers()
        pid = adopted or self._launch(programs)
        deadline = time.monotonic() + _STARTING_SECONDS
        while not answers(self.url(role=SUPERUSER, database="postgres")):
            if not _lives(pid):
                if adopted:
                    raise StillHeldError("the server that was there has just ended")
                raise not_starting(_text_from(self.places.log, log_start), self.places)
            if time.monotonic() > deadline:
                message = f"PostgreSQL takes no connection after {_STARTING_SECONDS} s"
                raise Unavailable(f"{message}; it goes on trying: see {self.places.log}, then run this again")
            time.sleep(0.03)

    def _launch(self, programs: Programs) -> int:
        """Start a detached server and return its process id.

        A shell starts it and goes: the server is then nobody's child, outlives us and is reaped by init.
        """
        memory = memory_mb() if self.durable else 1024
        argv = [programs.path("postgres"), "-D", str(self.places.data)]
        for name, value in settings(self.places.socket, memory=memory, durable=self.durable).items():
            argv += ["-c", f"{name}={value}"]
        with _opened_log(self.places) as log:
            done = self._run(["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *argv], stderr=log)
        return int(done.stdout)

    def _ensure_role_and_database(self) -> None:
        url = self.url(role=SUPERUSER, database="postgres")
        password = read_passwords(self.places.passwords)[ROLE]
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        with psycopg.connect(url, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(role))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def _require_same_major(self, programs: Programs) -> None:
        made_by = int((self.places.data / "PG_VERSION").read_text())
        if made_by != programs.major:
            raise other_major(self.places, made_by, programs.major)

    def _pid_on_file(self) -> int | None:
        try:
            return int((self.places.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, PermissionError, ValueError, IndexError):
            return None

    def _is_our_postmaster(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return str(self.places.data) in process.cmdline()
        except psutil.AccessDenied:  # macOS hides others' command lines
            return "postgres" in process.name()
        except psutil.NoSuchProcess:
            return False

    def _clear_leftovers(self) -> None:
        """Remove the traces of a server that is dead, and end its sessions that do not know it yet."""
        (self.places.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.places.socket / name).unlink(missing_ok=True)
        for process in psutil.process_iter(["name"]):
            if "postgres" in (process.info["name"] or "") and _works_in(process, self.places.data):
                process.send_signal(signal.SIGQUIT)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()) == folder
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _clean_environment() -> dict[str, str]:
    """Leave out PGDATA, PGPORT, locales and whatever else would change what we start."""
    return {"PATH": os.environ.get("PATH") or os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _roll(log: Path) -> None:
    """Begin a new log when this one has grown large."""
    if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".old.log"))


def _opened_log(places: Places) -> IO[bytes]:
    places.log.touch(mode=0o600)
    places.account.take(places.log)
    return places.log.open("ab")


def _text_from(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")
