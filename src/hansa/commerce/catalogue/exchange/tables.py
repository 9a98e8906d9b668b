"""Tables out of CSV and XLSX files and back, cell by cell as text. Pure.

A cell that a spreadsheet would run is never written and never read: text that begins like a formula carries an
apostrophe in front, outside and inside; formulas themselves are refused.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from hansa.kernel.errors import InvalidInput

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024  # a workbook is an archive
MOST_ROWS = 5_000
MOST_COLUMNS = 50
LONGEST_CELL = 10_000
CSV_KIND, XLSX_KIND = "csv", "xlsx"
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Row:
    """One row by its columns; ``line`` is where it stands in the file, and ``odd`` says what is wrong with its cells."""

    line: int
    values: dict[str, str]
    odd: dict[str, str] = field(default_factory=dict)


def read(data: bytes, *, columns: Sequence[str], needed: Sequence[str]) -> Iterator[Row]:
    """The rows of a CSV or XLSX file, told apart by their content. Names of columns may stand in any order.

    Refuses files over 10 MB or 5,000 rows, text that is not UTF-8, and a heading with unknown, doubled or missing
    columns; all before the first row comes.
    """
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"the file has more than {MOST_BYTES // 1024 // 1024} MB; please split it")
    lines = list(_of_workbook(data) if data.startswith(b"PK\x03\x04") else _of_csv(data))
    if not lines:
        raise InvalidInput("the file is empty; its first row names the columns")
    header = _trimmed([name.strip().lower() for name in lines[0][1]])
    _insist_on_header(header, columns, needed)
    rows = [(number, cells) for number, cells in lines[1:] if any(cells)]
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"the file has more than {MOST_ROWS} rows; please split it")
    return (_row(number, _trimmed(cells, len(header)), header) for number, cells in rows)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file that a spreadsheet opens as UTF-8 and runs nothing of."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet, every cell text, so that no SKU loses its zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("goods")
    sheet.append(list(header))
    for row in rows:
        sheet.append([_guarded(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _guarded(text: str) -> str:
    return f"'{text}" if _RUNS.match(text) else text


def _row(line: int, cells: Sequence[str], header: Sequence[str]) -> Row:
    values, odd = {}, {}
    if len(cells) > len(header):
        odd[""] = f"{len(cells)} cells where the heading has {len(header)}; put text with commas into quotes"
    for name, cell in zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False):
        text, wrong = _opened(cell)
        values[name] = text
        if wrong:
            odd[name] = wrong
    return Row(line, values, odd)


def _trimmed(cells: list[str], least: int = 0) -> list[str]:
    """Without the empty cells at the end: workbooks are wider than their heading."""
    filled = max((place for place, cell in enumerate(cells, start=1) if cell), default=0)
    return cells[: max(filled, least)]


def _opened(cell: str) -> tuple[str, str]:
    if len(cell) > LONGEST_CELL or "\x00" in cell:
        return cell[:80], f"a cell holds at most {LONGEST_CELL} letters"
    if not _RUNS.match(cell):
        return cell, ""
    if cell.startswith("'"):
        return cell[1:], ""
    return cell, "a spreadsheet would run this; put its value there, or an apostrophe in front of text"


def _of_csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidInput(f"line {line} is not UTF-8; please save the file as “CSV UTF-8”") from error
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(f"line {begins} is no row of a CSV file: {error}") from error


def _of_workbook(data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_UNPACKED:
                raise InvalidInput("the workbook is too large once unpacked; please save it as CSV UTF-8")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, OSError) as error:
        raise InvalidInput("the workbook cannot be read; please save it again as XLSX") from error
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        rows = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2, values_only=True) if sheet else ()
        for number, cells in enumerate(rows, start=1):
            yield number, [_said(cell) for cell in cells]
    finally:
        book.close()


def _said(value: object) -> str:
    """A cell as a person reads it: whole numbers without a point, yes and no, days as in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _insist_on_header(header: Sequence[str], columns: Sequence[str], needed: Sequence[str]) -> None:
    unknown = [name or "an empty one" for name in header if name not in columns]
    if unknown:
        raise InvalidInput(f"unknown columns: {', '.join(unknown)[:200]}; known are {', '.join(columns)}")
    if len(set(header)) < len(header):
        raise InvalidInput("a column stands in the heading twice")
    if missing := [name for name in needed if name not in header]:
        raise InvalidInput(f"the heading lacks: {', '.join(missing)}")
