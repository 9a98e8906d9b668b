"""Chunks: each comes in once, in one transaction together with the note that it has."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from hansa.commerce.importing.errors import AnotherImportRuns
from hansa.commerce.importing.models import ImportedChunk
from hansa.foundation.database_roles import OWNER

_LOCK = 4_817_260_031  # any number that no other part of Hansa locks
_PATIENCE = 10.0  # seconds: the database ends the statement of a killed import before it lets go of its lock


@dataclass(frozen=True)
class Progress:
    """How far an import is: which step, and how many of its units are done."""

    step: str
    done: int
    total: int


Tell = Callable[[Progress], None]


def tell_nobody(progress: Progress) -> None:
    """Take progress and say nothing."""


@dataclass
class Loaded:
    """What a chunk brought in; the loader counts as it goes."""

    rows: int = 0
    rejected: int = 0


@contextmanager
def alone() -> Iterator[None]:
    """Let only one import run at a time; refuses a second one with AnotherImportRuns."""
    with connections[OWNER].cursor() as cursor:
        _lock(cursor)
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])


def _lock(cursor: CursorWrapper) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        if cursor.fetchone()[0]:
            return
        if time.monotonic() > until:
            raise AnotherImportRuns("another import is running on this database; wait for its end")
        time.sleep(0.1)


def done_chunks(source: str) -> set[str]:
    """Name the chunks of a source that are in the database."""
    return set(ImportedChunk.objects.using(OWNER).filter(source=source).values_list("chunk", flat=True))


@contextmanager
def chunk(source: str, name: str, *, digest: str = "") -> Iterator[Loaded]:
    """Open the transaction of one chunk; it commits together with its ImportedChunk row or not at all."""
    loaded = Loaded()
    with transaction.atomic(using=OWNER):
        yield loaded
        ImportedChunk.objects.using(OWNER).create(
            source=source, chunk=name, digest=digest, rows=loaded.rows, rejected=loaded.rejected
        )


def digest_of(*parts: object) -> str:
    """Say in 64 characters what a chunk was made from."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
