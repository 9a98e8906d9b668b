"""Rows that passed, waiting on disk in the columns of a history until the whole file has been read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from hansa.commerce.importing.history.world import Schema

_ROWS_A_PART = 20_000
SPOOLED_LINE: Schema = {
    "file": pl.String(),
    "row": pl.Int64(),
    "basket": pl.String(),
    "placed_at": pl.Datetime("us"),
    "buyer_ref": pl.String(),
    "product_ref": pl.String(),
    "quantity": pl.Int64(),
    "unit_price": pl.Int64(),
    "discount": pl.Int64(),
    "delivery_fee": pl.Int64(),
}


class Spool:
    """Rows of one shape in Parquet files of a temporary folder. Memory holds one part at most."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        self._folder, self._schema = folder, schema
        self._waiting: list[tuple[object, ...]] = []
        self._parts: list[Path] = []

    def add(self, row: tuple[object, ...]) -> None:
        """Keep a row, its values in the order of the schema."""
        self._waiting.append(row)
        if len(self._waiting) >= _ROWS_A_PART:
            self._write()

    def parts(self) -> list[Path]:
        """The files, in the order of the rows."""
        self._write()
        return list(self._parts)

    def scan(self) -> pl.LazyFrame:
        """All rows, to be scanned."""
        parts = self.parts()
        return pl.scan_parquet(parts) if parts else pl.LazyFrame(schema=self._schema)

    def _write(self) -> None:
        if self._waiting:
            part = self._folder / f"{len(self._parts):06}.parquet"
            pl.DataFrame(self._waiting, schema=self._schema, orient="row").write_parquet(part)
            self._parts.append(part)
            self._waiting.clear()


@contextmanager
def spooling(schema: Schema) -> Iterator[Spool]:
    """Open a spool; its folder is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="hansa-import-") as folder:
        yield Spool(Path(folder), schema)


def in_weeks(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Add ``monday``, the day on which the week of a line begins."""
    return lines.with_columns(monday=pl.col("placed_at").dt.truncate("1w").dt.date())


def end_of_week(monday: date) -> datetime:
    """The first moment after a week."""
    return datetime(monday.year, monday.month, monday.day) + timedelta(days=7)  # noqa: DTZ001 - UTC without a zone
