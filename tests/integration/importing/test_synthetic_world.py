"""The made-up world through the whole path of loading: once, twice, killed half-way, beside live writers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from itertools import pairwise

import psycopg
import pytest
from django.db import connections

from hansa.commerce.accounts.models import Membership, Platform, User
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.importing import services
from hansa.commerce.importing.errors import AnotherImportRuns
from hansa.commerce.importing.loading import bulk, chunks
from hansa.commerce.importing.loading.chunks import Progress, alone
from hansa.commerce.importing.loading.ids import Ids
from hansa.commerce.importing.models import ImportedChunk, ImportedSource
from hansa.foundation import tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Refused
from tests.integration.importing.looking import broken, counts, fingerprint, one, rows, schema

pytestmark = pytest.mark.usefixtures("database")
_TODAY = date(2026, 11, 22)

# Brings the world in and dies as if by `kill -9` when so many lines are in.
_DIES = """
import os, signal, sys
from hansa.cli.runtime import with_django
with_django()
from datetime import date
from hansa.commerce.importing import services
def tell(progress):
    if progress.step == "purchases" and progress.done >= 600:
        os.kill(os.getpid(), signal.SIGKILL)
services.import_small_world(seed=1, as_of=date(2026, 11, 22), tell=tell)
"""


def test_the_world_keeps_every_promise() -> None:
    report = services.import_small_world(seed=1, as_of=_TODAY)

    assert broken() == set()
    notes = report.chunks + 1  # what is written about the import itself
    assert report.rows == sum(counts().values()) - notes
    assert one("select count(*) from catalogue_product") == 60
    assert one("select count(*) from merchants_merchant") == 12
    assert one("select count(*) from accounts_user") == 40
    assert one("select count(distinct platform_id) from orders_ordergroup") == 3


def test_a_second_run_changes_nothing_and_keeps_the_first_day() -> None:
    services.import_small_world(seed=1, as_of=_TODAY)
    before = (counts(), fingerprint())

    again = services.import_small_world(seed=2, as_of=date(2026, 12, 24))

    assert again.already_there
    assert (counts(), fingerprint()) == before
    assert ImportedSource.objects.get().as_of == _TODAY


def test_an_import_that_is_killed_goes_on_where_it_stood(database_url: str) -> None:
    services.import_small_world(seed=1, as_of=_TODAY)
    whole = (counts(), fingerprint())
    _forget_everything()

    killed = subprocess.run(
        [sys.executable, "-c", _DIES],
        env=os.environ | {"DATABASE_URL": database_url},
        check=False,
        capture_output=True,
    )
    there = set(ImportedChunk.objects.values_list("chunk", flat=True))
    lines_of_whole_chunks = one("select count(*) from orders_orderline")
    books = one("select coalesce(sum(amount), 0) from ledger_ledgerentry")
    resumed = services.import_small_world(seed=99, as_of=date(2026, 12, 1))

    assert killed.returncode == -signal.SIGKILL
    assert 0 < len({name for name in there if name.startswith("week-")}) < 8
    assert 0 < int(str(lines_of_whole_chunks)) < whole[0]["orders_orderline"]
    assert books == 0
    assert resumed.skipped_chunks == len(there)
    assert (counts(), fingerprint()) == whole
    assert broken() == set()


def test_people_are_written_down_to_sign_in_as_once() -> None:
    services.import_small_world(seed=1, as_of=_TODAY)

    first = services.ensure_demo_accounts()
    again = services.ensure_demo_accounts()

    assert first == again
    assert [account.role for account in first] == [
        "steward", "operator", "merchant", "dispatcher", "dispatcher", "dispatcher", "shopper",
    ]  # fmt: skip
    assert Membership.objects.count() == 6
    assert not any(user.has_usable_password() for user in User.objects.filter(is_demo=True))


def test_nobody_can_be_signed_in_as_before_something_was_imported() -> None:
    with pytest.raises(Refused, match="there is no merchant yet"):
        services.ensure_demo_accounts()

    assert User.objects.count() == 0


def test_goods_are_found_by_words_of_both_languages() -> None:
    services.import_small_world(seed=1, as_of=_TODAY)
    platform = Platform.objects.get(code="trave")

    with tenancy.as_platform(platform.pk):
        by_english = catalogue.search(platform_id=platform.pk, text="green tea")
        by_chinese = catalogue.search(platform_id=platform.pk, text="绿茶")

    assert [listing.title for listing in by_english.listings] == ["Anker Green Tea"]
    assert [listing.title for listing in by_chinese.listings] == ["Anker Green Tea"]


def test_parcels_are_on_their_way_to_where_their_buyers_live() -> None:
    services.import_small_world(seed=1, as_of=_TODAY)

    strays = one(
        "select count(*) from delivery_shipment s join orders_ordergroup g on g.id = s.group_id"
        " join accounts_address a on a.user_id = g.buyer_id where (a.latitude, a.longitude) <> (g.latitude, g.longitude)"
    )
    statuses = dict(rows("select status, count(*) from delivery_shipment group by 1"))
    waiting = "select distinct promised_from::date from delivery_shipment where status = 'planned'"
    promises = {day for (day,) in rows(waiting) if isinstance(day, date)}
    astray = one(
        "select count(*) from delivery_shipment s join orders_ordergroup g on g.id = s.group_id"
        " join accounts_user u on u.id = g.buyer_id where u.home_platform_id <> s.platform_id"
    )

    assert strays == 0
    assert statuses["delivered"] > 20
    assert statuses["planned"] > 3
    assert astray == 0  # nothing is sent from one town to another
    assert {day for day in promises if day >= _TODAY} <= {date(2026, 11, 23), date(2026, 11, 24)}
    assert max(promises) > _TODAY
    assert {day for day in promises if day < _TODAY} <= {date(2026, 11, day) for day in range(17, 22)}
    assert min(promises) < _TODAY  # what is due waits for its tour


def test_visits_lie_in_the_data_and_most_are_by_guests() -> None:
    services.import_small_world(seed=1, as_of=_TODAY)

    first, last = rows("select min(at), max(at) from behaviour_behaviourevent where kind <> 'rating'")[0]
    guests, known = rows(
        "select count(distinct visitor) filter (where user_id is null), count(distinct visitor) filter (where user_id is not null)"
        " from behaviour_behaviourevent where kind = 'view'"
    )[0]

    assert datetime(2026, 10, 1, tzinfo=UTC) < first < last < datetime(2026, 11, 22, tzinfo=UTC)  # type: ignore[operator]
    assert known == 40
    assert int(str(guests)) > 1_000
    assert (
        one(
            "select count(*) from behaviour_behaviourevent where (user_id is null) <> (visitor like 'guest-%')"
        )
        == 0
    )


def test_ids_of_an_import_never_meet_those_of_live_rows(database_url: str) -> None:
    services.import_small_world(seed=1, as_of=_TODAY)
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while not stop.is_set():
                connection.execute(
                    "insert into importing_importedchunk (source, chunk, digest, rows, rejected, at)"
                    " values ('live', gen_random_uuid()::text, '', 0, 0, now())"
                )

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    ids = Ids()
    taken = [ids.take("importing_importedchunk", 30_000) for _ in range(5)]
    stop.set()
    for writer in writers:
        writer.join()
    ids.close()

    live = {int(str(row[0])) for row in rows("select id from importing_importedchunk where source = 'live'")}
    blocks = [range(first, first + 30_000) for first in taken]
    assert live
    assert not any(id_ in block for block in blocks for id_ in live)
    assert all(before.stop <= after.start for before, after in pairwise(blocks))


def test_what_stands_aside_for_a_first_load_comes_back_as_it_was() -> None:
    tables = ("orders_order", "orders_orderline", "catalogue_listing")
    before = schema()

    gone = bulk.set_aside(tables)
    between = schema()
    taken_down_again = bulk.set_aside(tables)
    is_told = "schema-is-whole" in broken()
    bulk.put_back()

    assert gone == list(tables)
    assert len(before - between) > 15
    assert taken_down_again == []
    assert is_told
    assert schema() == before
    assert bulk.is_whole()


def test_tables_that_hold_rows_keep_their_indexes() -> None:
    services.import_small_world(seed=1, as_of=_TODAY)
    before = schema()

    assert bulk.set_aside(["orders_order", "orders_orderline"]) == []
    assert schema() == before


def test_two_imports_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_PATIENCE", 0.2)
    said: list[str] = []

    def second() -> None:
        try:
            services.import_small_world(seed=1)
        except AnotherImportRuns as refusal:
            said.append(refusal.message)
        finally:
            connections[OWNER].close()

    with alone():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()

    assert said == ["another import is running on this database; wait for its end"]
    assert counts()["orders_orderline"] == 0


def test_an_import_waits_for_one_that_is_just_ending() -> None:
    ending = threading.Event()

    def first() -> None:
        with alone():
            ending.set()
            time.sleep(0.5)
        connections[OWNER].close()

    thread = threading.Thread(target=first)
    thread.start()
    ending.wait()
    report = services.import_small_world(seed=1, as_of=_TODAY)
    thread.join()

    assert not report.already_there


def test_progress_is_told_step_by_step() -> None:
    told: list[Progress] = []

    services.import_small_world(seed=1, as_of=_TODAY, tell=told.append)

    assert [progress.step for progress in told[:3]] == ["platforms and places", "people", "catalogue"]
    lines = counts()["orders_orderline"]
    assert told[-2] == Progress("purchases", lines, lines)
    assert told[-1].step == "merchants scores"


def _forget_everything() -> None:
    tables = [table for table, count in counts().items() if count]
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"truncate {', '.join(tables)} restart identity cascade")
