"""The promises that must hold on a live database at any moment, and the checker that looks for breaches.

Each app states its own in ``invariants.py`` as SQL that finds the rows breaking the promise: a healthy
system answers none. The statements are set-based and run in one read-only snapshot.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import connections, transaction

from hansa.foundation.database_roles import APP_ROLE, OWNER
from hansa.foundation.tenancy import append_only_models, tenant_models

SHOWN = 5


@dataclass(frozen=True)
class Invariant:
    """A promise in words, and the statement whose every row breaks it."""

    name: str
    promise: str
    sql: str


@dataclass(frozen=True)
class Finding:
    """What the checker found for one promise: how many breaches, and the first few."""

    invariant: Invariant
    breaches: int
    examples: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return self.breaches == 0


def all_invariants() -> list[Invariant]:
    """Every promise, in the order of the apps."""
    found: list[Invariant] = []
    for config in apps.get_app_configs():
        module = f"{config.name}.invariants"
        if (
            config.name.startswith("hansa.")
            and config.name != __package__
            and importlib.util.find_spec(module) is not None
        ):
            found += importlib.import_module(module).INVARIANTS
    return [*found, *_OWN]


def check(invariants: Sequence[Invariant] | None = None) -> Iterator[Finding]:
    """Look for breaches of each promise in one snapshot of the database, as its owner."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        for invariant in invariants if invariants is not None else [*all_invariants(), *_walls()]:
            cursor.execute(f"select count(*) over (), found.* from ({invariant.sql}) found limit {SHOWN}")
            rows = cursor.fetchall()
            yield Finding(invariant, rows[0][0] if rows else 0, tuple(_said(row[1:]) for row in rows))


def _said(row: tuple[object, ...]) -> str:
    return ", ".join(str(value) for value in row)


_OWN = [
    Invariant(
        "outbox-drained",
        "every event older than five minutes has been delivered, or is parked with a reason",
        "select id, kind from outbox_event where done_at is null and parked_reason = ''"
        " and recorded_at < now() - interval '5 minutes' and not_before < now() - interval '1 minute'",
    ),
    Invariant(
        "effect-at-most-once",
        "no consumer has handled an event twice",
        "select event_id, consumer from outbox_effect group by 1, 2 having count(*) > 1",
    ),
    Invariant(
        "idempotency-answered",
        "every claimed key has its answer: claim and effect commit together",
        "select scope, key from idempotency_record where answer is null",
    ),
]


def _walls() -> list[Invariant]:
    """Row-level security stands on every tenant table, and nothing written once can be changed."""
    tenants = ", ".join(f"('{model._meta.db_table}')" for model in tenant_models())
    sealed = ", ".join(f"('{model._meta.db_table}')" for model in append_only_models())
    return [
        Invariant(
            "tenant-walls",
            "every tenant table has row-level security, and the application role cannot pass it",
            f"select name from (values {tenants}) tenant(name) left join pg_class c on c.relname = name"
            " left join pg_policy p on p.polrelid = c.oid where p.oid is null or not c.relrowsecurity"
            f" union all select rolname from pg_roles where rolname = '{APP_ROLE}' and (rolsuper or rolbypassrls)",
        ),
        Invariant(
            "append-only",
            "the application role can neither change nor delete what is written once",
            f"select name from (values {sealed}) sealed(name) where"
            f" has_table_privilege('{APP_ROLE}', name, 'update') or has_table_privilege('{APP_ROLE}', name, 'delete')",
        ),
    ]
