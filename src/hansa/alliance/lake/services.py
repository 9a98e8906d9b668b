"""Writing the lake: facts into the inbox with their effect, the inbox into Delta, history in bulk.

Exactly once, whatever dies: an inbox row commits with the consumer's effect; a batch of rows carries its
number inside the Delta commit, so a flush that wrote and then died finds its number and only tidies up;
rows the table already holds are never appended again; and two writers at once conflict, one tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import Max

from hansa.alliance.governance import keys
from hansa.alliance.governance.services import key_folder
from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import BEHAVIOUR, CONTRACTS, Broken, TableContract
from hansa.alliance.lake.sources import SOURCES, Source, slices_of
from hansa.alliance.lake.tokens import token_of_user
from hansa.alliance.models import LakeBatch, LakeInbox, LakeQuarantine
from hansa.commerce.privacy import selectors as privacy
from hansa.foundation.state import state_dir

T = TypeVar("T")
BATCH = 20_000
_INBOX = "hansa-inbox"
_ATTEMPTS = 5
_FILES_PER_PARTITION = 8  # beyond this, on average, small files are melted together


@dataclass(frozen=True)
class Flushed:
    """What one batch, or one table's backfill, came to."""

    table: str
    rows: int
    quarantined: int
    version: int | None


def lake_root() -> Path:
    """The folder of the lake's tables."""
    return state_dir() / "lake"


def token_key() -> bytes:
    """The key of the current epoch's subject tokens."""
    return keys.subject_key(key_folder())


def take_in(contract: TableContract, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows (JSON values, all columns but ``bucket``) into the inbox, in the running transaction.

    A row whose member and event id wait already is left as it is.
    """
    if not transaction.get_connection().in_atomic_block:
        raise AssertionError("a row enters the inbox in the transaction of its effect")
    LakeInbox.objects.bulk_create(
        [
            LakeInbox(table=contract.name, member=row["member"], event_id=row["event_id"], payload=dict(row))
            for row in rows
        ],
        ignore_conflicts=True,
    )


def flush(*, now: datetime, limit: int = BATCH) -> list[Flushed]:
    """Write everything that waits in the inbox into the lake; safe to run from several processes.

    Must be called outside any transaction. Rows that break their contract go to quarantine.
    """
    return [done for contract in CONTRACTS.values() for done in _flush_table(contract, now, limit)]


def backfill(*, now: datetime, told: Callable[[str, int], None] | None = None) -> list[Flushed]:
    """Load every paid line and every act that PostgreSQL has and the lake has not; again changes nothing.

    Streams slices in id order with bounded memory; ``told`` hears of the rows done, table by table. Who was
    forgotten while a slice was on its way is forgotten again at the end.
    """
    loaded = [_backfill_table(source, now, told) for source in SOURCES]
    forget(user_ids=privacy.erased_people())
    return loaded


def forget(*, user_ids: Sequence[int]) -> int:
    """Delete every row of these people from inbox, quarantine and lake; says how many rows the lake lost.

    Must be called outside any transaction. Safe to run again, and beside a flush: that one reads its rows after
    it has taken its snapshot, so it either sees them gone or loses against this commit and reads them anew.
    """
    subjects = [token_of_user(user_id, key=token_key()) for user_id in user_ids]
    if not subjects:
        return 0
    LakeInbox.objects.filter(payload__subject__in=subjects).delete()
    LakeQuarantine.objects.filter(payload__subject__in=subjects).delete()
    return sum(_forget_in(contract, subjects) for contract in CONTRACTS.values())


def forget_acts(*, user_id: int, member: str, since: datetime, until: datetime) -> int:
    """Delete a person's acts of that time at one member from inbox, quarantine and lake; as `forget` in all else."""
    subject = token_of_user(user_id, key=token_key())
    for waiting in (LakeInbox, LakeQuarantine):
        rows = waiting.objects.filter(table=BEHAVIOUR.name, member=member, payload__subject=subject)
        stale = [
            pk
            for pk, at in rows.values_list("pk", "payload__at")
            if since <= datetime.fromisoformat(str(at)) < until
        ]
        waiting.objects.filter(pk__in=stale).delete()
    return _forget_in(BEHAVIOUR, [subject], tables.span_of_acts(member, since, until))


def compact(*, least_files: int = 0) -> dict[str, int]:
    """Melt small files together where a table has more than so many; answers how many files went."""
    root = lake_root()
    return {
        contract.name: tables.compact(root, contract)
        for contract in CONTRACTS.values()
        if tables.exists(root, contract) and tables.state_of(root, contract).files > least_files
    }


def _flush_table(contract: TableContract, now: datetime, limit: int) -> list[Flushed]:
    done = []
    while LakeInbox.objects.filter(table=contract.name).exists():
        carried = tables.Snapshot(lake_root(), contract).carries(_INBOX) or 0
        batch, quarantined = _open_batch(contract, carried, now, limit)
        commit = _write(contract, batch) if batch else None
        if batch:
            _close(batch, now)
        done.append(
            Flushed(
                contract.name, commit.rows if commit else 0, quarantined, commit.version if commit else None
            )
        )
    return done


@transaction.atomic
def _open_batch(
    contract: TableContract, carried: int, now: datetime, limit: int
) -> tuple[LakeBatch | None, int]:
    """Take the batch that was left open, else make one of the oldest waiting rows that keep the contract.

    Its number is above every number that PostgreSQL remembers and above the one the lake carries, so that
    a database restored from yesterday cannot take today's number for done.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"lake:{contract.name}"])
    left = LakeBatch.objects.filter(table=contract.name, written_at__isnull=True).first()
    if left is not None:
        return left, 0
    waiting = list(LakeInbox.objects.filter(table=contract.name).order_by("pk")[:limit])
    checked = contract.read([row.payload for row in waiting])
    _quarantine(contract, checked.bad, now)
    refused = {(str(each.row.get("member")), each.row.get("event_id")) for each in checked.bad}
    bad = [row.pk for row in waiting if (row.member, row.event_id) in refused]
    LakeInbox.objects.filter(pk__in=bad).delete()
    if checked.good.num_rows == 0:
        return None, len(bad)
    highest = LakeBatch.objects.filter(table=contract.name).aggregate(highest=Max("sequence"))["highest"] or 0
    batch = LakeBatch.objects.create(table=contract.name, sequence=max(highest, carried) + 1, opened_at=now)
    LakeInbox.objects.filter(pk__in=[row.pk for row in waiting]).update(batch=batch)
    return batch, len(bad)


def _write(contract: TableContract, batch: LakeBatch) -> tables.Commit:
    """Append the batch unless the lake carries its number already; rows of who was forgotten meanwhile are gone."""

    def attempt(snapshot: tables.Snapshot) -> tables.Commit:
        if (snapshot.carries(_INBOX) or 0) >= batch.sequence:
            return tables.Commit(snapshot.version, 0)
        rows = contract.read(list(batch.rows.order_by("pk").values_list("payload", flat=True))).good
        why = {"run": f"inbox {batch.sequence}", "contract_version": str(contract.version)}
        return snapshot.append(rows, why=why, writer=_INBOX, number=batch.sequence)

    return _on_newest(contract, attempt)


@transaction.atomic
def _close(batch: LakeBatch, now: datetime) -> None:
    LakeInbox.objects.filter(batch=batch).delete()
    LakeBatch.objects.filter(pk=batch.pk, written_at__isnull=True).update(written_at=now)


def _backfill_table(source: Source, now: datetime, told: Callable[[str, int], None] | None) -> Flushed:
    contract, new, refused, version = source.contract, 0, 0, None
    for rows in slices_of(source, key=token_key()):
        checked = contract.check(rows)
        refused += _quarantine(contract, checked.bad, now)
        commit = _add_history(contract, checked.good)
        new, version = new + commit.rows, commit.version
        if told:
            told(contract.name, rows.num_rows)
    return Flushed(contract.name, new, refused, version)


def _add_history(contract: TableContract, rows: pa.Table) -> tables.Commit:
    """Append what the lake does not hold; what also waits in the inbox is left out by its flush."""
    why = {"run": "backfill", "contract_version": str(contract.version)}
    return _on_newest(contract, lambda snapshot: snapshot.append(rows, why=why))


def _forget_in(contract: TableContract, subjects: Sequence[str], among: str = "true") -> int:
    if not tables.exists(lake_root(), contract):
        return 0
    return _persist(lambda: tables.forget(lake_root(), contract, subjects, among))


def _on_newest(contract: TableContract, attempt: Callable[[tables.Snapshot], tables.Commit]) -> tables.Commit:
    return _persist(lambda: attempt(tables.Snapshot(lake_root(), contract)))


def _persist(attempt: Callable[[], T]) -> T:
    """Try on the newest version, again when another writer was faster."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except tables.Conflict:
            continue
    return attempt()


def _quarantine(contract: TableContract, bad: Sequence[Broken], now: datetime) -> int:
    LakeQuarantine.objects.bulk_create(
        [
            LakeQuarantine(
                table=contract.name,
                member=str(each.row.get("member"))[:30],
                event_id=each.row.get("event_id") or 0,
                payload=dict(each.row),
                reason=each.reason[:200],
                at=now,
            )
            for each in bad
        ],
        ignore_conflicts=True,
    )
    return len(bad)
