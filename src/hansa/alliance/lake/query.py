"""Reading the lake by SQL: DuckDB over the newest snapshots, locked so that it can read nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import CONTRACTS
from hansa.kernel.errors import InvalidInput

_MOST_ROWS = 10_000


@dataclass(frozen=True)
class Answer:
    """The rows of a query, and whether there were more than are given."""

    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]
    is_cut: bool


def query(root: Path, sql: str, *, most_rows: int = _MOST_ROWS) -> Answer:
    """Answer one SELECT over the lake's tables; files, the network and settings are out of its reach.

    Refuses anything that is not a single SELECT, and SQL that DuckDB does not understand.
    """
    engine = duckdb.connect(config={"threads": 2, "memory_limit": "2GB"})
    try:
        engine.execute("set TimeZone = 'UTC'")
        for contract in CONTRACTS.values():
            if tables.exists(root, contract):
                engine.register(contract.name, tables.dataset_of(root, contract))
        engine.execute("set enable_external_access = false")
        engine.execute("set lock_configuration = true")
        statements = engine.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InvalidInput("ask the lake one SELECT at a time")
        found = engine.execute(statements[0])
        rows = found.fetchmany(most_rows + 1)
        columns = [column[0] for column in found.description or []]
        return Answer(columns, rows[:most_rows], len(rows) > most_rows)
    except duckdb.Error as error:
        raise InvalidInput(f"the lake does not understand this: {error}") from error
    finally:
        engine.close()
