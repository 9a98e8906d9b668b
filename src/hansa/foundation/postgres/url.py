"""The address of a database: making it, reading it, hiding its password, asking the server's version."""

from __future__ import annotations

from pathlib import Path
from typing import NewType
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from hansa.kernel.errors import InvalidInput, Unavailable

DatabaseUrl = NewType("DatabaseUrl", str)

OLDEST_MAJOR = 15


def socket_url(*, role: str, password: str, folder: Path, database: str) -> DatabaseUrl:
    """Spell the address of a server that listens on a Unix socket in `folder`."""
    where = urlencode({"host": str(folder)}, quote_via=quote, safe="")
    return DatabaseUrl(f"postgresql://{quote(role)}:{quote(password, safe='')}@/{quote(database)}?{where}")


def parameters_of(url: str) -> dict[str, str]:
    """Take an address apart into libpq's words: user, password, host, port, dbname and what else it has.

    Refuses with InvalidInput what libpq cannot read.
    """
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError:
        message = "DATABASE_URL is not a PostgreSQL address; write postgresql://USER:PASSWORD@HOST:5432/NAME"
        raise InvalidInput(message) from None  # libpq's own words repeat the password


def without_password(url: str) -> str:
    """Describe an address for people: everything but the secret."""
    parts = parameters_of(url)
    host, port = parts.get("host", "localhost"), parts.get("port", "5432")
    place = host if host.startswith("/") else f"{host}:{port}"
    return f"database {parts.get('dbname', '')} at {place} as {parts.get('user', '')}"


def checked(url: str) -> DatabaseUrl:
    """Return the address of somebody else's server once it answers and is new enough.

    Refuses with Unavailable when it does not answer, or is older than PostgreSQL 15.
    """
    where = without_password(url)
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        message = (
            f"DATABASE_URL ({where}) does not answer: {reason}. Start that server, or unset DATABASE_URL"
        )
        raise Unavailable(message) from error
    if version < OLDEST_MAJOR * 10_000:
        found = f"{version // 10_000}.{version % 10_000}"
        message = f"DATABASE_URL ({where}) is PostgreSQL {found}; Hansa needs {OLDEST_MAJOR} or newer"
        raise Unavailable(f"{message}. Unset DATABASE_URL to let Hansa start its own")
    return DatabaseUrl(url)


def answers(url: str, *, timeout_seconds: int = 2) -> bool:
    """Whether the server takes connections right now; one that is full does."""
    try:
        psycopg.connect(url, connect_timeout=timeout_seconds).close()
    except psycopg.OperationalError as error:
        return "too many clients" in str(error) or "remaining connection slots" in str(error)
    return True
