"""Tenant walls: who sees which platform's rows, held by PostgreSQL row-level security.

Selectors filter by platform; this is the second wall behind them. The web and the worker connect with
the role ``hansa_app``, which owns nothing: a query outside any scope sees no tenant row at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.apps import apps
from django.db import connections, models, transaction

from hansa.foundation import statements
from hansa.foundation.database_roles import APP_ROLE, OWNER

_EVERY_PLATFORM = "*"
_scope: ContextVar[str] = ContextVar("hansa_tenant_scope", default="")


class TenantModel(models.Model):
    """A row that belongs to one platform and is invisible to the others.

    The platform alone has no index: a handful of values picks nothing out; composite indexes begin with it.
    """

    platform = models.ForeignKey(
        "accounts.Platform", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class AppendOnlyModel(models.Model):
    """A row that is written once: the database refuses to change or delete it."""

    class Meta:
        abstract = True


@contextmanager
def as_platform(platform_id: int) -> Iterator[None]:
    """Open a transaction that sees the rows of one platform only."""
    with _in_scope(str(platform_id)):
        yield


@contextmanager
def as_alliance() -> Iterator[None]:
    """Open a transaction that sees every platform: for workers, the steward's page and shared jobs."""
    with _in_scope(_EVERY_PLATFORM):
        yield


@contextmanager
def unsealed() -> Iterator[None]:
    """Let rows that are written once be deleted in the running transaction, for a person's wish to be forgotten.

    Inside, statements run as the tables' owner, for whom no wall stands: they name the platform themselves.
    """
    statements.run("select set_config('role', 'none', true), set_config('hansa.erasing', 'yes', true)")
    yield
    statements.run(f"select set_config('role', '{APP_ROLE}', true), set_config('hansa.erasing', '', true)")


@contextmanager
def _in_scope(scope: str) -> Iterator[None]:
    outer = _scope.get()
    with transaction.atomic():
        _tell(scope)
        token = _scope.set(scope)
        try:
            yield
        except BaseException:
            statements.forget_announced()
            raise
        finally:
            _scope.reset(token)
        if outer:
            _tell(outer)
        else:  # the outermost scope ends with its transaction
            statements.forget_announced()


def _tell(scope: str) -> None:
    # Local to the transaction: a pooled connection cannot carry one tenant's scope to the next request.
    # Workers copy whole tables past the mapper, so theirs is told at once; a page's travels with its first query.
    tell = statements.run if scope == _EVERY_PLATFORM else statements.announce
    tell("select set_config('hansa.platform', %s, true)", [scope])


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def append_only_models() -> list[type[AppendOnlyModel]]:
    return [model for model in apps.get_models() if issubclass(model, AppendOnlyModel)]


def create_role() -> None:
    """Make the application role, which owns nothing, where it is missing."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(_CREATE_ROLE)


def build_walls() -> None:
    """Give the application role its rights and raise every wall; safe to run after each migration."""
    create_role()
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(f"grant usage on schema public to {APP_ROLE}")
        cursor.execute(f"grant select, insert, update, delete on all tables in schema public to {APP_ROLE}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {APP_ROLE}")
        cursor.execute(f"grant execute on all functions in schema public to {APP_ROLE}")
        for tenant in tenant_models():
            cursor.execute(_wall_of(tenant._meta.db_table))
        cursor.execute(_REFUSE_CHANGE)
        for written_once in append_only_models():
            cursor.execute(_seal_of(written_once._meta.db_table))


_CREATE_ROLE = f"""
do $$ begin
  if not exists (select from pg_roles where rolname = '{APP_ROLE}') then
    create role {APP_ROLE} nologin nosuperuser nobypassrls;
  end if;
  -- Whoever makes a role may not at once become it (PostgreSQL 16 and later): say so once more.
  execute format('grant {APP_ROLE} to %I', current_user);
end $$;
"""

_REFUSE_CHANGE = """
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  -- A person's wish to be forgotten goes before the seal. The application role has no right to change these
  -- rows whatever it sets: only the tables' owner, who sets this for one transaction.
  if current_setting('hansa.erasing', true) = 'yes' then
    return coalesce(new, old);
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
"""


def _wall_of(table: str) -> str:
    # The sub-select is planned once per query; a bare current_setting() would be called for each row.
    return f"""
    alter table {table} enable row level security;
    drop policy if exists one_platform on {table};
    create policy one_platform on {table} to {APP_ROLE} using (
      platform_id::text = (select current_setting('hansa.platform', true))
      or (select current_setting('hansa.platform', true)) = '{_EVERY_PLATFORM}'
    );
    """


def _seal_of(table: str) -> str:
    return f"""
    revoke update, delete on {table} from {APP_ROLE};
    create or replace trigger append_only before update or delete on {table}
      for each row execute function refuse_change();
    """
