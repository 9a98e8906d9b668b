"""`hansa export`: a merchant's goods out of a platform as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hansa.cli import runtime
from hansa.cli.output import AsJson, show
from hansa.kernel.errors import InvalidInput

app = typer.Typer(no_args_is_help=True, help="Take goods out; `hansa import goods` brings them in again.")


@app.callback()
def _group() -> None:
    """Keep `goods` a command of its own although it is the only one."""


@app.command("goods")
def goods(
    path: Annotated[Path, typer.Argument(help="Where to write; .xlsx is a workbook, anything else CSV.")],
    platform: Annotated[str, typer.Option(help="Code of the platform.")],
    merchant: Annotated[str, typer.Option(help="Slug of the merchant.")],
    as_json: AsJson = False,
) -> None:
    """Write everything that a merchant lists on a platform, shown or not, as CSV or XLSX.

    Example: hansa export goods goods.xlsx --platform trave --merchant haus-6
    """
    runtime.with_database()
    runtime.migrate()
    from hansa.cli.desks import who_runs
    from hansa.commerce.accounts.selectors import get_platform
    from hansa.commerce.catalogue.exchange.services import export_goods
    from hansa.commerce.merchants.selectors import get_by_slug

    house = get_by_slug(merchant)
    kind = "xlsx" if path.suffix.lower() == ".xlsx" else "csv"
    data = export_goods(
        actor=who_runs(house.pk), platform=get_platform(platform), merchant_id=house.pk, kind=kind
    )
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror or error}") from error
    show({"written": str(path), "bytes": len(data)}, as_json=as_json)
