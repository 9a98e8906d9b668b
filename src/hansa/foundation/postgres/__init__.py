"""PostgreSQL for Hansa: the one named by DATABASE_URL (15 or newer), else our own from a wheel.

    ensure_running(state_dir) -> DatabaseUrl     start it if needed; the same from any number of processes
    stop(state_dir) -> bool                      fast shutdown; False when it was not running
    status(state_dir) -> Status                  without starting anything
    url_of(state_dir) -> DatabaseUrl             without starting anything
    throwaway() -> context manager, DatabaseUrl  a cluster for tests: fsync off, gone afterwards in any case
    keeper_argv(state_dir) -> list[str]          a program for a supervisor: keeps it up, stops it on SIGTERM
    parameters_of(url) -> dict[str, str]         user, password, host, port, dbname: for Django and psycopg

The URL names the role `hansa`: owner of the database `hansa`, may create databases and roles, no superuser,
so that row-level security binds it. Refusals are `Unavailable` with the way out in the message.
"""

from hansa.foundation.postgres.service import (
    Status,
    ensure_running,
    is_alive,
    keeper_argv,
    psql_command,
    start,
    status,
    stop,
    url_of,
)
from hansa.foundation.postgres.throwaway import throwaway
from hansa.foundation.postgres.url import DatabaseUrl, parameters_of, without_password

__all__ = [
    "DatabaseUrl",
    "Status",
    "ensure_running",
    "is_alive",
    "keeper_argv",
    "parameters_of",
    "psql_command",
    "start",
    "status",
    "stop",
    "throwaway",
    "url_of",
    "without_password",
]
