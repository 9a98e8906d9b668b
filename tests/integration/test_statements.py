"""Statements that travel in one round trip: their answers, their checks and their failures."""

from __future__ import annotations

import psycopg
import pytest
from django.db import transaction

from hansa.foundation import statements
from hansa.foundation.models import IdempotencyRecord
from hansa.kernel.errors import Refused

PLANS = (
    "select sum(generic_plans)::int, sum(custom_plans)::int from pg_prepared_statements where statement = %s"
)
CLAIM = "insert into idempotency_record (scope, key, body_hash, at) values ('s', %s, '', now())"


def _keys() -> list[str]:
    return list(IdempotencyRecord.objects.order_by("key").values_list("key", flat=True))


def test_statements_sent_together_are_all_done_and_answered_in_order(database: str) -> None:
    with transaction.atomic(), statements.together():
        statements.send(CLAIM, ["a"])
        statements.send(CLAIM, ["b"])
        counted = statements.send("select count(*) from idempotency_record")

    assert counted.value == [(2,)]
    assert _keys() == ["a", "b"]


def test_an_answer_that_is_needed_early_is_waited_for(database: str) -> None:
    with transaction.atomic(), statements.together():
        first = statements.send("select 20")
        second = statements.send("select %s::int + 1", [first.value[0][0]])

    assert second.value == [(21,)]


def test_outside_together_a_statement_is_looked_at_at_once(database: str) -> None:
    seen: list[statements.Rows] = []

    statements.send("select 1", [], seen.append)

    assert seen == [[(1,)]]


def test_a_reading_that_refuses_undoes_what_travelled_with_it(database: str) -> None:
    def refuse(rows: statements.Rows) -> None:
        raise Refused(f"not with {rows[0][0]}")

    def travel() -> None:
        with transaction.atomic(), statements.together():
            statements.send(CLAIM, ["a"])
            statements.send("select 7", [], refuse)
            statements.send(CLAIM, ["b"])

    with pytest.raises(Refused, match="not with 7"):
        travel()

    assert _keys() == []


def test_a_statement_that_fails_is_named_and_undoes_the_others(database: str) -> None:
    def travel() -> None:
        with transaction.atomic(), statements.together():
            statements.send(CLAIM, ["a"])
            statements.send(CLAIM, ["a"])
            statements.send(CLAIM, ["b"])

    with pytest.raises(psycopg.errors.UniqueViolation):
        travel()

    assert _keys() == []
    assert statements.run("select 1") == [(1,)]


def test_a_refusal_inside_undoes_what_was_sent_before_it(database: str) -> None:
    def travel() -> None:
        with transaction.atomic(), statements.together():
            statements.send(CLAIM, ["a"])
            raise Refused("no more")

    with pytest.raises(Refused):
        travel()

    assert _keys() == []


def test_a_statement_is_planned_once_and_not_for_its_values(database: str) -> None:
    counted = "select count(*) from stock_stocklevel where offer_id = any($1)"

    with transaction.atomic():  # one connection of the pool for all of it
        for offer in range(3):
            statements.run(counted.replace("$1", "%s"), [[offer]])
        generic, custom = statements.run(PLANS, [counted])[0]

    assert (generic, custom) == (3, 0)
