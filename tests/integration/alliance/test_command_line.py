"""The commands of the lake and the alliance, as a shell sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from django.db import connections, transaction
from typer.testing import CliRunner

from hansa.alliance.lake import handlers as lake_handlers
from hansa.alliance.settlement import handlers
from hansa.cli import alliance, lake, runtime
from hansa.commerce.behaviour.events import BehaviourSeen
from hansa.commerce.orders.events import PurchasePaid
from hansa.foundation import outbox
from hansa.foundation.database_roles import OWNER
from hansa.foundation.outbox import Subscription
from hansa.kernel.errors import InvalidInput, NotFound
from tests.factories import a_shopper
from tests.integration.alliance.scene import a_pair
from tests.integration.alliance.test_settlement import sell

pytestmark = pytest.mark.usefixtures("database")

SUBSCRIPTIONS = [
    Subscription("lake.order_lines", lake_handlers.on_purchase_paid, (PurchasePaid,)),
    Subscription("lake.behaviour", lake_handlers.on_behaviour_seen, (BehaviourSeen,)),
    Subscription("settlement.sale", handlers.on_purchase_paid, (PurchasePaid,)),
]


@pytest.fixture(autouse=True)
def _with_this_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "with_database", lambda: None)
    monkeypatch.setattr(runtime, "with_django", lambda: None)


def told(app: typer.Typer, *words: str, exit_code: int = 0) -> Any:
    """Run a command with --json and read what it says."""
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def test_the_lake_is_filled_counted_and_asked() -> None:
    pair = a_pair()
    pair.shop.buy(a_shopper(), [("tea", 3)])
    outbox.drain(SUBSCRIPTIONS)

    before = told(lake.app, "status")
    flushed = told(lake.app, "flush")
    pair.shop.buy(a_shopper("cy"), [("tea", 2)])
    backfilled = told(lake.app, "backfill")
    asked = told(lake.app, "query", "select quantity from order_lines order by 1")
    cut = told(lake.app, "query", "select quantity from order_lines", "--most-rows", "1")
    compacted = told(lake.app, "compact")

    assert (before["tables"][0]["rows"], before["tables"][0]["waiting"]) == (0, 1)
    assert (flushed["rows"] >= 1, flushed["quarantined"]) == (True, 0)
    assert backfilled["order_lines"]["rows"] == 1
    assert asked == {"rows": [{"quantity": 2}, {"quantity": 3}], "is_cut": False}
    assert cut["is_cut"] is True
    assert set(compacted) == {"order_lines", "behaviour"}


def test_tables_are_printed_for_people_too() -> None:
    a_pair()

    printed = [
        CliRunner().invoke(app, words, catch_exceptions=False).stdout
        for app, *words in (
            (lake.app, "status"),
            (alliance.app, "members"),
            (alliance.app, "audit", "tail"),
            (alliance.app, "settle"),
        )
    ]

    assert "order_lines" in printed[0]
    assert "trave" in printed[1]
    assert "member.admitted" in printed[2]


def test_members_leave_and_its_end_are_told() -> None:
    a_pair(fee_bp=500)

    given = told(alliance.app, "grant", "trave", "alster", "stock.promise", "--days", "7")
    told(alliance.app, "revoke", str(given["grant"]))
    listed = told(alliance.app, "members")

    assert [member["member"] for member in listed["members"]] == ["trave", "alster"]
    assert (listed["grants"][0]["scope"], listed["grants"][0]["revoked"]) == ("stock.promise", True)
    with pytest.raises(NotFound, match="members are: trave, alster"):
        told(alliance.app, "grant", "trave", "nowhere", "stock.promise")


def test_sales_are_settled_and_books_compared() -> None:
    pair = a_pair(fee_bp=500)
    sell(pair)

    settled = told(alliance.app, "settle")
    again = told(alliance.app, "settle")

    assert [(batch["amount"], batch["differences"]) for batch in settled["batches"]] == [(1_425, [])]
    assert again == {"batches": []}


def test_a_broken_audit_chain_ends_with_one() -> None:
    a_pair()
    whole = told(alliance.app, "audit", "verify")

    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("alter table alliance_auditevent disable trigger append_only")
        cursor.execute("update alliance_auditevent set actor = 'nobody' where sequence = 2")
        cursor.execute("alter table alliance_auditevent enable trigger append_only")
    broken = told(alliance.app, "audit", "verify", exit_code=1)

    assert (whole["holds"], whole["lines"]) == (True, 4)
    assert (broken["holds"], broken["first_broken"]) == (False, 2)


def test_a_joint_job_without_pairs_runs_and_says_so() -> None:
    pair = a_pair()
    pair.shop.buy(a_shopper(), [("tea", 3)])
    told(lake.app, "backfill")

    done = told(alliance.app, "run", "co-purchase")

    assert (done["engine"], done["rows"], done["inputs"]) == ("duckdb", 0, {"order_lines": 1})


def test_a_call_needs_offers_with_units_and_a_gateway() -> None:
    a_pair(endpoint="http://127.0.0.1:1")

    with pytest.raises(InvalidInput, match="write 12:3"):
        told(alliance.app, "call", "trave", "alster", "tea")
