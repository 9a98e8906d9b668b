"""A PostgreSQL of our own for the whole run, migrated once; every test finds it empty and commits for real.

Tests inside one rolled-back transaction would never fire a deferred check, an outbox or a race.
"""

from __future__ import annotations

from collections.abc import Iterator

import django
import pytest

django.setup()

from django.conf import settings
from django.core import mail
from django.db import connections
from django.test.utils import setup_test_environment

from hansa.commerce.recommendations import selectors as recommendations
from hansa.foundation import memory, postgres, rate_limits
from hansa.foundation.database_roles import OWNER
from tests.integration.tables import make_tables


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A throwaway cluster, migrated, with its tenant walls up."""
    with postgres.throwaway() as url:
        setup_test_environment()
        for database in settings.DATABASES.values():
            database.update(address_of(str(url)))
        make_tables(str(url))
        yield str(url)
        hang_up()


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    """An empty database and no letters; what a test commits is gone after it."""
    mail.outbox.clear()
    yield database_url
    _empty()


def address_of(url: str) -> dict[str, str]:
    parts = postgres.parameters_of(url)
    return {
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "PASSWORD": parts["password"],
        "HOST": parts["host"],
        "PORT": parts.get("port", ""),
    }


def _empty() -> None:
    memory.forget()
    recommendations.forget_models()
    rate_limits.forget()
    with connections[OWNER].cursor() as cursor:
        tables = [
            table
            for table in sorted(connections[OWNER].introspection.table_names(cursor))
            if not table.startswith(("django_content_type", "auth_permission", "django_migrations"))
        ]
        cursor.execute(" union all ".join(f"(select '{table}' from {table} limit 1)" for table in tables))
        filled = [row[0] for row in cursor.fetchall()]
        if filled:
            cursor.execute(f"truncate {', '.join(filled)} restart identity cascade")


def hang_up() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
