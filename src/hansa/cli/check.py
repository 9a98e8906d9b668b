"""`hansa check`: look for broken promises on the live database."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli import runtime
from hansa.cli.output import AsJson, console, show
from hansa.kernel.errors import InvalidInput, Refused

app = typer.Typer(add_completion=False)


@app.command()
def check(
    only: Annotated[
        list[str] | None, typer.Option(help="Check only this promise; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every invariant on the live database: one line each, exit 1 when any is broken or there are no tables.

    Example: hansa check --only trial-balance
    """
    runtime.with_database()
    from hansa.foundation import invariants

    _refuse_without_tables()
    chosen = None
    if only:
        known = {each.name: each for each in invariants.all_invariants()}
        unknown = [name for name in only if name not in known]
        if unknown:
            raise InvalidInput(f"no promise is called {', '.join(unknown)}; there are: {', '.join(known)}")
        chosen = [known[name] for name in only]
    findings = []
    for finding in invariants.check(chosen):
        findings.append(finding)
        if not as_json:
            mark = "[green]holds [/green]" if finding.holds else f"[red]BROKEN[/red] ({finding.breaches})"
            console.print(f"{mark} {finding.invariant.name:<28} {finding.invariant.promise}", soft_wrap=True)
            for example in finding.examples:
                console.print(f"         [red]{example}[/red]")
    broken = [finding for finding in findings if not finding.holds]
    if as_json:
        show(
            {
                "checked": len(findings),
                "broken": {each.invariant.name: list(each.examples) for each in broken},
            },
            as_json=True,
        )
    raise typer.Exit(1 if broken else 0)


def _refuse_without_tables() -> None:
    """Refuse a database that was never filled, or was left behind by an older Hansa."""
    from django.apps import apps
    from django.db import connections

    from hansa.foundation.database_roles import OWNER

    ours = [model._meta.db_table for model in apps.get_models() if model.__module__.startswith("hansa.")]
    with connections[OWNER].cursor() as cursor:
        there = set(connections[OWNER].introspection.table_names(cursor))
    missing = [table for table in ours if table not in there]
    if len(missing) == len(ours):
        raise Refused(
            "the database holds no Hansa tables yet; `hansa import` or `hansa demo` makes them and brings data in"
        )
    if missing:
        raise Refused(
            f"the database lacks tables of this Hansa ({', '.join(missing)});"
            " `hansa import` and `hansa demo` bring it up to date"
        )
