"""The sandbox provider's own place in the database: a schema and a role that see nothing of ours, nor we of theirs."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from hansa.commerce.payments.sandbox_provider.schema import TABLES

SCHEMA = ROLE = "sandbox_provider"
_LOCK = 7_319_004  # two starting at once take turns
Rows = psycopg.Connection[dict[str, object]]
Pool = ConnectionPool[Rows]


def prepare(url: str) -> None:
    """Make the role, the schema and the tables where they are missing."""
    names = {"role": sql.Identifier(ROLE), "schema": sql.Identifier(SCHEMA)}
    with psycopg.connect(url) as owner:
        owner.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        if owner.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone() is None:
            owner.execute(sql.SQL("create role {role} nologin nosuperuser nobypassrls").format(**names))
        owner.execute(sql.SQL("grant {role} to current_user").format(**names))
        owner.execute(sql.SQL("create schema if not exists {schema} authorization {role}").format(**names))
        owner.execute(sql.SQL("set local role {role}").format(**names))
        owner.execute(sql.SQL("set local search_path to {schema}").format(**names))
        owner.execute(TABLES.encode())


def pool(url: str, *, size: int = 6) -> Pool:
    """Connections that have given up every right but those in the provider's own schema."""
    mine = make_conninfo(
        url, options=f"-c role={ROLE} -c search_path={SCHEMA}", application_name="sandbox-provider"
    )
    return ConnectionPool(
        mine, min_size=1, max_size=size, kwargs={"row_factory": dict_row}, open=True, timeout=10
    )
