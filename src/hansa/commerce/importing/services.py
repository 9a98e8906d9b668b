"""The door of importing: one function per source, each safe to run again and to be killed half-way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from django.db import transaction

from hansa.commerce.accounts.models import Platform
from hansa.commerce.importing.complete_journey import calendar, journey, source
from hansa.commerce.importing.complete_journey.journey import Plan
from hansa.commerce.importing.errors import BadFile, ImportedAtAnotherScale
from hansa.commerce.importing.generator import synthetic
from hansa.commerce.importing.generator.demo_accounts import DemoAccount, ensure_demo_accounts
from hansa.commerce.importing.history.loading import BULKY, store_world
from hansa.commerce.importing.loading import bulk
from hansa.commerce.importing.loading.chunks import Progress, Tell, alone, digest_of, tell_nobody
from hansa.commerce.importing.loading.copying import open_database
from hansa.commerce.importing.loading.tasks import Run
from hansa.commerce.importing.models import ImportedChunk, ImportedSource
from hansa.commerce.importing.platforms import PlatformSpec, own_platform
from hansa.commerce.importing.tabular import importing, olist, online_retail
from hansa.commerce.importing.tabular.importing import FileImport, Importer
from hansa.commerce.importing.tabular.problems import collecting
from hansa.commerce.importing.tabular.reading import MOST_MB, digest_of_file
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
    first_problems: tuple[str, ...] = ()


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


def import_online_retail(
    path: Path,
    *,
    platform: str = "online-retail",
    errors: Path | None = None,
    is_strict: bool = False,
    most_mb: int = MOST_MB,
    tell: Tell = tell_nobody,
) -> ImportReport:
    """Import UCI Online Retail (a CSV file, a folder of them or their archive) into a platform of its own."""
    spec = _platform(platform, currency=online_retail.CURRENCY)
    asked = FileImport(path, spec, is_strict=is_strict, most_mb=most_mb)
    return _import_file(online_retail.NAME, importing.import_online_retail, asked, errors, tell)


def import_olist(
    path: Path,
    *,
    platform: str = "olist",
    errors: Path | None = None,
    is_strict: bool = False,
    most_mb: int = MOST_MB,
    tell: Tell = tell_nobody,
) -> ImportReport:
    """Import the folder of Olist's tables into a platform of its own."""
    spec = _platform(platform, currency=olist.CURRENCY)
    asked = FileImport(path, spec, is_strict=is_strict, most_mb=most_mb)
    return _import_file(olist.NAME, importing.import_olist, asked, errors, tell)


def import_csv(
    path: Path,
    *,
    platform: str,
    kind: str,
    currency: str = "USD",
    only_merchant: str | None = None,
    errors: Path | None = None,
    is_strict: bool = False,
    most_mb: int = MOST_MB,
    tell: Tell = tell_nobody,
) -> ImportReport:
    """Import products or orders in our own CSV (see `tabular.own_products` and `tabular.own_orders`).

    The platform is made, in this currency, when there is none of that code; one that is there keeps its own.
    ``only_merchant`` (a slug) lets in rows of that merchant alone.
    """
    importers: dict[str, Importer] = {
        "products": importing.import_own_products,
        "orders": importing.import_own_orders,
    }
    if kind not in importers:
        raise InvalidInput(f"kind must be products or orders, not {kind!r}")
    asked = FileImport(
        path, _platform(platform, currency=currency, is_fixed=False), only_merchant, is_strict, most_mb
    )
    return _import_file(f"csv-{kind}", importers[kind], asked, errors, tell)


def _import_file(
    name: str, importer: Importer, asked: FileImport, errors: Path | None, tell: Tell
) -> ImportReport:
    """Import one file once: it is known by what is in it, not by its name."""
    if not asked.path.exists():
        raise BadFile(f"there is no file {asked.path}")
    digest = digest_of_file(asked.path)
    key = f"{name}:{asked.platform.code}:{digest[:12]}"
    with alone(), collecting(errors) as problems:
        found = ImportedSource.objects.using(OWNER).filter(source=key, finished_at__isnull=False).first()
        if found is not None:
            return _nothing_to_do(found)
        with open_database() as db:
            outcome = importer(asked, Run(db, key, digest, tell), problems)
        begun, _ = ImportedSource.objects.using(OWNER).get_or_create(
            source=key, defaults={"began_at": datetime.now(UTC)}
        )
        _finish(
            begun,
            {
                "rejected": problems.rejected,
                **{f"set aside: {why}": n for why, n in problems.set_aside.items()},
            },
        )
        return ImportReport(
            key, False, outcome.chunks, outcome.skipped, outcome.rows, problems.rejected, dict(begun.report),
            tuple(map(str, problems.first)),
        )  # fmt: skip


def _platform(code: str, *, currency: str, is_fixed: bool = True) -> PlatformSpec:
    """Describe the platform of this code: the one that is there, or the one to be made."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,28}[a-z0-9]", code):
        raise InvalidInput(
            f"{code!r} is no code for a platform: small letters, digits and hyphens, 3 to 30 of them"
        )
    there = Platform.objects.using(OWNER).filter(code=code).first()
    spec = own_platform(code, currency=there.currency if there is not None and not is_fixed else currency)
    if there is None:
        return spec
    return replace(spec, name=there.name, latitude=there.latitude, longitude=there.longitude)


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


def _finish(begun: ImportedSource, counts: Mapping[str, int]) -> None:
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
