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
from django.conf import settings
from django.db import connections, transaction
from django.db.models import ForeignKey
from django.utils.module_loading import import_string

from hansa.foundation.database_roles import APP_ROLE, OWNER
from hansa.foundation.outbox import Subscription
from hansa.foundation.tenancy import TenantModel, append_only_models, tenant_models

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
    return [*found, *_OWN, _told_to_all(), *_walls()]


def check(invariants: Sequence[Invariant] | None = None) -> Iterator[Finding]:
    """Look for breaches of each promise in one snapshot of the database, as its owner."""
    with transaction.atomic(using=OWNER):
        with connections[OWNER].cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        for invariant in invariants if invariants is not None else all_invariants():
            yield look(invariant)


def look(invariant: Invariant) -> Finding:
    """Look for breaches of one promise, in the transaction that the owner has open."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"select count(*) over (), found.* from ({invariant.sql}) found limit {SHOWN}")
        rows = cursor.fetchall()
    return Finding(invariant, rows[0][0] if rows else 0, tuple(_said(row[1:]) for row in rows))


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
        "every claimed key has its answer, and only one: claim and effect commit together",
        "select scope, key from idempotency_record group by 1, 2 having count(*) > 1 or bool_or(answer is null)",
    ),
    Invariant(
        "no-job-on-a-dead-worker",
        "no job is left for five minutes in the hands of a worker who gives no sign of life",
        "select j.id, j.task_name from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id"
        " where j.status = 'doing' and w.last_heartbeat > now() - interval '5 minutes' is not true"
        " and not exists (select from procrastinate_events e where e.job_id = j.id and e.type = 'started'"
        "   and e.at > now() - interval '5 minutes')",
    ),
]


def _told_to_all() -> Invariant:
    """Since a consumer has heard the first event of a kind, it has heard every later one that counts as delivered."""
    subscriptions: list[Subscription] = import_string(settings.OUTBOX_SUBSCRIPTIONS)
    wishes = ", ".join(
        f"('{each.consumer}', '{kind.__name__}')" for each in subscriptions for kind in each.kinds
    )
    return Invariant(
        "effect-at-least-once",
        "an event counts as delivered only when every consumer of its kind has handled it",
        f"select e.id, e.kind, s.consumer from (select w.consumer, w.kind, min(e.id) as id"
        f"   from (values {wishes}) w (consumer, kind) join outbox_effect f on f.consumer = w.consumer"
        "   join outbox_event e on e.id = f.event_id and e.kind = w.kind group by 1, 2) s"
        " join outbox_event e on e.kind = s.kind and e.id > s.id and e.done_at is not null"
        " left join outbox_effect f on f.event_id = e.id and f.consumer = s.consumer where f.id is null",
    )


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
        Invariant(
            "family-stays-together",
            "every row of a platform points only to rows that exist, and to none of another platform",
            " union all ".join(_strays()),
        ),
    ]


def _strays() -> Iterator[str]:
    """For each key between rows of platforms: the rows whose parent is missing or lives elsewhere."""
    for model in tenant_models():
        table = model._meta.db_table
        for field in model._meta.concrete_fields:
            if not isinstance(field, ForeignKey) or field.model is not model:
                continue
            parent = field.remote_field.model
            if issubclass(parent, TenantModel):
                yield (
                    f"select '{table}.{field.column}' as key, c.id from {table} c"
                    f" left join {parent._meta.db_table} p on p.id = c.{field.column}"
                    f" where c.{field.column} is not null and c.platform_id is distinct from p.platform_id"
                )
