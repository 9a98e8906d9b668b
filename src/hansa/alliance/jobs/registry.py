"""The joint jobs there are: what each reads, computes, releases, and the hash of the code that does it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa

from hansa.alliance.jobs import co_purchase
from hansa.kernel.errors import NotFound


@dataclass(frozen=True)
class Job:
    """A computation over the alliance's tables that any engine can run."""

    name: str
    reads: Sequence[str]
    result: pa.Schema
    expression: Callable[[Mapping[str, ibis.Table], co_purchase.Params], ibis.Table]
    check_release: Callable[[pa.Table, co_purchase.Params], None]
    source: Path

    @property
    def code_hash(self) -> str:
        """Name the code that runs, so that a result can be traced to it and an approval bound to it."""
        return hashlib.sha256(self.source.read_bytes()).hexdigest()


JOBS: Mapping[str, Job] = {
    co_purchase.NAME: Job(
        name=co_purchase.NAME,
        reads=co_purchase.READS,
        result=co_purchase.RESULT,
        expression=co_purchase.expression,
        check_release=co_purchase.check_release,
        source=Path(co_purchase.__file__),
    )
}


def get_job(name: str) -> Job:
    """The job of this name; refuses one that does not exist, naming those that do."""
    if name not in JOBS:
        raise NotFound(f"there is no joint job {name!r}; there are: {', '.join(JOBS)}")
    return JOBS[name]
