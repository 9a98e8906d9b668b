"""Bring up what a command stands on: the database and Django, in that order."""

from __future__ import annotations

import os

import django

from hansa.foundation import postgres
from hansa.foundation.state import state_dir


def with_database() -> None:
    """Make sure PostgreSQL runs and Django is set up; commands call it before they import any model."""
    os.environ["DATABASE_URL"] = str(postgres.ensure_running(state_dir()))
    with_django()


def with_django() -> None:
    """Set Django up against the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.config.settings")
    django.setup()


def migrate(*, verbosity: int = 0) -> None:
    """Bring the schema up to date and raise the tenant walls; safe to run at any time."""
    from django.core.management import call_command

    from hansa.foundation import tenancy
    from hansa.foundation.database_roles import OWNER

    call_command("migrate", database=OWNER, interactive=False, verbosity=verbosity, skip_checks=True)
    tenancy.build_walls()
