"""Why a cluster cannot be made or started, in words that end with the way out."""

from __future__ import annotations

import shutil

from hansa.foundation.postgres.places import Places
from hansa.kernel.errors import Unavailable

NEEDED_MB = 300  # a new cluster takes 53 MB, its first WAL segments and some use the rest
_KINDS_OF_LINE = ("PANIC:", "FATAL:", "error:", "ERROR:")


class StillHeldError(Exception):
    """The data folder is still held by what a killed server left; worth another try."""


def require_room(places: Places) -> None:
    """Refuse with Unavailable when the disk cannot hold a new cluster."""
    free = shutil.disk_usage(places.home).free // 1_000_000
    if free < NEEDED_MB:
        message = f"No room for the database: {free} MB free in {places.home}, {NEEDED_MB} MB needed"
        raise Unavailable(f"{message}. Free some, or set HANSA_STATE_DIR to another disk")


def last_reason(log: str) -> str:
    """Return the line of a server's log that tells why it gave up, without its time stamp."""
    # Whoever knocks too early leaves a FATAL line as well.
    lines = [
        line for line in log.splitlines() if line.strip() and "FATAL:  the database system is" not in line
    ]
    telling = [line for line in lines if any(kind in line for kind in _KINDS_OF_LINE)]
    full_disk = [line for line in telling if "No space left on device" in line]
    line = (full_disk or telling or lines or ["it gave no reason"])[-1]
    for kind in _KINDS_OF_LINE:
        line = line.split(kind, 1)[-1]
    return line.strip()


def not_starting(log: str, places: Places) -> Exception:
    """Choose the refusal for a server that ended while starting, by what it wrote."""
    message = f"PostgreSQL does not start: {last_reason(log)}"
    if "No space left on device" in log:
        way_out = f"Free disk space under {places.home}, then run this again: nothing committed is lost"
    elif "Permission denied" in log or "invalid permissions" in log or "wrong ownership" in log:
        name = places.account.name
        way_out = f"{name} must own {places.data} with mode 0700; HANSA_STATE_DIR names another place"
    elif "shared memory block" in log or "already exists" in log:
        return StillHeldError(last_reason(log))
    else:
        way_out = f"The whole story is in {places.log}"
    return Unavailable(f"{message}. {way_out}")


def still_held(places: Places, reason: str) -> Unavailable:
    """Say that waiting did not help."""
    message = f"PostgreSQL does not start: {reason}"
    return Unavailable(f"{message}. End the processes that still use {places.data}, then run this again")


def lost_passwords(places: Places) -> Unavailable:
    """Say that data are there which nobody can open any more."""
    message = f"There are data in {places.data}, but their passwords, {places.passwords}, are lost"
    return Unavailable(f"{message}. Bring that file back, or move the folder away to start anew")


def other_major(places: Places, made_by: int, ours: int) -> Unavailable:
    """Say that the data need another version's programs."""
    message = f"The data in {places.data} were made by PostgreSQL {made_by}, this is {ours}"
    way_out = f"Set HANSA_POSTGRES_BIN to the programs of {made_by} to go on, or to dump them for {ours}"
    return Unavailable(f"{message}. {way_out}")


def cannot_become(places: Places) -> Unavailable:
    """Say that root may not drop to the unprivileged account here."""
    name = places.account.name
    message = f"PostgreSQL may not run as root, and this system does not let root become {name}"
    return Unavailable(f"{message}. Run Hansa as an ordinary user, or set DATABASE_URL to a server that runs")
