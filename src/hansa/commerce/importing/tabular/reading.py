"""Rows out of CSV files, gzipped or in folders and archives, one at a time: a file is never in memory as a whole.

A bad row is told and left out, the rows around it are read on: bytes that are no UTF-8, lines without end,
too few or too many fields. Only what spoils the whole file refuses it.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import lzma
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hansa.commerce.importing.errors import BadFile, FileTooLarge
from hansa.commerce.importing.tabular.problems import Problems, RowProblem

MOST_MB = 512
_LONGEST_LINE = 1024 * 1024
_BLOCK = 1024 * 1024
_DAMAGED = (gzip.BadGzipFile, zlib.error, lzma.LZMAError, tarfile.TarError, EOFError)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class _Stream(Protocol):
    """Bytes to be read once."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Row:
    """A row by its columns, and where it stands."""

    file: str
    number: int
    values: dict[str, str]

    def problem(self, column: str, reason: str) -> RowProblem:
        """Say what is wrong with one of its values."""
        return RowProblem(self.file, self.number, column, self.values.get(column, ""), reason)


@dataclass
class Budget:
    """How many bytes of text may still be read. Counted after unpacking, so that no archive is a bomb."""

    most_mb: int = MOST_MB
    read: int = 0

    def spend(self, count: int, name: str) -> None:
        """Count bytes; refuses more than the limit."""
        self.read += count
        if self.read > self.most_mb * 1024 * 1024:
            raise FileTooLarge(
                f"{name} has more than {self.most_mb} MB of text; split it, or allow more with --max-mb"
            )


def digest_of_file(path: Path) -> str:
    """Fingerprint a file, or all CSV files of a folder by name and content."""
    digest = hashlib.sha256()
    for each in _files(path):
        digest.update(each.name.encode())
        with _opened(each) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def rows_of(path: Path, columns: Sequence[str], problems: Problems, *, budget: Budget) -> Iterator[Row]:
    """Read the rows of a CSV file (.csv, .csv.gz), of all of them in a folder, or in a tar archive, by name.

    Every file must have these columns. Refuses with BadFile a path that is not there, an empty file, one that
    is no UTF-8 text or lacks a column; with FileTooLarge one beyond the budget.
    """
    if not path.exists():
        raise BadFile(f"there is no file {path}")
    _refuse_if_plainly_too_large(path, budget)
    for name, stream in _streams(path):
        yield from _rows(name, stream, columns, problems, budget)


def _refuse_if_plainly_too_large(path: Path, budget: Budget) -> None:
    if path.is_file() and path.suffix == ".csv" and path.stat().st_size > budget.most_mb * 1024 * 1024:
        budget.spend(path.stat().st_size, path.name)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.iterdir() if each.name.endswith((".csv", ".csv.gz")))
    if not found:
        raise BadFile(f"the folder {path} holds no .csv file")
    return found


def _streams(path: Path) -> Iterator[tuple[str, _Stream]]:
    if path.is_file() and (".tar" in path.suffixes or path.suffix == ".tgz"):
        yield from _members(path)
        return
    for each in _files(path):
        with _opened(each) as stream:
            yield each.name, stream


def _members(path: Path) -> Iterator[tuple[str, _Stream]]:
    """The CSV files of an archive in the order in which they are packed; nothing is written to disk."""
    try:
        with tarfile.open(path, mode="r|*") as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".csv"):
                    stream = archive.extractfile(member)
                    assert stream is not None
                    yield Path(member.name).name, stream
    except _DAMAGED as error:
        raise BadFile(f"{path.name} is no readable archive: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[_Stream]:
    try:
        with path.open("rb") as raw:
            if path.suffix != ".gz":
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield unpacked
    except _DAMAGED as error:
        raise BadFile(f"{path.name} is damaged: {error}") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error


def _rows(
    name: str, stream: _Stream, columns: Sequence[str], problems: Problems, budget: Budget
) -> Iterator[Row]:
    lines = _Lines(name, stream, problems, budget)
    reader = csv.reader(lines)
    header = _header(name, reader, columns)
    while True:
        before = lines.number
        try:
            fields = next(reader, None)
        except csv.Error as error:
            problems.reject(RowProblem(name, before + 1, "", "", f"no row of a CSV file: {error}"))
            continue
        if fields is None:
            return
        if not fields or fields == [""]:
            continue
        if len(fields) != len(header):
            reason = f"{len(fields)} fields where the header has {len(header)}"
            problems.reject(RowProblem(name, before + 1, "", ",".join(fields)[:80], reason))
            continue
        row = Row(name, before + 1, dict(zip(header, (field.strip() for field in fields), strict=True)))
        if (problem := _not_text(row)) is not None:
            problems.reject(problem)
        else:
            yield row


def _header(name: str, reader: Iterator[list[str]], columns: Sequence[str]) -> list[str]:
    try:
        header = [column.strip() for column in next(reader, [])]
    except csv.Error as error:
        raise BadFile(f"{name} is no CSV file: {error}") from error
    if not any(header):
        raise BadFile(f"{name} is empty; its first line must name the columns {', '.join(columns)}")
    missing = [column for column in columns if column not in header]
    if missing:
        raise BadFile(f"{name} lacks the column {', '.join(missing)}; it has {', '.join(header)[:300]}")
    twice = {column for column in header if header.count(column) > 1}
    if twice:
        raise BadFile(f"{name} has the column {', '.join(sorted(twice))} twice")
    return header


def _not_text(row: Row) -> RowProblem | None:
    for column, value in row.values.items():
        bad = next((sign for sign in value if "\udc80" <= sign <= "\udcff"), None)
        if bad is not None:
            return row.problem(column, f"not UTF-8: it has the byte 0x{ord(bad) - 0xDC00:02X}")
        if "\x00" in value:
            return row.problem(column, "it has a zero byte")
    return None


class _Lines:
    """The lines of a stream as text; bytes that are no UTF-8 stay recognisable. Counts lines from 1."""

    def __init__(self, name: str, stream: _Stream, problems: Problems, budget: Budget) -> None:
        self._name, self._problems, self._budget = name, problems, budget
        self._stream = stream
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            line = self._readline()
            if not line:
                raise StopIteration
            self.number += 1
            if self.number == 1:
                line = self._without_mark(line)
            if len(line) < _LONGEST_LINE or line.endswith(b"\n"):
                return line.decode("utf-8", "surrogateescape")
            self._skip_rest()

    def _readline(self) -> bytes:
        try:
            line = self._stream.readline(_LONGEST_LINE)
        except _DAMAGED as error:
            raise BadFile(f"{self._name} is damaged: {error}") from error
        self._budget.spend(len(line), self._name)
        return line

    def _without_mark(self, line: bytes) -> bytes:
        if line.startswith(_UTF16):
            raise BadFile(f"{self._name} is UTF-16; save it as UTF-8")
        return line.removeprefix(b"\xef\xbb\xbf")

    def _skip_rest(self) -> None:
        while rest := self._readline():
            if rest.endswith(b"\n"):
                break
        reason = f"a line of more than {_LONGEST_LINE // 1024} KB"
        self._problems.reject(RowProblem(self._name, self.number, "", "", reason))
