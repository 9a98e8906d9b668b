"""One PostgreSQL cluster of our own: made once, started, found alive or dead, stopped.

Where it stands is `places`, as whom it runs `accounts`; who may start it at the same time is the caller's lock.
"""

from __future__ import annotations

import os
import secrets
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

from hansa.foundation.postgres.places import Places
from hansa.foundation.postgres.programs import Programs
from hansa.foundation.postgres.tuning import memory_mb, settings
from hansa.foundation.postgres.url import DatabaseUrl, answers, socket_url
from hansa.kernel.errors import Unavailable

SUPERUSER = "postgres"
ROLE = "hansa"
DATABASE = "hansa"

_STARTING_SECONDS = 300  # crash recovery replays at most `max_wal_size`
_RETRY_SECONDS = 10  # sessions of a killed server need a moment to see that it is gone
_NEEDED_MB = 300
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
            self._passwords.update(_read_passwords(self.places.passwords))
        password = self._passwords[role]
        return socket_url(role=role, password=password, folder=self.places.socket, database=database)

    def is_made(self) -> bool:
        return self.places.data.exists() and self.places.passwords.exists()

    def answers(self) -> bool:
        """Whether Hansa's role gets in right now."""
        return self.is_made() and answers(self.url())

    def make(self, programs: Programs) -> None:
        """Create data folder and passwords; all of it or nothing.

        Refuses with Unavailable when the disk is too full, `initdb` fails, or data without passwords are there.
        """
        _require_room(self.places.home)
        if self.places.data.exists():
            message = f"There are data in {self.places.data}, but their passwords, {self.places.passwords}, are lost"
            raise Unavailable(f"{message}. Bring that file back, or move the folder away to start anew")
        aside = self.places.home / "data.unfinished"
        shutil.rmtree(aside, ignore_errors=True)
        if not self.places.passwords.exists():
            _write_passwords(self.places.passwords, {SUPERUSER: _password(), ROLE: _password()})
        password = _read_passwords(self.places.passwords)[SUPERUSER]
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
            except _StillHeldError as error:
                if time.monotonic() > deadline:
                    raise Unavailable(f"PostgreSQL does not start: {error}. See {self.places.log}") from error
                time.sleep(0.5)
        if not self.answers():
            self._ensure_role_and_database()

    def stop(self) -> bool:
        """Shut down fast: roll back what is open, write everything, leave. False if it was not running."""
        pid = self.pid()
        if pid is None:
            return False
        for sent, patience_seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
            try:
                os.kill(pid, sent)
            except ProcessLookupError:
                return True
            deadline = time.monotonic() + patience_seconds
            while time.monotonic() < deadline:
                if not self._is_our_postmaster(pid):
                    return True
                time.sleep(0.02)
        raise Unavailable(f"PostgreSQL (process {pid}) does not end, not even by force; its disk may hang")

    def stop_at_once(self) -> None:
        """End it without writing anything: for data that are thrown away."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
            while self._is_our_postmaster(pid):
                time.sleep(0.01)

    def pid(self) -> int | None:
        """Return the server's process if it lives; a zombie, or another program under its number, is dead."""
        pid = self._pid_on_file()
        return pid if pid is not None and self._is_our_postmaster(pid) else None

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
            raise Unavailable(_explained(done.stderr, self.places))

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
            raise Unavailable(_cannot_become(self.places)) from error

    def _start_once(self, programs: Programs) -> None:
        """Launch it, unless a server is there that is just starting or ending; wait until it answers."""
        log_start = self.places.log.stat().st_size if self.places.log.exists() else 0
        adopted = self.pid()
        if adopted is None:
            self._clear_leftovers()
        pid = adopted or self._launch(programs)
        deadline = time.monotonic() + _STARTING_SECONDS
        while not answers(self.url(role=SUPERUSER, database="postgres")):
            if not _lives(pid):
                if adopted:
                    raise _StillHeldError("the server that was there has just ended")
                self._refuse_start(_text_from(self.places.log, log_start))
            if time.monotonic() > deadline:
                message = f"PostgreSQL takes no connection after {_STARTING_SECONDS} s"
                raise Unavailable(f"{message}; it goes on trying: see {self.places.log}, then run this again")
            time.sleep(0.03)

    def _launch(self, programs: Programs) -> int:
        """Start a detached server and return its process id.

        A shell starts it and goes: the server is then nobody's child, so it outlives us and is reaped by init.
        """
        memory = memory_mb() if self.durable else 1024
        argv = [programs.path("postgres"), "-D", str(self.places.data)]
        for name, value in settings(self.places.socket, memory=memory, durable=self.durable).items():
            argv += ["-c", f"{name}={value}"]
        with _opened_log(self.places) as log:
            done = self._run(["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *argv], stderr=log)
        return int(done.stdout)

    def _refuse_start(self, log: str) -> None:
        if "shared memory block" in log or "lock file" in log:
            raise _StillHeldError(_last_reason(log))
        raise Unavailable(_explained(log, self.places))

    def _ensure_role_and_database(self) -> None:
        url = self.url(role=SUPERUSER, database="postgres")
        password = _read_passwords(self.places.passwords)[ROLE]
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
            message = (
                f"The data in {self.places.data} were made by PostgreSQL {made_by}, this is {programs.major}"
            )
            way_out = (
                f"Set HANSA_POSTGRES_BIN to the programs of {made_by}, dump the data, move that folder away"
            )
            raise Unavailable(f"{message}. {way_out}, and restore them")

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


class _StillHeldError(Exception):
    """The data folder is still held by what a killed server left; worth another try."""


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


def _password() -> str:
    return secrets.token_urlsafe(24)


def _write_passwords(path: Path, passwords: dict[str, str]) -> None:
    """Write them as a libpq password file (PGPASSFILE), readable by us only, all of it or nothing."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix="password-", delete=False) as file:
        file.writelines(f"*:*:*:{role}:{password}\n" for role, password in passwords.items())
    Path(file.name).rename(path)


def _read_passwords(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        message = f"Cannot read the database passwords in {path}: {error.strerror}"
        raise Unavailable(f"{message}. Run Hansa as the account that made them") from error
    return {line.split(":")[3]: line.split(":", 4)[4] for line in lines}


def _require_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < _NEEDED_MB:
        message = f"No room for the database: {free} MB free in {folder}, {_NEEDED_MB} MB needed"
        raise Unavailable(f"{message}. Free some, or set HANSA_STATE_DIR to another disk")


def _clean_environment() -> dict[str, str]:
    """Leave out PGDATA, PGPORT, locales and whatever else would change what we start."""
    return {"PATH": os.environ.get("PATH") or os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _opened_log(places: Places) -> IO[bytes]:
    """Open the server's log for appending; begin a new one when it has grown large."""
    if places.log.exists() and places.log.stat().st_size > _LOG_KEPT_BYTES:
        places.log.replace(places.log.with_suffix(".old.log"))
    places.log.touch(mode=0o600)
    places.account.take(places.log)
    return places.log.open("ab")


def _text_from(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")


def _last_reason(log: str) -> str:
    """Return the line that tells why, without its time stamp."""
    lines = [line for line in log.splitlines() if line.strip()]
    telling = [
        line for line in lines if any(word in line for word in ("PANIC:", "FATAL:", "error:", "ERROR:"))
    ]
    line = (telling or lines or ["it gave no reason"])[-1]
    for word in ("PANIC:", "FATAL:", "error:", "ERROR:"):
        line = line.split(word, 1)[-1]
    return line.strip()


def _explained(log: str, places: Places) -> str:
    """Say why the server did not start, and what to do about it."""
    message = f"PostgreSQL does not start: {_last_reason(log)}"
    if "No space left on device" in log:
        return (
            f"{message}. Free disk space under {places.home}, then run this again: nothing committed is lost"
        )
    if "Permission denied" in log or "invalid permissions" in log or "wrong ownership" in log:
        return f"{message}. {places.account.name} must own {places.data} with mode 0700; set HANSA_STATE_DIR to a local disk"
    return f"{message}. The whole story is in {places.log}"


def _cannot_become(places: Places) -> str:
    message = (
        f"PostgreSQL may not run as root, and this system does not let root become {places.account.name}"
    )
    return f"{message}. Run Hansa as an ordinary user, or set DATABASE_URL to a server that runs already"
