"""What the tables of the lake hold, declared once and checked at every write. Pure: Arrow in, Arrow out.

A row that breaks its contract is handed back with the reason; it never reaches the lake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hansa.alliance.lake.tokens import NOBODY

_MOMENT = pa.timestamp("us", tz="UTC")
_FIRST_DAY = datetime(1995, 1, 1, tzinfo=UTC)  # before any shop on the web
_LAST_DAY = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """A column: its name, its type, what it means, and whether it may be empty."""

    name: str
    type: pa.DataType
    meaning: str
    nullable: bool = False


@dataclass(frozen=True)
class Rule:
    """Something that holds for every row; a row without a value has not broken it."""

    says: str
    holds: Callable[[pa.Table], pa.ChunkedArray]


@dataclass(frozen=True)
class Broken:
    """A row that was refused, and why."""

    row: Mapping[str, Any]
    reason: str


@dataclass(frozen=True)
class Checked:
    """Rows sorted into those that keep the contract and those that break it."""

    good: pa.Table
    bad: Sequence[Broken]


@dataclass(frozen=True)
class TableContract:
    """A table of the lake. ``member`` and ``event_id`` name a row once and for all.

    ``bucket`` is not given but follows from ``subject``; both partition columns come from the row itself.
    """

    name: str
    version: int
    meaning: str
    columns: Sequence[Column]
    rules: Sequence[Rule]
    partition_by: Sequence[str] = ("member", "bucket")

    @property
    def schema(self) -> pa.Schema:
        """The table's columns as they are stored."""
        return pa.schema([pa.field(each.name, each.type, nullable=each.nullable) for each in self.columns])

    def read(self, rows: Sequence[Mapping[str, Any]]) -> Checked:
        """Read rows as they come out of JSON (times as ISO texts) and check them one by one."""
        good: list[Mapping[str, Any]] = []
        bad: list[Broken] = []
        for row in rows:
            reason = self._why_unreadable(row)
            if reason:
                bad.append(Broken(row, reason))
            else:
                good.append(self._parsed(row))
        checked = self.check(pa.Table.from_pylist(good, schema=self._given_schema()))
        return Checked(checked.good, [*bad, *checked.bad])

    def check(self, table: pa.Table) -> Checked:
        """Check typed rows (all columns but ``bucket``) against nulls and rules, and add ``bucket``."""
        reason = pa.nulls(table.num_rows, pa.string())
        for says, broken in reversed(self._breaches(table)):
            reason = pc.if_else(broken, says, reason)
        kept = pc.is_null(reason)
        good = with_bucket(table.filter(kept)).select(self.schema.names).cast(self.schema)
        refused = table.filter(pc.invert(kept)).to_pylist()
        reasons = pc.drop_null(reason).to_pylist()
        return Checked(good, [Broken(_as_json(row), why) for row, why in zip(refused, reasons, strict=True)])

    def _given(self) -> list[Column]:
        return [column for column in self.columns if column.name != "bucket"]

    def _given_schema(self) -> pa.Schema:
        return pa.schema([pa.field(each.name, each.type) for each in self._given()])

    def _breaches(self, table: pa.Table) -> list[tuple[str, pa.Array]]:
        nulls = [
            (f"{column.name} is missing", pc.is_null(table[column.name]))
            for column in self._given()
            if not column.nullable
        ]
        rules = [(rule.says, pc.invert(pc.fill_null(rule.holds(table), True))) for rule in self.rules]
        return [(says, _flat(broken)) for says, broken in nulls + rules]

    def _why_unreadable(self, row: Mapping[str, Any]) -> str:
        names = [column.name for column in self._given()]
        unknown = sorted(set(row) - set(names))
        missing = sorted(set(names) - set(row))
        if unknown or missing:
            return f"columns do not fit: unknown {unknown}, missing {missing}"
        for column in self._given():
            why = _why_not(row[column.name], column)
            if why:
                return why
        return ""

    def _parsed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            column.name: datetime.fromisoformat(str(row[column.name]))
            if column.type == _MOMENT and row[column.name] is not None
            else row[column.name]
            for column in self._given()
        }


def with_bucket(table: pa.Table) -> pa.Table:
    """Add the bucket of each row's subject."""
    digits = pa.array("0123456789abcdef")
    first = pc.utf8_slice_codeunits(table["subject"], 0, 1)
    bucket = pc.fill_null(pc.index_in(first, value_set=digits), NOBODY).cast(pa.int32())
    return table.append_column("bucket", bucket)


def _why_not(value: object, column: Column) -> str:
    if value is None:
        return "" if column.nullable else f"{column.name} is missing"
    if pa.types.is_integer(column.type):
        fits = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    elif column.type == _MOMENT:
        fits = _is_moment(value)
    else:
        fits = isinstance(value, str)
    return "" if fits else f"{column.name} is not {column.type}: {value!r}"[:200]


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _flat(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _at_least(column: str, least: int) -> Rule:
    return Rule(f"{column} must be at least {least}", lambda table: pc.greater_equal(table[column], least))


def _matches(column: str, pattern: str, says: str) -> Rule:
    return Rule(f"{column} must be {says}", lambda table: pc.match_substring_regex(table[column], pattern))


def _in_our_time(column: str) -> Rule:
    def holds(table: pa.Table) -> pa.ChunkedArray:
        after = pc.greater_equal(table[column], pa.scalar(_FIRST_DAY, _MOMENT))
        return pc.and_(after, pc.less(table[column], pa.scalar(_LAST_DAY, _MOMENT)))

    return Rule(f"{column} must lie between 1995 and 2100", holds)


_WHOSE = (
    Column("member", pa.string(), "code of the platform the row comes from"),
    Column("bucket", pa.int32(), "first hexadecimal digit of the subject, -1 without one"),
    Column("event_id", pa.int64(), "the member's own number of the fact"),
    Column("subject", pa.string(), "token of a person who consents to personalisation", nullable=True),
)
_WHOSE_RULES = (
    _matches("member", r"^[-a-zA-Z0-9_]{1,30}$", "a platform's code"),
    _matches("subject", r"^[0-9a-f]{32}$", "a subject token"),
)

ORDER_LINES = TableContract(
    name="order_lines",
    version=1,
    meaning="Lines of purchases as they were paid; money in minor units.",
    columns=(
        *_WHOSE,
        Column("product_id", pa.int64(), "the shared product"),
        Column("offer_id", pa.int64(), "the merchant's offer of it"),
        Column("quantity", pa.int64(), "units"),
        Column("total", pa.int64(), "what the buyer paid for the line, minor units"),
        Column("currency", pa.string(), "ISO 4217"),
        Column("placed_at", _MOMENT, "when it was bought, UTC"),
    ),
    rules=(
        *_WHOSE_RULES,
        _at_least("product_id", 1),
        _at_least("offer_id", 1),
        _at_least("quantity", 1),
        _at_least("total", 0),
        _matches("currency", r"^[A-Z]{3}$", "an ISO 4217 code"),
        _in_our_time("placed_at"),
    ),
)

BEHAVIOUR = TableContract(
    name="behaviour",
    version=1,
    meaning="What people did: views, carts, purchases, ratings, follows, hides.",
    columns=(
        *_WHOSE,
        Column("kind", pa.string(), "what was done"),
        Column("product_id", pa.int64(), "the shared product", nullable=True),
        Column("offer_id", pa.int64(), "the merchant's offer of it", nullable=True),
        Column("value", pa.int64(), "stars of a rating, units of a cart or purchase", nullable=True),
        Column("at", _MOMENT, "when it was done, UTC"),
    ),
    rules=(
        *_WHOSE_RULES,
        _matches(
            "kind", r"^(view|cart|purchase|rating|follow|unfollow|hide)$", "a kind of behaviour we keep"
        ),
        _in_our_time("at"),
    ),
)

CONTRACTS: Mapping[str, TableContract] = {each.name: each for each in (ORDER_LINES, BEHAVIOUR)}
