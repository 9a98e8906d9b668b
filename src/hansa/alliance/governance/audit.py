"""The alliance's audit chain: who did what, each line bound to the one before by SHA-256.

A line is written in the transaction of the act it tells of: no act without its line, no line without its act.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import connection, transaction

from hansa.alliance.models import AuditEvent
from hansa.kernel.errors import InvalidInput

START = "0" * 64
_LOCK = 0x48414E5341  # one writer at a time: the chain has one end


def record(*, act: str, actor: str, body: Mapping[str, object], now: datetime) -> AuditEvent:
    """Add a line to the chain, in the running transaction; refuses to run outside one.

    The body is texts, whole numbers, truths, nulls, lists and dictionaries of them: fractions are refused,
    because databases and languages do not agree on how to write them. Other writers wait for the commit.
    """
    if not transaction.get_connection().in_atomic_block:
        raise AssertionError("an audit line is written in the transaction of its act")
    _refuse_fractions(body)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    last = AuditEvent.objects.order_by("-sequence").first()
    event = AuditEvent(
        sequence=last.sequence + 1 if last else 1,
        previous_hash=last.hash if last else START,
        actor=actor[:80],
        act=act[:60],
        body=dict(body),
        at=now.astimezone(UTC),
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    return event


def verify_chain() -> int | None:
    """Return the sequence of the first line that is missing or was changed, or None when all hold."""
    expected, previous = 1, START
    for event in AuditEvent.objects.order_by("sequence").iterator(chunk_size=2_000):
        if event.sequence != expected or event.previous_hash != previous or event.hash != hash_of(event):
            return expected
        expected, previous = expected + 1, event.hash
    return None


def hash_of(event: AuditEvent) -> str:
    """Hash a line in its canonical spelling: JSON, sorted keys, no spaces, time in UTC."""
    said = {
        "sequence": event.sequence,
        "previous": event.previous_hash,
        "actor": event.actor,
        "act": event.act,
        "body": event.body,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_fractions(value: object) -> None:
    if value is None or isinstance(value, str | int):
        return
    if isinstance(value, Mapping):
        for name, each in value.items():
            if not isinstance(name, str):
                raise InvalidInput(f"an audit line's names are texts, not {name!r}")
            _refuse_fractions(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _refuse_fractions(each)
    else:
        raise InvalidInput(f"an audit line says texts and whole numbers, not {value!r}")
