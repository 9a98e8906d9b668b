"""Migrations run as the owner of the tables only: the application role may not change the schema."""

from __future__ import annotations

from typing import Any

from hansa.foundation.database_roles import OWNER


class MigrateAsOwner:
    """A database router."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == OWNER

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        return True
