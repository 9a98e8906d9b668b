"""Row-level security alone, with no filter of ours before it: no row of another platform is read, changed or made.

Merchants of one platform have no walls in the database: between them stands the application, see `test_matrix`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from hansa.foundation.tenancy import AppendOnlyModel, tenant_models
from tests.integration.api.world import House, a_house
from tests.integration.conftest import _empty

# A payout that was made up refuses any change before row-level security is asked.
REFUSED = r"row-level security|payout \d+ is closed"


@pytest.fixture(scope="module")
def houses(database_url: str) -> Iterator[tuple[House, House]]:
    with override_settings(API_LIMITS=False, WEBHOOKS_TO_PRIVATE=True):
        yield a_house("trave", "zorn"), a_house("gotland", "quax")
    _empty()


def rows_in(scope: str, table: str) -> dict[int, int]:
    """How many rows of which platform a bare query sees in a scope."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('hansa.platform', %s, true)", [scope])
        cursor.execute(f"select platform_id, count(*) from {table} group by 1")
        return dict(cursor.fetchall())


def test_a_bare_query_sees_its_own_platform_only(houses: tuple[House, House]) -> None:
    own, foreign = (house.shop.platform.pk for house in houses)
    filled = 0
    for model in tenant_models():
        table = model._meta.db_table
        everything = rows_in("*", table)
        assert rows_in(str(own), table) == {key: n for key, n in everything.items() if key == own}, table
        assert rows_in(str(foreign), table) == {key: n for key, n in everything.items() if key == foreign}, (
            table
        )
        assert rows_in("", table) == {}, table
        filled += {own, foreign} <= everything.keys()
    print(f"\nrow-level security: {len(tenant_models())} tables, {filled} with rows of both platforms")
    assert filled >= 30


CHANGES = (
    "update {table} set platform_id = platform_id where platform_id = {foreign}",
    "delete from {table} where platform_id = {foreign}",
)


def test_a_bare_statement_changes_no_row_of_another_platform(houses: tuple[House, House]) -> None:
    own, foreign = (house.shop.platform.pk for house in houses)
    for model, change in itertools.product(tenant_models(), CHANGES):
        table = model._meta.db_table
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('hansa.platform', %s, true)", [str(own)])
            if issubclass(model, AppendOnlyModel):
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    cursor.execute(change.format(table=table, foreign=foreign))
            else:
                cursor.execute(change.format(table=table, foreign=foreign))
                assert cursor.rowcount == 0, f"{table}: {change}"
            transaction.set_rollback(True)


def test_no_row_can_be_moved_to_another_platform(houses: tuple[House, House]) -> None:
    own, foreign = (house.shop.platform.pk for house in houses)
    tried = 0
    for model in tenant_models():
        table = model._meta.db_table
        if issubclass(model, AppendOnlyModel) or own not in rows_in(str(own), table):
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('hansa.platform', %s, true)", [str(own)])
            with (
                pytest.raises(DatabaseError, match=REFUSED),
                transaction.atomic(),
            ):
                cursor.execute(f"update {table} set platform_id = {foreign}")
            transaction.set_rollback(True)
        tried += 1
    assert tried >= 20


def test_no_row_can_be_made_for_another_platform(houses: tuple[House, House]) -> None:
    own, foreign = (house.shop.platform.pk for house in houses)
    tried = 0
    for model in tenant_models():
        table = model._meta.db_table
        if own not in rows_in(str(own), table):
            continue
        kept = [
            field.column
            for field in model._meta.concrete_fields
            if not field.primary_key and not field.generated and field.name != "platform"
        ]
        columns = ", ".join(f'"{each}"' for each in kept)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('hansa.platform', %s, true)", [str(own)])
            with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
                cursor.execute(
                    f"insert into {table} (platform_id, {columns}) select {foreign}, {columns} from {table} limit 1"
                )
            transaction.set_rollback(True)
        tried += 1
    assert tried >= 30
