"""Members, leave, and the audit chain that tells of both."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connections, transaction

from hansa.alliance.governance import audit, selectors
from hansa.alliance.governance import services as governance
from hansa.alliance.governance.services import Leave
from hansa.alliance.models import AuditEvent, Grant, Member
from hansa.alliance.services import found
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import InvalidInput, NotFound, Refused
from tests.factories import NOON, a_platform
from tests.integration.alliance.scene import leave

pytestmark = pytest.mark.usefixtures("database")


def a_member(code: str) -> Member:
    a_platform(code)
    return governance.admit_member(code=code, actor_name="steward", now=NOON)


def acts() -> list[str]:
    return list(AuditEvent.objects.order_by("sequence").values_list("act", flat=True))


def corrupt(sql: str) -> None:
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("alter table alliance_auditevent disable trigger append_only")
        cursor.execute(sql)
        cursor.execute("alter table alliance_auditevent enable trigger append_only")


def test_admitting_a_platform_makes_its_key_and_one_audit_line(state: Path) -> None:
    member = a_member("trave")
    again = governance.admit_member(code="trave", actor_name="steward", now=NOON)

    assert again.pk == member.pk
    assert [file.name for file in (state / "keys").iterdir()] == [f"{member.key_id}.pem"]
    assert "PRIVATE" not in member.public_key
    assert acts() == ["member.admitted"]


def test_founding_an_alliance_again_gives_no_leave_twice_and_notes_a_new_address() -> None:
    for code in ("trave", "alster", "leine"):
        a_platform(code)

    for endpoint in ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "http://127.0.0.1:8001/"):
        found(now=NOON, endpoint=endpoint, fee_bp=300)

    fees = list(Grant.objects.order_by("pk").values_list("scope", "fee_bp"))
    assert (Member.objects.count(), len(fees), set(fees)) == (
        3,
        12,
        {("stock.promise", 0), ("order.forward", 300)},
    )
    assert set(Member.objects.values_list("endpoint", flat=True)) == {"http://127.0.0.1:8001"}
    assert acts() == ["member.admitted"] * 3 + ["grant.given"] * 12 + ["member.moved"] * 3


def test_a_platform_that_is_not_there_cannot_be_admitted() -> None:
    with pytest.raises(NotFound, match="nowhere"):
        governance.admit_member(code="nowhere", actor_name="steward", now=NOON)

    assert acts() == []


def test_suspending_and_reinstating_are_told_once() -> None:
    member = a_member("trave")

    for _ in range(2):
        governance.suspend_member(member=member, reason="late", actor_name="steward", now=NOON)
    suspended = list(selectors.active_members())
    with pytest.raises(Refused, match="suspended"):
        governance.admit_member(code="trave", actor_name="steward", now=NOON)
    for _ in range(2):
        governance.reinstate_member(member=member, actor_name="steward", now=NOON)

    assert suspended == []
    assert list(selectors.active_members()) == [member]
    assert acts() == ["member.admitted", "member.suspended", "member.reinstated"]


def test_leave_holds_in_its_time_for_its_purpose_until_it_is_revoked() -> None:
    trave, alster = a_member("trave"), a_member("alster")
    given = leave(alster, trave, "stock.promise")

    def holds(**changes: object) -> bool:
        asked = {"giver": alster, "receiver": trave, "scope": "stock.promise", "purpose": "sell", "now": NOON}
        return selectors.find_grant(**(asked | changes)) is not None  # type: ignore[arg-type]

    before = [
        holds(),
        holds(purpose="spy"),
        holds(scope="order.forward"),
        holds(giver=trave, receiver=alster),
        holds(now=given.not_before - timedelta(seconds=1)),
        holds(now=given.not_after),
    ]
    governance.revoke(grant_id=given.pk, actor_name="steward", now=NOON)
    governance.revoke(grant_id=given.pk, actor_name="steward", now=NOON)

    assert before == [True, False, False, False, False, False]
    assert (holds(), holds(now=NOON - timedelta(seconds=1))) == (False, True)
    assert acts()[-2:] == ["grant.given", "grant.revoked"]


def test_leave_that_cannot_be_is_refused_and_leaves_no_trace() -> None:
    trave, alster, leine = a_member("trave"), a_member("alster"), a_member("leine")
    governance.suspend_member(member=leine, reason="late", actor_name="steward", now=NOON)
    lines = len(acts())
    later = NOON + timedelta(days=1)

    for given, refusal in [
        (Leave(trave, trave, "stock.promise", "sell", NOON, later), InvalidInput),
        (Leave(trave, alster, "stock.promise", "sell", later, NOON), InvalidInput),
        (Leave(trave, alster, "order.forward", "sell", NOON, later, fee_bp=10_001), InvalidInput),
        (Leave(leine, alster, "stock.promise", "sell", NOON, later), Refused),
    ]:
        with pytest.raises(refusal):
            governance.grant(leave=given, actor_name="steward", now=NOON)
    with pytest.raises(NotFound):
        governance.revoke(grant_id=99, actor_name="steward", now=NOON)

    assert (Grant.objects.count(), len(acts())) == (0, lines)


def test_a_whole_chain_holds() -> None:
    assert audit.verify_chain() is None
    a_member("trave")
    a_member("alster")

    assert audit.verify_chain() is None


@pytest.mark.parametrize(
    ("corruption", "first_broken"),
    [
        ("update alliance_auditevent set actor = 'nobody' where sequence = 2", 2),
        ('update alliance_auditevent set body = \'{"member": "x"}\' where sequence = 1', 1),
        ("update alliance_auditevent set at = at + interval '1 second' where sequence = 3", 3),
        ("delete from alliance_auditevent where sequence = 2", 2),
        ("delete from alliance_auditevent where sequence = 1", 1),
    ],
)
def test_a_changed_or_missing_line_is_found(corruption: str, first_broken: int) -> None:
    for code in ("trave", "alster", "leine"):
        a_member(code)

    corrupt(corruption)

    assert audit.verify_chain() == first_broken


def test_the_application_can_neither_change_nor_delete_a_line() -> None:
    a_member("trave")

    with pytest.raises(DatabaseError, match="permission denied"):
        AuditEvent.objects.update(actor="nobody")
    with pytest.raises(DatabaseError, match="permission denied"):
        AuditEvent.objects.all().delete()

    assert audit.verify_chain() is None


def test_a_line_goes_with_its_act_when_that_is_rolled_back() -> None:
    with transaction.atomic():
        audit.record(act="test", actor="me", body={}, now=NOON)
        transaction.set_rollback(True)

    assert acts() == []


def test_a_line_without_a_transaction_is_refused() -> None:
    with pytest.raises(AssertionError, match="in the transaction of its act"):
        audit.record(act="test", actor="me", body={}, now=NOON)


def test_many_writers_at_once_make_one_chain() -> None:
    start = threading.Barrier(4)

    def write(writer: int) -> None:
        start.wait()
        for number in range(10):
            with transaction.atomic():
                audit.record(act="test", actor=f"writer {writer}", body={"number": number}, now=NOON)
        connections.close_all()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (AuditEvent.objects.count(), audit.verify_chain()) == (40, None)


def test_fractions_are_refused_because_they_have_no_one_spelling() -> None:
    with pytest.raises(InvalidInput, match=r"0\.5"), transaction.atomic():
        audit.record(act="test", actor="me", body={"share": [{"of": 0.5}]}, now=NOON)
