"""What the lake's contracts let through, and what they say of the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from hansa.alliance.lake.contracts import BEHAVIOUR, CONTRACTS, ORDER_LINES

GOOD: dict[str, Any] = {
    "member": "trave",
    "event_id": 1,
    "subject": "a" * 32,
    "product_id": 3,
    "offer_id": 4,
    "quantity": 2,
    "total": 998,
    "currency": "EUR",
    "placed_at": "2026-03-02T13:00:00+01:00",
}


def test_a_good_row_is_typed_and_given_its_bucket() -> None:
    checked = ORDER_LINES.read([GOOD])

    assert checked.bad == []
    assert checked.good.schema.equals(ORDER_LINES.schema)
    assert checked.good.to_pylist() == [
        GOOD | {"bucket": 10, "placed_at": datetime(2026, 3, 2, 12, tzinfo=UTC)}
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quantity": 0}, "quantity must be at least 1"),
        ({"quantity": None}, "quantity is missing"),
        ({"quantity": True}, "quantity is not int64: True"),
        ({"quantity": 1.5}, "quantity is not int64: 1.5"),
        ({"quantity": 2**63}, "quantity is not int64: 9223372036854775808"),
        ({"total": -1}, "total must be at least 0"),
        ({"currency": "eur"}, "currency must be an ISO 4217 code"),
        ({"subject": "alia@example.com"}, "subject must be a subject token"),
        ({"member": "../x"}, "member must be a platform's code"),
        (
            {"placed_at": "2026-03-02T13:00:00"},
            "placed_at is not timestamp[us, tz=UTC]: '2026-03-02T13:00:00'",
        ),
        ({"placed_at": "1970-01-01T00:00:00+00:00"}, "placed_at must lie between 1995 and 2100"),
        ({"name": "Alia"}, "columns do not fit: unknown ['name'], missing []"),
    ],
)
def test_a_bad_row_comes_back_with_its_reason(change: dict[str, Any], reason: str) -> None:
    row = GOOD | change

    checked = ORDER_LINES.read([GOOD | {"event_id": 9}, row])

    assert checked.good["event_id"].to_pylist() == [9]
    assert [broken.reason for broken in checked.bad] == [reason]
    assert checked.bad[0].row["event_id"] == 1


def test_the_first_broken_rule_is_told() -> None:
    checked = ORDER_LINES.read([GOOD | {"quantity": 0, "total": -1}])

    assert [broken.reason for broken in checked.bad] == ["quantity must be at least 1"]


def test_a_row_without_a_subject_lies_in_the_bucket_of_nobody() -> None:
    assert ORDER_LINES.read([GOOD | {"subject": None}]).good["bucket"].to_pylist() == [-1]


def test_typed_rows_are_checked_as_a_whole() -> None:
    rows = ORDER_LINES.read([GOOD, GOOD | {"event_id": 2}]).good.drop_columns(["bucket"])
    spoilt = rows.set_column(
        rows.schema.get_field_index("quantity"), "quantity", pa.array([5, 0], pa.int64())
    )

    checked = ORDER_LINES.check(spoilt)

    assert checked.good["quantity"].to_pylist() == [5]
    assert [(broken.row["event_id"], broken.reason) for broken in checked.bad] == [
        (2, "quantity must be at least 1")
    ]


def test_no_rows_are_good_rows() -> None:
    assert BEHAVIOUR.read([]).good.num_rows == 0


def test_every_table_has_its_two_partition_columns_and_says_what_it_means() -> None:
    for contract in CONTRACTS.values():
        assert set(contract.partition_by) <= set(contract.schema.names)
        assert contract.meaning
        assert all(column.meaning for column in contract.columns)
