"""The door of importing: one function per source, each safe to run again and to be killed half-way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db import transaction

from hansa.commerce.importing.complete_journey import calendar, journey, source
from hansa.commerce.importing.complete_journey.journey import Plan
from hansa.commerce.importing.errors import ImportedAtAnotherScale
from hansa.commerce.importing.generator import synthetic
from hansa.commerce.importing.generator.demo_accounts import DemoAccount, ensure_demo_accounts
from hansa.commerce.importing.history.loading import BULKY, store_world
from hansa.commerce.importing.loading import bulk
from hansa.commerce.importing.loading.chunks import Progress, Tell, alone, digest_of, tell_nobody
from hansa.commerce.importing.loading.copying import open_database
from hansa.commerce.importing.loading.tasks import Run
from hansa.commerce.importing.models import ImportedChunk, ImportedSource
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import InvalidInput

DEFAULT_SEED = 2017

__all__ = [
    "DemoAccount",
    "ImportReport",
    "ensure_demo_accounts",
    "import_complete_journey",
    "import_small_world",
]


@dataclass(frozen=True)
class ImportReport:
    """What an import did. ``already_there`` means that the whole source had been imported before."""

    source: str
    already_there: bool
    chunks: int
    skipped_chunks: int
    rows: int
    rejected: int = 0
    details: dict[str, object] = field(default_factory=dict)


def import_complete_journey(
    *, scale: str = "small", as_of: date | None = None, seed: int = DEFAULT_SEED, tell: Tell = tell_nobody
) -> ImportReport:
    """Import The Complete Journey as three platforms, with everything the data lacks made up by the seed.

    A second run adds what a killed one left out, keeps the first run's shift and seed, and otherwise changes
    nothing. Refuses an unknown scale, another scale than the one that is there, and a second import at once.
    """
    if scale not in journey.SCALES:
        raise InvalidInput(f"scale must be small or full, not {scale!r}")
    with alone():
        today = as_of or datetime.now(UTC).date()
        shift = calendar.shift_days(journey.LAST_DAY, today)
        begun = _begin(source.NAME, scale=scale, as_of=today, shift_days=shift, seed=seed)
        if begun.finished_at is not None:
            return _nothing_to_do(begun)
        tell(Progress("reading", 0, 1))
        tables = source.read_tables()
        world, counts = journey.make_world(tables, _plan_of(begun))
        bulk.set_aside(BULKY)
        digest = digest_of(tables.version, begun.scale, begun.seed, begun.shift_days)
        with open_database() as db:
            outcome = store_world(world, Run(db, source.NAME, digest, tell))
        tell(Progress("indexes", 0, 1))
        _finish(begun, counts)
        return ImportReport(
            source.NAME, False, outcome.chunks, outcome.skipped, outcome.rows, details=_details(begun)
        )


def import_small_world(
    *, seed: int = DEFAULT_SEED, as_of: date | None = None, tell: Tell = tell_nobody
) -> ImportReport:
    """Bring in a small world that is made up altogether; for tests and for machines without the data package.

    A second run changes nothing, whatever its seed.
    """
    with alone():
        today = as_of or datetime.now(UTC).date()
        begun = _begin(synthetic.NAME, scale="small", as_of=today, shift_days=0, seed=seed)
        if begun.finished_at is not None:
            return _nothing_to_do(begun)
        assert begun.as_of is not None
        world = synthetic.small_world(seed=begun.seed, as_of=begun.as_of)
        with open_database() as db:
            outcome = store_world(world, Run(db, synthetic.NAME, digest_of(begun.seed, begun.as_of), tell))
        _finish(begun, {"lines": sum(week.lines for week in world.weeks)})
        return ImportReport(
            synthetic.NAME, False, outcome.chunks, outcome.skipped, outcome.rows, details=_details(begun)
        )


def _plan_of(begun: ImportedSource) -> Plan:
    assert begun.as_of is not None
    return Plan(scale=begun.scale, shift_days=begun.shift_days, as_of=begun.as_of, seed=begun.seed)


@transaction.atomic(using=OWNER)
def _begin(name: str, *, scale: str, as_of: date, shift_days: int, seed: int) -> ImportedSource:
    """Note the choices of the first run, or find them."""
    found, _ = ImportedSource.objects.using(OWNER).get_or_create(
        source=name,
        defaults={
            "scale": scale,
            "as_of": as_of,
            "shift_days": shift_days,
            "seed": seed,
            "began_at": datetime.now(UTC),
        },
    )
    if found.scale != scale:
        raise ImportedAtAnotherScale(
            f"{name} is in this database at scale {found.scale}; for scale {scale} start with an empty one"
            " (set HANSA_STATE_DIR to a new folder, or DATABASE_URL to a new database)"
        )
    return found


def _finish(begun: ImportedSource, counts: dict[str, int]) -> None:
    """Put the indexes back, let PostgreSQL look at the tables, and note that all is there."""
    bulk.put_back()
    bulk.analyse(BULKY)
    begun.report = dict(counts)
    begun.finished_at = datetime.now(UTC)
    begun.save(using=OWNER, update_fields=["report", "finished_at"])


def _nothing_to_do(begun: ImportedSource) -> ImportReport:
    there = ImportedChunk.objects.using(OWNER).filter(source=begun.source).count()
    return ImportReport(begun.source, True, 0, there, 0, details=_details(begun))


def _details(begun: ImportedSource) -> dict[str, object]:
    return {
        "scale": begun.scale,
        "as_of": str(begun.as_of),
        "shift_days": begun.shift_days,
        "seed": begun.seed,
        **begun.report,
    }
