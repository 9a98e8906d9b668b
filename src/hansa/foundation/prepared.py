"""Queries of the mapper that are written once: compiled in each process at their first use, then only run.

Building and compiling a query costs the mapper several times what PostgreSQL takes to answer it. A prepared query
keeps the statement and how its rows become objects; it runs on a kept plan, and several can travel `together`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, ForeignKey, Lookup, QuerySet, prefetch_related_objects
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from hansa.foundation import statements
from hansa.foundation.statements import Later, Rows

Row = TypeVar("Row")


class Given(Expression):
    """What a prepared query is told when it runs: stands in a filter where its value would."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return "%s", [self]


@Field.register_lookup
@ForeignKey.register_lookup
class AnyOf(Lookup):
    """``field__any=Given("ids")``: the field is one of a list that is one parameter, whatever its length."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} = any({right})", [*left_parameters, *right_parameters]


@dataclass(frozen=True)
class _Compiled(Generic[Row]):
    statement: str
    parameters: Sequence[Any]
    read: Callable[[Rows], list[Row]]


class Prepared(Generic[Row]):
    """A query that is compiled once. ``make`` builds it; each of its parameters is handed over as a `Given`.

    Objects come with what ``select_related`` and annotations give them; what ``prefetch_related`` asks for is
    asked behind them, if there are any. Values come as ``values_list`` has them.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]]) -> None:
        self._make = make

    def send(self, **given: Any) -> Later[list[Row]]:
        """Run it with these values; inside `statements.together` without waiting. Raises KeyError where one is missing."""
        compiled = self._compiled
        values = [given[each.name] if isinstance(each, Given) else each for each in compiled.parameters]
        return statements.send(compiled.statement, values, compiled.read)

    def all(self, **given: Any) -> list[Row]:
        """Run it with these values at once."""
        return self.send(**given).value

    def first(self, **given: Any) -> Row | None:
        """The first row with these values."""
        return next(iter(self.all(**given)), None)

    @cached_property
    def _compiled(self) -> _Compiled[Row]:
        names = inspect.signature(self._make).parameters
        query = self._make(**{name: Given(name) for name in names})
        compiler = query.query.get_compiler(DEFAULT_DB_ALIAS)
        statement, parameters = compiler.as_sql()
        return _Compiled(statement, tuple(parameters), _reader(query, compiler))


def _reader(query: QuerySet[Any, Row], compiler: SQLCompiler) -> Callable[[Rows], list[Row]]:
    """How rows become what the query promises, as the mapper's own iterables do it."""
    converters = compiler.get_converters([each[0] for each in compiler.select[: compiler.col_count]])
    kind = query._iterable_class  # what the rows become; nothing public says it
    make: Callable[[Sequence[Any]], Any]
    if issubclass(kind, ModelIterable):
        make = _maker_of_objects(query, compiler)
    elif issubclass(kind, FlatValuesListIterable):
        make = lambda row: row[0]  # noqa: E731 - one of three ways
    else:
        make = tuple
    wanted_behind = query._prefetch_related_lookups  # type: ignore[attr-defined]

    def read(rows: Rows) -> list[Row]:
        converted = compiler.apply_converters(rows, converters) if converters else rows
        found: list[Any] = [make(row) for row in converted]
        if found and wanted_behind:
            prefetch_related_objects(found, *wanted_behind)
        return found

    return read


def _maker_of_objects(query: QuerySet[Any, Row], compiler: SQLCompiler) -> Callable[[Sequence[Any]], Any]:
    told, select = compiler.klass_info, compiler.select
    first, last = told["select_fields"][0], told["select_fields"][-1] + 1
    names = [each[0].target.attname for each in select[first:last]]
    related = get_related_populators(told, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # stubs of a later Django
    annotated = compiler.annotation_col_map or {}
    model = told["model"]

    def make(row: Sequence[Any]) -> Any:
        made = model.from_db(DEFAULT_DB_ALIAS, names, row[first:last])
        for each in related:
            each.populate(row, made)
        for name, place in annotated.items():
            setattr(made, name, row[place])
        return made

    return make
