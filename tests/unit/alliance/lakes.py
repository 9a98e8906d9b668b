"""Small lakes for the tests of joint jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hansa.alliance.jobs.tables import PinnedTable
from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import ORDER_LINES

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

# (member, person or None, product, hours after noon)
Bought = tuple[str, int | None, int, float]


def a_lake(root: Path, bought: Iterable[Bought]) -> PinnedTable:
    """Write purchases of one unit each and pin the table."""
    rows = [
        {
            "member": member,
            "event_id": number,
            "subject": None if person is None else f"{person % 16:x}{person:031x}",
            "product_id": product,
            "offer_id": product,
            "quantity": 1,
            "total": 100,
            "currency": "EUR",
            "placed_at": (NOON + timedelta(hours=hours)).isoformat(),
        }
        for number, (member, person, product, hours) in enumerate(bought, start=1)
    ]
    checked = ORDER_LINES.read(rows)
    assert not checked.bad
    tables.Snapshot(root, ORDER_LINES).append(checked.good, why={})
    return tables.pin(root, ORDER_LINES)
