"""The lake's tables as Delta Lake folders: made, appended to exactly once, pinned for reading.

Narrow writer profile: reader version 1, writer version 2, no table features; so any Parquet reader with
the file list reads exact snapshots. The Delta library is not safe across a fork and is loaded on first
use only: a process that forks must not have touched this module's functions before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pyarrow as pa
import pyarrow.compute as pc

from hansa.alliance.jobs.tables import PinnedTable
from hansa.alliance.lake.contracts import TableContract
from hansa.alliance.lake.tokens import bucket_of
from hansa.kernel.errors import BrokenInvariant, NotFound, Unavailable

if TYPE_CHECKING:
    from deltalake import DeltaTable

_WRITER = "hansa-writer"  # every commit carries it, so two writers at once conflict instead of doubling rows
_CONFIGURATION = {
    "delta.enableDeletionVectors": "false",
    "delta.columnMapping.mode": "none",
    "delta.checkpointInterval": "50",
}


@dataclass(frozen=True)
class Commit:
    """What an append did: how many rows were new, and the version that holds them."""

    version: int
    rows: int


@dataclass(frozen=True)
class TableState:
    """How a table stands."""

    name: str
    version: int | None
    rows: int
    files: int
    written_at: datetime | None


class Conflict(Unavailable):
    """Another writer was faster; look at the new version and try again."""

    code = "lake_conflict"


def folder_of(root: Path, contract: TableContract) -> Path:
    """Say where a table lies."""
    return root / contract.name


def exists(root: Path, contract: TableContract) -> bool:
    return (folder_of(root, contract) / "_delta_log").is_dir()


class Snapshot:
    """One version of a table, held open to decide on it and then to append to it."""

    def __init__(self, root: Path, contract: TableContract) -> None:
        """Open the newest version, making the table when it is not there."""
        self._contract = contract
        self._delta = _open_or_create(root, contract)

    @property
    def version(self) -> int:
        return self._delta.version()

    def carries(self, writer: str) -> int | None:
        """The highest number with which this writer has committed."""
        return self._delta.transaction_version(writer)

    def event_ids(self, *, member: str, low: int, high: int) -> pa.Array:
        """The numbers of this member's rows between two numbers, both included."""
        where = (
            (pc.field("member") == member) & (pc.field("event_id") >= low) & (pc.field("event_id") <= high)
        )
        found = self._delta.to_pyarrow_dataset().to_table(columns=["event_id"], filter=where)
        return found["event_id"].combine_chunks()

    def without_known(self, rows: pa.Table) -> pa.Table:
        """Those rows that the table does not hold yet."""
        new = []
        for member in pc.unique(rows["member"]).to_pylist():
            own = rows.filter(pc.equal(rows["member"], member))
            span = pc.min_max(own["event_id"])
            known = self.event_ids(member=member, low=span["min"].as_py(), high=span["max"].as_py())
            new.append(own.filter(pc.invert(pc.is_in(own["event_id"], value_set=known))))
        return pa.concat_tables(new) if new else rows

    def append(self, rows: pa.Table, *, why: Mapping[str, str], writer: str = "", number: int = 0) -> Commit:
        """Append checked rows that are not there yet, as one commit on top of this very version.

        With a ``writer`` and a ``number`` the commit says so, and `carries` finds it after a crash.
        Refuses with Conflict when somebody has written since this snapshot was taken.
        """
        from deltalake import CommitProperties, Transaction, write_deltalake
        from deltalake.exceptions import CommitFailedError

        new = self.without_known(rows).sort_by([("member", "ascending"), ("event_id", "ascending")])
        marks = [Transaction(_WRITER, self.version + 1)]
        marks += [Transaction(writer, number)] if writer else []
        if new.num_rows == 0 and not writer:
            return Commit(self.version, 0)
        try:
            write_deltalake(
                self._delta,
                new,
                mode="append",
                partition_by=list(self._contract.partition_by),
                commit_properties=CommitProperties(app_transactions=marks, custom_metadata=dict(why)),
            )
        except CommitFailedError as error:
            raise Conflict(f"somebody else wrote {self._contract.name} at the same time") from error
        return Commit(self._delta.version(), new.num_rows)


def span_of_acts(member: str, since: datetime, until: datetime) -> str:
    """The condition that an act was done at a member from one moment to before another."""
    first, last = (moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for moment in (since, until))
    return f"member = '{member}' and at >= '{first}' and at < '{last}'"


def forget(root: Path, contract: TableContract, subjects: Sequence[str], among: str = "true") -> int:
    """Delete every row of these subjects, or those ``among`` them, and the files of old versions that still hold them; says how many rows.

    Refuses with Conflict when somebody wrote at the same time. Files that another is just writing are left alone:
    only what the table's own log has dropped goes, so versions from before cannot be read any more.
    """
    from deltalake import CommitProperties, Transaction
    from deltalake.exceptions import CommitFailedError

    delta = _open(root, contract, None)
    marks = [Transaction(_WRITER, delta.version() + 1)]
    named = ", ".join(f"'{subject}'" for subject in subjects)
    buckets = ", ".join(sorted({str(bucket_of(subject)) for subject in subjects}))
    try:
        done = delta.delete(
            f"bucket in ({buckets}) and subject in ({named}) and {among}",
            commit_properties=CommitProperties(app_transactions=marks, custom_metadata={"run": "forget"}),
        )
    except CommitFailedError as error:
        raise Conflict(f"somebody else wrote {contract.name} at the same time") from error
    delta.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    return int(done["num_deleted_rows"])


def pin(root: Path, contract: TableContract, *, version: int | None = None) -> PinnedTable:
    """Pin a version (the newest unless told) as an exact file list; refuses a table that is not there."""
    delta = _open(root, contract, version)
    files = sorted(_local(uri) for uri in delta.file_uris())
    return PinnedTable(
        name=contract.name,
        version=delta.version(),
        base=str(folder_of(root, contract)),
        files=files,
        schema=contract.schema,
        partition_by=contract.partition_by,
    )


def dataset_of(root: Path, contract: TableContract) -> object:
    """The newest version as an Arrow dataset, for reading inside this process."""
    return _open(root, contract, None).to_pyarrow_dataset()


def state_of(root: Path, contract: TableContract) -> TableState:
    """Say how a table stands; one that was never written has no version."""
    if not exists(root, contract):
        return TableState(contract.name, None, 0, 0, None)
    delta = _open(root, contract, None)
    last = delta.history(1)[0]
    written_at = datetime.fromtimestamp(last["timestamp"] / 1000, tz=UTC)
    return TableState(contract.name, delta.version(), delta.count(), len(delta.file_uris()), written_at)


def compact(root: Path, contract: TableContract) -> int:
    """Melt small files together, keeping every row; answers how many files went."""
    from deltalake import CommitProperties, Transaction
    from deltalake.exceptions import CommitFailedError

    delta = _open(root, contract, None)
    marks = [Transaction(_WRITER, delta.version() + 1)]
    try:
        done = delta.optimize.compact(commit_properties=CommitProperties(app_transactions=marks))
    except CommitFailedError as error:
        raise Conflict(f"somebody else wrote {contract.name} at the same time") from error
    return int(done["numFilesRemoved"]) - int(done["numFilesAdded"])


def _open(root: Path, contract: TableContract, version: int | None) -> DeltaTable:
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    if not exists(root, contract):
        raise NotFound(
            f"the lake has no table {contract.name} yet: run `hansa lake backfill` or `hansa lake flush`"
        )
    try:
        delta = DeltaTable(folder_of(root, contract), version=version)
    except DeltaError as error:
        raise Unavailable(f"cannot read the lake table {contract.name}: {error}") from error
    _refuse_other_profile(delta, contract)
    return delta


def _open_or_create(root: Path, contract: TableContract) -> DeltaTable:
    from deltalake import DeltaTable

    if not exists(root, contract):
        folder = folder_of(root, contract)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"cannot make the lake folder {folder}: {error.strerror}") from error
        DeltaTable.create(
            folder,
            contract.schema,
            mode="ignore",
            partition_by=list(contract.partition_by),
            name=contract.name,
            description=f"{contract.meaning} Contract version {contract.version}.",
            configuration=_CONFIGURATION,
        )
    return _open(root, contract, None)


def _refuse_other_profile(delta: DeltaTable, contract: TableContract) -> None:
    """Refuse a table that a wider writer has touched: readers by file list would read it wrongly."""
    protocol = delta.protocol()
    features: Sequence[str] = [*(protocol.reader_features or []), *(protocol.writer_features or [])]
    if protocol.min_reader_version != 1 or protocol.min_writer_version != 2 or features:
        raise BrokenInvariant(f"the lake table {contract.name} left the narrow writer profile: {protocol}")
    stored = pa.schema(delta.schema().to_arrow())
    if stored.names != contract.schema.names:
        raise BrokenInvariant(
            f"the lake table {contract.name} has columns {stored.names}, not its contract's"
        )


def _local(uri: str) -> str:
    """The path of a file on this machine: the library spells it as an address, with or without `file://`."""
    address = urlparse(uri)
    return unquote(address.path) if address.scheme in {"", "file"} else uri
