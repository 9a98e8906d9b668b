"""What a joint job may see: tables of the lake, each pinned to one version. No Django, no Delta library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class PinnedTable:
    """One version of a lake table as the exact list of its Parquet files.

    ``partition_by`` names the columns that live in the folder names below ``base``, not in the files.
    A folder is never read by pattern: it also holds files that later versions have dropped.
    """

    name: str
    version: int
    base: str
    files: Sequence[str]
    schema: pa.Schema
    partition_by: Sequence[str]


def content_hash(table: pa.Table) -> str:
    """Hash what a table says, whatever engine made it and in whatever order its rows came.

    Rows are sorted by all columns and written as JSON; only texts, whole numbers, truths and nulls
    have one spelling on every engine, so a column of another type is refused with TypeError.
    """
    for field in table.schema:
        if not (pa.types.is_integer(field.type) or pa.types.is_boolean(field.type) or _is_text(field.type)):
            raise TypeError(
                f"column {field.name} is {field.type}: a result is hashed over texts and whole numbers"
            )
    rows = zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)
    digest = hashlib.sha256(json.dumps(table.column_names).encode())
    for line in sorted(json.dumps(row, ensure_ascii=False) for row in rows):
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))
