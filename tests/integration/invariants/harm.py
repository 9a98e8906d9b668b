"""Words to damage a database with that does not defend itself any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models, transaction

from hansa.foundation.database_roles import OWNER

_STRIP = """
do $$ declare found record; begin
  for found in select conrelid::regclass as place, conname from pg_constraint
      where connamespace = current_schema()::regnamespace and conrelid <> 0 and contype in ('f', 'c') loop
    execute format('alter table %s drop constraint %I', found.place, found.conname);
  end loop;
  for found in select conrelid::regclass as place, conname from pg_constraint
      where connamespace = current_schema()::regnamespace and contype in ('u', 'x') loop
    execute format('alter table %s drop constraint %I', found.place, found.conname);
  end loop;
  for found in select i.indexrelid::regclass as place from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = current_schema()::regnamespace and i.indisunique and not i.indisprimary loop
    execute format('drop index %s', found.place);
  end loop;
  for found in select t.tgrelid::regclass as place, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal loop
    execute format('drop trigger %I on %s', found.tgname, found.place);
  end loop;
end $$;
"""


@dataclass(frozen=True)
class Row:
    """A row that nobody would let in; columns that are not named are filled with nothings."""

    model: str
    values: dict[str, Any]

    def write(self) -> tuple[Any, ...]:
        model = apps.get_model(self.model)
        columns, values = [], []
        for field in model._meta.concrete_fields:
            given = self.values.get(field.column, self.values.get(field.name, _Missing))
            if given is _Missing and (
                field.primary_key
                or field.null
                or field.db_default is not models.NOT_PROVIDED
                or field.generated
            ):
                continue
            columns.append(f'"{field.column}"')
            values.append(_nothing(field) if given is _Missing else given)
        into = f"insert into {model._meta.db_table} ({', '.join(columns)})"
        return run(f"{into} values ({', '.join(['%s'] * len(values))}) returning id", values)


class _Missing:
    """No value was given."""


def a(model: str, **values: Any) -> Row:
    return Row(model, values)


def run(statement: str, values: list[Any] | None = None) -> tuple[Any, ...]:
    """Run a statement as the owner; answers its first row."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.description is None:
            return ()
        row = cursor.fetchone()
    assert row is not None, f"nothing was there to be damaged: {statement}"
    return tuple(row)


@contextmanager
def undefended() -> Iterator[None]:
    """Take every constraint, unique index and trigger down, for as long as the block runs; nothing in it is kept."""
    with transaction.atomic(using=OWNER):
        run(_STRIP)
        yield
        transaction.set_rollback(True, using=OWNER)


@contextmanager
def undone() -> Iterator[None]:
    """Damage, and undo it."""
    with transaction.atomic(using=OWNER):
        yield
        transaction.set_rollback(True, using=OWNER)


def _nothing(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.DateTimeField):
        return datetime.now(UTC)
    if isinstance(field, models.DateField):
        return date(2026, 3, 2)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.JSONField):
        return json.dumps({})
    if isinstance(field, ArrayField):
        return []
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, models.CharField | models.TextField):
        return ""
    return 1 if isinstance(field, models.ForeignKey) else 0
