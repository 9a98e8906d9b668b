"""The lake's folders: the narrow profile, exactly once, exact snapshots."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import ORDER_LINES
from hansa.kernel.errors import BrokenInvariant
from tests.unit.alliance.lakes import NOON, a_lake

TEA = 1


def rows(*event_ids: int) -> Any:
    return ORDER_LINES.read(
        [
            {
                "member": "trave",
                "event_id": event_id,
                "subject": None,
                "product_id": TEA,
                "offer_id": TEA,
                "quantity": 1,
                "total": 100,
                "currency": "EUR",
                "placed_at": NOON.isoformat(),
            }
            for event_id in event_ids
        ]
    ).good


def stored(root: Path) -> list[int]:
    return sorted(DeltaTable(root / "order_lines").to_pyarrow_table()["event_id"].to_pylist())


def test_a_table_keeps_the_narrow_profile_and_its_partitions(tmp_path: Path) -> None:
    a_lake(tmp_path, [("trave", 1, TEA, 0), ("alster", 2, TEA, 0)])

    delta = DeltaTable(tmp_path / "order_lines")
    protocol = delta.protocol()

    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert not protocol.reader_features
    assert not protocol.writer_features
    assert delta.metadata().partition_columns == ["member", "bucket"]
    assert sorted(uri.split("order_lines/")[1].rsplit("/", 1)[0] for uri in delta.file_uris()) == [
        "member=alster/bucket=2",
        "member=trave/bucket=1",
    ]


def test_a_table_that_left_the_profile_is_refused(tmp_path: Path) -> None:
    a_lake(tmp_path, [("trave", 1, TEA, 0)])
    DeltaTable(tmp_path / "order_lines").alter.set_table_properties({"delta.enableDeletionVectors": "true"})

    with pytest.raises(BrokenInvariant, match="narrow writer profile"):
        tables.pin(tmp_path, ORDER_LINES)


def test_rows_that_are_there_are_not_appended_again(tmp_path: Path) -> None:
    first = tables.Snapshot(tmp_path, ORDER_LINES).append(rows(1, 2), why={})
    second = tables.Snapshot(tmp_path, ORDER_LINES).append(rows(2, 3), why={})
    third = tables.Snapshot(tmp_path, ORDER_LINES).append(rows(1, 2, 3), why={})

    assert [(each.rows, each.version) for each in (first, second, third)] == [(2, 1), (1, 2), (0, 2)]
    assert stored(tmp_path) == [1, 2, 3]


def test_two_writers_on_the_same_snapshot_conflict(tmp_path: Path) -> None:
    tables.Snapshot(tmp_path, ORDER_LINES)
    one, two = tables.Snapshot(tmp_path, ORDER_LINES), tables.Snapshot(tmp_path, ORDER_LINES)
    one.append(rows(1), why={})

    with pytest.raises(tables.Conflict):
        two.append(rows(1), why={})

    assert stored(tmp_path) == [1]


def test_a_commit_carries_the_number_of_its_batch(tmp_path: Path) -> None:
    before = tables.Snapshot(tmp_path, ORDER_LINES).carries("inbox")
    tables.Snapshot(tmp_path, ORDER_LINES).append(rows(1), why={"run": "inbox 7"}, writer="inbox", number=7)
    after = tables.Snapshot(tmp_path, ORDER_LINES)
    nothing_new = after.append(rows(1), why={}, writer="inbox", number=8)

    assert (before, after.carries("inbox"), nothing_new.rows) == (None, 8, 0)
    assert DeltaTable(tmp_path / "order_lines").history()[1]["run"] == "inbox 7"


def test_an_older_version_can_be_pinned(tmp_path: Path) -> None:
    tables.Snapshot(tmp_path, ORDER_LINES).append(rows(1), why={})
    tables.Snapshot(tmp_path, ORDER_LINES).append(rows(2), why={})

    older, newest = tables.pin(tmp_path, ORDER_LINES, version=1), tables.pin(tmp_path, ORDER_LINES)

    assert (older.version, newest.version) == (1, 2)
    assert set(older.files) < set(newest.files)


def test_the_delta_library_is_not_loaded_before_it_is_used() -> None:
    program = (
        "import sys, hansa.alliance.lake.tables, hansa.alliance.lake.contracts;"
        "sys.exit(any(name.startswith('deltalake') for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
