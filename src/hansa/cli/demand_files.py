"""Reading demand from CSV or Parquet for `hansa forecast` and `hansa plan`: every refusal names file and line.

What the numbers mean is the engines' matter.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from hansa.engines.forecast import Frequency, Problem
from hansa.kernel.errors import InvalidInput

READ_AT_ONCE = 1 << 22  # bytes of a file checked for UTF-8 in one piece
MOMENT = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}(:\d{2}(:\d{2}(\.0+)?)?)?)?$|^\d{4}-\d{2}$"
YES, NO = ("1", "true", "yes", "t", "y", "1.0"), ("0", "false", "no", "f", "n", "0.0")


def read_table(path: Path) -> pl.DataFrame:
    """Read a CSV (every cell as text) or a Parquet file; refuses what is missing, empty, torn or not UTF-8."""
    if not path.is_file():
        raise InvalidInput(f"{path}: no such file")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            table = pl.read_parquet(path)
        else:
            _check_utf8(path)
            table = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False)
    except pl.exceptions.NoDataError:
        raise InvalidInput(f"{path}: the file is empty") from None
    except (pl.exceptions.PolarsError, OSError) as refusal:
        raise InvalidInput(f"{path}: cannot be read: {str(refusal).splitlines()[0]}") from refusal
    table = _without_blank_end(table)
    if table.height == 0:
        raise InvalidInput(f"{path}: there are no rows below the header")
    return table.rename({name: name.strip() for name in table.columns})


def require(table: pl.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Refuse a table without one of the columns, naming it and those that are there."""
    for column in columns:
        if column not in table.columns:
            there = ", ".join(repr(name) for name in table.columns[:12])
            raise InvalidInput(f"{path}: no column {column!r}; there are {there}")


def history_of(
    table: pl.DataFrame, path: Path, *, frequency: Frequency, seasons: tuple[int, ...], missing: float
) -> Problem:
    """Turn long rows ``unique_id, ds, y[, in_stock]`` into a problem.

    An empty ``y`` is unknown; so is one sold while ``in_stock`` says no: sales then are not demand.
    """
    require(table, ("unique_id", "ds", "y"), path)
    ids, when, what = (
        names_in(table, "unique_id", path),
        _moments(table, path, frequency),
        numbers_in(table, "y", path),
    )
    if "in_stock" in table.columns:
        what = np.where(_answers(table, "in_stock", path), what, np.nan)
    _refuse_repeats(ids, when, path)
    return Problem.of_long(ids, when, what, frequency=frequency, seasons=seasons, missing=missing)


def names_in(table: pl.DataFrame, column: str, path: Path) -> list[str]:
    """Read a column of names; refuses an empty one."""
    names = table[column].cast(pl.String).str.strip_chars()
    _refuse(names.is_null() | (names == ""), path, lambda line: f"line {line}: {column} is empty")
    return names.to_list()


def numbers_in(table: pl.DataFrame, column: str, path: Path) -> np.ndarray:
    """Read a column of numbers; an empty cell is NaN, anything else that is no number is refused."""
    given = table[column]
    text = given.cast(pl.String).str.strip_chars()
    numbers = given.cast(pl.Float64) if given.dtype.is_numeric() else text.cast(pl.Float64, strict=False)
    wrong = numbers.is_null() & text.is_not_null() & (text != "")
    _refuse(wrong, path, lambda line: f"line {line}: {column} {text[line - 2]!r} is not a number")
    return numbers.fill_null(float("nan")).to_numpy()


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write CSV or, by the name's ending, Parquet."""
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            table.write_parquet(path)
        else:
            table.write_csv(path)
    except OSError as refusal:
        raise InvalidInput(f"{path}: cannot be written: {refusal}") from refusal


def check_writable(path: Path, *inputs: Path | None) -> None:
    """Refuse, before any work is done, a place that cannot be written or that is an input."""
    if not path.parent.is_dir():
        raise InvalidInput(f"{path}: there is no folder {path.parent}")
    if path.is_dir():
        raise InvalidInput(f"{path}: is a folder; give the name of a file")
    if any(path.resolve() == given.resolve() for given in inputs if given is not None):
        raise InvalidInput(f"{path}: is also an input; it would be overwritten")


def _moments(table: pl.DataFrame, path: Path, frequency: Frequency) -> np.ndarray:
    """Read dates as the beginning of their period; refuses one that lies inside a period."""
    given = table["ds"]
    if given.dtype in (pl.Date, pl.Datetime):
        moment = given.cast(pl.Datetime("us"))
    else:
        text = given.cast(pl.String).str.strip_chars()
        clean = text.str.replace("T", " ", literal=True).str.replace(r"\.0+$", "")
        formats = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
        length = clean.str.len_chars()
        ending = length.replace_strict({7: "-01", 13: ":00"}, default="", return_dtype=pl.String)
        whole = (clean + ending).alias("ds")
        tries = [pl.col("ds").str.to_datetime(form, strict=False, time_unit="us") for form in formats]
        moment = whole.to_frame().select(pl.coalesce(tries))["ds"]
        wrong = moment.is_null() | ~text.str.contains(MOMENT).fill_null(value=False)
        _refuse(
            wrong,
            path,
            lambda line: (
                f"line {line}: ds {text[line - 2]!r} is not a date like 2024-01-31 or 2024-01-31 13:00"
            ),
        )
    every = "1h" if frequency is Frequency.HOUR else "1d"
    _refuse(moment.is_null(), path, lambda line: f"line {line}: ds is empty")
    _refuse(
        moment != moment.dt.truncate(every),
        path,
        lambda line: f"line {line}: {moment[line - 2]} is not a whole {'hour' if every == '1h' else 'day'}",
    )
    return moment.to_numpy().astype(f"datetime64[{frequency.unit}]")


def _answers(table: pl.DataFrame, column: str, path: Path) -> np.ndarray:
    text = table[column].cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("1")
    wrong = ~text.is_in([*YES, *NO, ""])
    _refuse(wrong, path, lambda line: f"line {line}: {column} {text[line - 2]!r} is neither yes nor no")
    return ~text.is_in(list(NO)).to_numpy()


def _refuse_repeats(ids: list[str], when: np.ndarray, path: Path) -> None:
    rows = pl.DataFrame({"unique_id": ids, "ds": when.astype(np.int64)})
    again = ~rows.select(pl.struct("unique_id", "ds").is_first_distinct()).to_series()
    _refuse(
        again, path, lambda line: f"line {line}: {ids[line - 2]!r} has a second value at {when[line - 2]}"
    )


def _refuse(wrong: pl.Series, path: Path, say: Callable[[int], str]) -> None:
    if wrong.any():
        raise InvalidInput(f"{path}, {say(int(wrong.fill_null(value=True).arg_max() or 0) + 2)}")


def _without_blank_end(table: pl.DataFrame) -> pl.DataFrame:
    """Leave out blank lines at the end; one in the middle is told by its line."""
    filled = table.select(pl.any_horizontal(pl.all().cast(pl.String).fill_null("").str.strip_chars() != ""))
    full = filled.to_series().arg_true()
    return table.head(int(full[-1]) + 1 if len(full) else 0)


def _check_utf8(path: Path) -> None:
    """Find the line of the first byte that is not UTF-8, reading the file in pieces."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 1
    with path.open("rb") as file:
        while True:
            piece = file.read(READ_AT_ONCE)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as refusal:
                line = lines + refusal.object[: refusal.start].count(b"\n")
                byte = refusal.object[refusal.start]
                raise InvalidInput(
                    f"{path}, line {line}: byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"
                ) from refusal
            if not piece:
                return
            lines += piece.count(b"\n")
