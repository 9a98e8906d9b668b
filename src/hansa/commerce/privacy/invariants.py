"""What is promised about people: who was forgotten is gone, and nothing knows of people without the register knowing it."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import ForeignKey

from hansa.commerce.privacy.models import Erasure
from hansa.commerce.privacy.register import HOLDINGS, IMPERSONAL, Fate, Holding, Person
from hansa.foundation.invariants import Invariant

_ANYBODY = Person(id=-1, names=(), purchases=())


def _still_there() -> Iterator[str]:
    """For each holding that is told by a person's key: the rows that erasure should have deleted or written over."""
    yield (
        "select 'accounts_user' as place, u.id from privacy_erasure e join accounts_user u on u.id = e.person_id"
        " where u.username <> 'erased-' || u.id or u.is_active"
        " or u.email || u.first_name || u.last_name || u.display_name <> ''"
    )
    for holding in HOLDINGS:
        key = _key_of(holding)
        if key is None:
            continue
        table = apps.get_model(holding.model)._meta.db_table
        forgotten = f"select '{table}', h.id from {table} h join privacy_erasure e on e.person_id = h.{key}"
        if holding.fate is Fate.DELETED:
            yield forgotten
        elif callable(holding.fate):
            blank = [name for name, value in holding.fate(_ANYBODY).items() if value == ""]
            if blank:
                yield f"{forgotten} where {' || '.join(f'h.{name}' for name in blank)} <> ''"


def _key_of(holding: Holding) -> str | None:
    """The column that holds the person's key, where that alone tells whose a row is or could be."""
    model = apps.get_model(holding.model)
    for child in holding.whose(_ANYBODY).children:
        if isinstance(child, tuple) and child[1] == _ANYBODY.id and "__" not in child[0] and child[0] != "pk":
            field = model._meta.get_field(child[0])
            return str(field.column if isinstance(field, ForeignKey) else field.name)
    return None


def _unclassified() -> str:
    """Tables with words in them that the register does not know, and columns that no model knows."""
    known = {holding.model for holding in HOLDINGS} | set(IMPERSONAL)
    models = [apps.get_model(each) for each in sorted(known)]
    others = ", ".join(f"'{table}'" for table in _OTHERS)
    columns = ", ".join(
        f"('{model._meta.db_table}', '{field.column}')"
        for model in models
        for field in model._meta.concrete_fields
    )
    return (
        "select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        f" left join (values {columns}) k (name, col) on k.name = c.relname and k.col = a.attname"
        " where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and k.col is null"
        " and a.attnum > 0 and not a.attisdropped and (c.relname in ({names})"
        f"   or a.atttypid in ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype) and c.relname not in ({others}))"
    ).replace("{names}", ", ".join(f"'{model._meta.db_table}'" for model in models))


_OTHERS = ("django_migrations", "accounts_attempts", Erasure._meta.db_table)  # no words of or about people

INVARIANTS = [
    Invariant(
        "forgotten-is-gone",
        "of everybody who was forgotten, what the register says is deleted or written over is gone",
        " union all ".join(_still_there()),
    ),
    Invariant(
        "every-column-is-classified",
        "no table or column with words in it stands outside the register of personal data",
        _unclassified(),
    ),
]
