"""The alliance console: members and leave, calls, joint jobs, the lake, the audit chain, settlement."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections

from hansa.alliance import tasks
from hansa.alliance.gateway import capabilities, services
from hansa.alliance.gateway.schemas import OrderForwardIn
from hansa.alliance.gateway.signing import CallRefused
from hansa.alliance.governance import services as governance
from hansa.alliance.lake import services as lake
from hansa.alliance.models import (
    AuditEvent,
    GatewayMessage,
    Grant,
    JobRun,
    Member,
    SettlementBatch,
    SettlementItem,
)
from hansa.alliance.settlement import handlers
from hansa.commerce.orders.events import PurchaseCancelled, PurchasePaid
from hansa.foundation import outbox
from hansa.foundation.database_roles import OWNER
from hansa.foundation.outbox import Subscription
from hansa.kernel.clock import system_clock
from tests.factories import NOON, a_person, a_platform, a_shop, a_shopper
from tests.integration.alliance.scene import Pair, a_call, a_pair, an_order
from tests.integration.web.desks import Role, Visitor, a_worker, row, somebody, words

pytestmark = pytest.mark.usefixtures("database")

DESK = "/desk/alliance/"
PAGES = ["", "leave/", "calls/", "jobs/", "lake/", "audit/", "settlement/"]
SUBSCRIPTIONS = [
    Subscription("settlement.sale", handlers.on_purchase_paid, (PurchasePaid,)),
    Subscription("settlement.return", handlers.on_purchase_cancelled, (PurchaseCancelled,)),
]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys and a lake of this test alone."""
    monkeypatch.setenv("HANSA_STATE_DIR", str(tmp_path))
    return tmp_path


def a_steward() -> Visitor:
    return a_worker(Role.STEWARD)


def sell(pair: Pair, quantity: int = 3, *, number: int = 1) -> str:
    """The seller sells tea of the fulfiller; answers the purchase's number."""
    body = an_order(pair, quantity=quantity, agreed_total=500 * quantity)
    request = a_call(pair, scope="order.forward", body=body, nonce=f"nonce-{number:04}", key=f"key-{number}")
    admitted = services.admit(request, receiver_code="alster", scope="order.forward", now=NOON)
    placed = capabilities.forward_order(admitted, OrderForwardIn.model_validate_json(request.body), now=NOON)
    outbox.drain(SUBSCRIPTIONS)
    return placed.number


def corrupt(table: str, change: str) -> None:
    """Change what is written once, as only somebody with the owner's rights and bad intent could."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute(f"update {table} {change}")
        cursor.execute(f"alter table {table} enable trigger user")


@pytest.mark.parametrize("page", PAGES)
def test_the_console_opens_to_the_steward_alone(page: str) -> None:
    platform = a_platform()

    assert a_steward().get(DESK + page).status_code == 200
    assert a_worker(Role.OPERATOR, platform).get(DESK + page).status_code == 403
    assert somebody(a_person()).get(DESK + page).status_code == 403
    assert somebody().get(DESK + page).headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    "path", ["members/trave/", "leave/1/revoke/", "jobs/run/", "settlement/close/", "leave/"]
)
def test_only_the_steward_presses_its_buttons(path: str) -> None:
    pair = a_pair()
    operator = a_worker(Role.OPERATOR, pair.shop.platform)

    assert operator.post(DESK + path, reason="mine").status_code == 403
    assert set(Member.objects.values_list("status", flat=True)) == {"active"}
    assert Grant.objects.filter(revoked_at__isnull=True).count() == 2


def test_members_are_shown_with_the_fingerprint_of_their_key() -> None:
    pair = a_pair()
    digits = pair.seller.key_id.removeprefix("trave-")

    page = a_steward().get(DESK).content.decode()

    in_groups = f"{digits[:4]} {digits[4:8]} {digits[8:12]} {digits[12:]}"
    assert row(page, 'data-member="trave"').startswith(f"Trave trave active {in_groups}")


def test_a_member_is_suspended_with_a_reason_and_comes_back() -> None:
    a_pair()
    desk = a_steward()

    silent = desk.post(f"{DESK}members/trave/", act="suspend", reason=" ")
    suspended = desk.post(f"{DESK}members/trave/", act="suspend", reason="key was stolen")
    during = row(desk.get(DESK).content.decode(), 'data-member="trave"')
    desk.post(f"{DESK}members/trave/", act="reinstate")

    assert silent.status_code == 422
    assert suspended.status_code == 302
    assert "suspended" in during
    assert set(Member.objects.values_list("status", flat=True)) == {"active"}
    acts = list(AuditEvent.objects.order_by("-sequence").values_list("act", "body__reason")[:2])
    assert acts == [("member.reinstated", None), ("member.suspended", "key was stolen")]
    assert desk.post(f"{DESK}members/nobody/", act="suspend", reason="x").status_code == 404


def test_leave_is_given_shown_and_ended() -> None:
    a_pair()
    desk = a_steward()
    form = {"scope": "order.forward", "purpose": "sell", "days": "30", "fee": "2.5"}

    given = desk.post(f"{DESK}leave/", giver="trave", receiver="alster", **form)
    grant = Grant.objects.order_by("-pk")[0]
    before = row(desk.get(f"{DESK}leave/").content.decode(), f'data-grant="{grant.pk}"')
    desk.post(f"{DESK}leave/{grant.pk}/revoke/")
    after = row(desk.get(f"{DESK}leave/").content.decode(), f'data-grant="{grant.pk}"')

    assert given.status_code == 302
    assert (grant.fee_bp, grant.not_after - grant.not_before) == (250, timedelta(days=30))
    assert before.startswith("Trave Alster have orders fulfilled order.forward sell 2.5%")
    assert before.endswith("holds End")
    assert after.endswith("ended early")
    assert AuditEvent.objects.order_by("-sequence")[0].act == "grant.revoked"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"receiver": "trave"}, "needs no leave from itself"),
        ({"scope": "everything"}, "nothing that leave can be given for"),
        ({"purpose": " "}, "A purpose has 1 to 60 characters."),
        ({"days": "0"}, "Leave is given for 1 to 3650 days."),
        ({"days": "99999999999999"}, "Leave is given for 1 to 3650 days."),
        ({"fee": "101"}, "A fee is 0 to 100 per cent"),
        ({"fee": "much"}, "is no fee in per cent."),
        ({"giver": "nobody"}, "is no member of the alliance"),
    ],
)
def test_leave_that_cannot_be_given_is_refused_above_the_form(changes: dict[str, str], said: str) -> None:
    a_pair()
    form = {
        "giver": "trave",
        "receiver": "alster",
        "scope": "order.forward",
        "purpose": "sell",
        "days": "30",
        "fee": "1",
    }

    answer = a_steward().post(f"{DESK}leave/", **(form | changes))

    assert answer.status_code == 200
    assert said in words(answer)
    assert Grant.objects.count() == 2


def test_calls_are_shown_with_the_reason_of_a_refusal() -> None:
    pair = a_pair()
    services.admit(a_call(pair), receiver_code="alster", scope="stock.promise", now=NOON)
    for refused in (a_call(pair), a_call(pair, purpose="advertise", nonce="nonce-0002")):
        with pytest.raises(CallRefused):
            services.admit(refused, receiver_code="alster", scope="stock.promise", now=NOON)

    page = a_steward().get(f"{DESK}calls/")

    assert "Let through 1" in words(page)
    assert "Refused: no leave for this purpose 1" in words(page)
    assert "Refused: sent before: its nonce is spent 1" in words(page)
    assert row(page.content.decode(), 'data-call="1"').startswith("Trave Alster ask what can be delivered")
    last = row(page.content.decode(), f'data-call="{GatewayMessage.objects.latest("pk").pk}"')
    assert last.endswith("refused no leave for this purpose")


def test_a_joint_job_over_an_empty_lake_is_refused_at_once() -> None:
    a_pair()

    answer = a_steward().browser.post(f"{DESK}jobs/run/", {"job": "co-purchase"}, follow=True)

    assert "The lake is empty: run `hansa lake backfill` first." in words(answer)
    assert waiting_jobs() == []


def test_the_button_hands_the_joint_job_to_the_worker_and_its_pairs_are_shown() -> None:
    trave = a_shop(stock={"tea": 50}, prices={"tea": 500}, code="trave")
    alster = a_shop(stock={"salt": 50}, prices={"salt": 100}, code="alster", merchant_name="cy")
    for code in ("trave", "alster"):
        governance.admit_member(code=code, actor_name="steward", now=NOON)
    for number in range(10):
        shopper = a_shopper(f"alia{number}")
        trave.buy(shopper, [("tea", 1)])
        alster.buy(shopper, [("salt", 1)])
    lake.backfill(now=NOON)
    desk = a_steward()

    answer = desk.post(f"{DESK}jobs/run/", job="co-purchase")
    (task, asked) = waiting_jobs()[-1]
    tasks.run_joint_job(**asked)
    page = desk.get(f"{DESK}jobs/")

    assert answer.status_code == 302
    assert task == "alliance.run_joint_job"
    assert asked == {"job": "co-purchase", "engine": "duckdb", "actor_name": "Steward-Alliance"}
    run = JobRun.objects.get()
    shown = row(page.content.decode(), f'data-run="{run.pk}"')
    assert shown.startswith(f"#{run.pk} co-purchase duckdb just now 2 ")
    assert shown.endswith(f"order_lines v1 {run.content_hash[:12]}")
    # Ten people bought both and nobody bought one alone: the strongest a pair can be.
    assert "Tea Salt 10 2 100.00%" in words(page)
    assert desk.post(f"{DESK}jobs/run/", job="nonsense").status_code == 404


def test_runs_on_two_engines_are_compared() -> None:
    now = system_clock()
    run = {
        "job": "co-purchase",
        "code_hash": "c",
        "params": {},
        "inputs": {"order_lines": 4},
        "rows": 1,
        "cpu_seconds": 0.5,
        "started_at": now,
        "finished_at": now,
    }
    for engine, made in (("duckdb", "a" * 64), ("spark", "a" * 64), ("sail", "b" * 64)):
        JobRun.objects.create(engine=engine, content_hash=made, **run)

    page = a_steward().get(f"{DESK}jobs/").content.decode()

    assert row(page, 'data-run="1"').endswith("same on spark differs on sail")
    assert row(page, 'data-run="3"').endswith("differs on duckdb differs on spark")


def test_the_lake_shows_versions_rows_and_files() -> None:
    pair = a_pair()
    pair.shop.buy(a_shopper(), [("tea", 1)])
    lake.backfill(now=NOON)

    page = a_steward().get(f"{DESK}lake/").content.decode()

    shown = row(page, 'data-table="order_lines"')
    assert shown.startswith("order_lines ")
    assert " 1 1 1 just now 0 0" in shown


def test_the_audit_chain_is_verified_and_says_where_it_breaks() -> None:
    a_pair()
    desk = a_steward()

    whole = desk.reads(f"{DESK}audit/")
    corrupt("alliance_auditevent", "set actor = 'mallory' where sequence = 3")
    broken = desk.reads(f"{DESK}audit/")

    assert "The chain holds 4 lines were verified just now" in whole
    assert "grant.given" in whole
    assert "The chain is broken Line 3 is missing or was changed." in broken


def test_what_is_open_is_settled_and_both_books_agree() -> None:
    pair = a_pair()
    sell(pair, 3, number=1)
    sell(pair, 1, number=2)
    desk = a_steward()
    before = row(desk.get(f"{DESK}settlement/").content.decode(), 'data-pair="alster-trave"')

    answer = desk.post(f"{DESK}settlement/close/", one="alster", two="trave", currency="EUR")
    page = desk.reads(answer.headers["Location"])

    owed = sum(SettlementItem.objects.values_list("amount", flat=True))
    # Five per cent of 20.00 stay with the seller; delivery belongs to who delivers.
    assert f"€0.00 €{owed / 100:.2f} €{owed / 100:.2f} Trave → Alster" in before
    batch = SettlementBatch.objects.get()
    assert (batch.amount, batch.debtor.code, batch.creditor.code) == (owed, "trave", "alster")
    assert "Both books agree" in page
    assert "Nothing is open" in desk.reads(f"{DESK}settlement/")
    assert desk.post(f"{DESK}settlement/close/", one="alster", two="trave", currency="EUR").status_code == 409
    assert desk.post(f"{DESK}settlement/close/", one="alster", two="mars", currency="EUR").status_code == 404


def test_a_difference_between_two_books_is_shown() -> None:
    pair = a_pair()
    number = sell(pair)
    desk = a_steward()
    address = desk.post(f"{DESK}settlement/close/", one="alster", two="trave", currency="EUR").headers[
        "Location"
    ]
    corrupt(
        "ledger_ledgerentry",
        "set amount = amount - 1 where account_id in (select id from ledger_account where kind = 'alliance')"
        " and journal_id in (select debtor_journal_id from alliance_settlementitem)",
    )

    page = desk.reads(address)

    item = SettlementItem.objects.get()
    owed = item.amount / 100
    assert "The books differ in 1 place" in page
    assert f"{number} €{owed:.2f} €{owed + 0.01:.2f} €{owed:.2f}" in page
    assert desk.get(f"{DESK}settlement/99/").status_code == 404


def test_lists_take_as_many_queries_for_one_row_as_for_many() -> None:
    pair = a_pair(stock=50)
    sell(pair, 1, number=1)
    desk = a_steward()
    pages = [DESK, f"{DESK}leave/", f"{DESK}calls/", f"{DESK}settlement/", f"{DESK}audit/"]
    before = [desk.queries(page) for page in pages]

    for number in range(2, 8):
        sell(pair, 1, number=number)

    assert [desk.queries(page) for page in pages] == before
    assert max(before) <= 30


def waiting_jobs() -> list[tuple[str, dict[str, str]]]:
    """What joint jobs wait for the worker; the queue is emptied, since tests share it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from procrastinate_jobs where task_name = 'alliance.run_joint_job' returning task_name, args"
        )
        return [(task, json.loads(args)) for task, args in cursor.fetchall()]
