"""Statements that travel in one round trip: their answers, their checks and their failures."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime
from threading import Thread

import psycopg
import pytest
from django.db import (
    DEFAULT_DB_ALIAS,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from psycopg.types.json import Jsonb

from hansa.foundation import journeys, statements
from hansa.foundation.database_roles import OWNER
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

    with pytest.raises(IntegrityError):
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


def test_after_a_failure_within_a_savepoint_the_transaction_goes_on(database: str) -> None:
    def travel() -> None:
        with transaction.atomic(), statements.together():
            statements.send(CLAIM, ["b"])
            statements.send(CLAIM, ["a"])

    with transaction.atomic():
        statements.run(CLAIM, ["a"])
        with pytest.raises(IntegrityError):
            travel()
        statements.run(CLAIM, ["c"])

    assert _keys() == ["a", "c"]


def test_the_mapper_and_the_statements_keep_their_order(database: str) -> None:
    with transaction.atomic(), statements.together():
        statements.send(CLAIM, ["a"])
        seen = _keys()
        statements.send(CLAIM, ["b"])

    assert seen == ["a"]
    assert _keys() == ["a", "b"]


def test_plans_outlive_a_rollback_beside_queries_of_the_mapper(database: str) -> None:
    def give_up() -> None:
        with transaction.atomic():
            for _ in range(8):  # more often than psycopg needs to prepare a query by itself
                _keys()
            statements.run(CLAIM, ["a"])
            raise Refused("no more")

    for _ in range(2):
        with pytest.raises(Refused):
            give_up()

    with transaction.atomic():
        statements.run(CLAIM, ["b"])
    assert _keys() == ["b"]


def test_what_is_announced_travels_with_the_next_statement_of_either_kind(database: str) -> None:
    said = "select current_setting('hansa.word', true)"
    with transaction.atomic():
        statements.announce("select set_config('hansa.word', 'first', true)")
        first = statements.run(said)
        statements.announce("select set_config('hansa.word', 'second', true)")
        with connection.cursor() as cursor:
            cursor.execute(said)
            second = cursor.fetchall()

    assert (first, second) == ([("first",)], [("second",)])


def test_values_come_back_as_they_went(database: str) -> None:
    at = datetime(2026, 11, 3, 14, 5, 6, 789, tzinfo=UTC)
    there = [7, -(2**40), 'a "b" \\ c%', None, True, 1.5, at, [1, None, 3], ["x,y", "{}"], Jsonb({"ä": [1]})]
    back = statements.run(
        "select %s::int, %s::bigint, %s::text, %s::int, %s::bool, %s::float8, %s::timestamptz, %s::int[], %s::text[],"
        " %s::jsonb ->> 'ä', '%%'",
        there,
    )

    assert back == [(*there[:-1], "[1]", "%")]


def test_a_value_that_cannot_be_sent_leaves_the_connection_as_it_was(database: str) -> None:
    with transaction.atomic():
        statements.run(CLAIM, ["a"])
        with pytest.raises(ProgrammingError):
            statements.run("select %s", [object()])
        statements.run(CLAIM, ["b"])

    assert _keys() == ["a", "b"]


def test_a_connection_that_was_cut_is_replaced(database: str) -> None:
    def be_cut() -> None:
        with transaction.atomic():
            (pid,) = statements.run("select pg_backend_pid()")[0]
            with connections[OWNER].cursor() as owner:
                owner.execute("select pg_terminate_backend(%s)", [pid])
            statements.run("select 1")

    with pytest.raises(OperationalError):
        be_cut()
    connection.close_if_unusable_or_obsolete()

    assert statements.run("select 1") == [(1,)]


def test_a_large_batch_of_large_rows_is_carried_whole(database: str) -> None:
    with transaction.atomic(), statements.together():
        laters = [statements.send("select repeat(%s::text, 300000)", [str(n % 10)]) for n in range(40)]

    assert [later.value[0][0][:1] for later in laters] == [str(n % 10) for n in range(40)]


def test_a_statement_is_planned_once_and_not_for_its_values(database: str) -> None:
    counted = "select count(*) from stock_stocklevel where offer_id = any($1)"

    with transaction.atomic():  # one connection of the pool for all of it
        for offer in range(3):
            statements.run(counted.replace("$1", "%s"), [[offer]])
        generic, custom = statements.run(PLANS, [counted])[0]

    assert (generic, custom) == (3, 0)


def test_a_thread_that_has_ended_leaves_nothing_of_its_connection(database: str) -> None:
    left: list[weakref.ref[object]] = []

    def ask() -> None:
        assert statements.run("select 1") == [(1,)]
        left.append(weakref.ref(connections[DEFAULT_DB_ALIAS]))
        connections.close_all()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    gc.collect()

    assert left[0]() is None


def test_what_is_kept_of_a_connection_goes_with_it(database_url: str) -> None:
    session = psycopg.connect(database_url)
    carried = journeys.Carried("select %s::int + 1", [1])
    journeys.carry(session, [carried])
    left = weakref.ref(session)

    session.close()
    del session
    gc.collect()

    assert carried.rows == [(2,)]
    assert left() is None
