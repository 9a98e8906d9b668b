"""Statements of the foundation: planned once on a connection, however often they run."""

from __future__ import annotations

from django.db import transaction

from hansa.foundation import statements

PLANS = (
    "select sum(generic_plans)::int, sum(custom_plans)::int from pg_prepared_statements where statement = %s"
)


def test_a_statement_is_planned_once_and_not_for_its_values(database: str) -> None:
    counted = "select count(*) from stock_stocklevel where offer_id = any($1)"

    with transaction.atomic():  # one connection of the pool for all of it
        for offer in range(3):
            statements.run(counted.replace("$1", "%s"), [[offer]])
        generic, custom = statements.run(PLANS, [counted])[0]

    assert (generic, custom) == (3, 0)
