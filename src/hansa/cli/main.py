"""The `hansa` command: finds each group by name and loads only the one that was asked for."""

from __future__ import annotations

import importlib
import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hansa import __version__
from hansa.cli.output import failing_loudly

# Two BLAS threads on a busy machine made one recommendation ten times slower; processes share the cores.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# command -> (module with an `app`, one line for the overview)
GROUPS: dict[str, tuple[str, str]] = {
    "demo": ("hansa.cli.demo", "Set everything up and run the whole system."),
    "test": ("hansa.cli.test", "Run the tests."),
    "check": ("hansa.cli.check", "Check every invariant on the live database."),
    "import": ("hansa.cli.importing", "Bring goods and history in from elsewhere."),
    "export": ("hansa.cli.exporting", "Take a merchant's goods out as a table."),
    "recommend": ("hansa.cli.recommend", "Recommend items from a file of histories, and measure it."),
    "experiment": ("hansa.cli.experiment", "Tell from files which of two ways is better."),
    "forecast": ("hansa.cli.forecast", "Forecast demand from a CSV or Parquet file."),
    "plan": ("hansa.cli.plan", "Plan stock from state and history."),
    "route": ("hansa.cli.route", "Solve and check vehicle routing instances."),
    "roads": ("hansa.cli.roads", "Shortest paths and travel times on an OSM extract."),
    "warehouse": ("hansa.cli.warehouse", "Exact picking routes."),
    "lake": ("hansa.cli.lake", "Look into the data lake and keep it in order."),
    "alliance": ("hansa.cli.alliance", "Members, joint jobs, signed calls, settlement."),
    "payments": ("hansa.cli.payments", "The sandbox provider, and reconciliation with providers."),
    "bench": ("hansa.cli.bench", "Measure, beside a peer, and print JSON."),
    "web": ("hansa.cli.web", "Serve the pages and the API."),
    "worker": ("hansa.cli.worker", "Deliver events and run jobs."),
    "database": ("hansa.cli.database", "Start, stop and look at the database."),
}


class _Groups(TyperGroup):
    """A group that imports a command's module only when it is used, so that the CLI starts fast."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in GROUPS:
            return None
        module, _ = GROUPS[cmd_name]
        return typer.main.get_command(importlib.import_module(module).app)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(
            f"Hansa {__version__}: an operating system for an alliance of online marketplaces.\n\n"
        )
        formatter.write("Usage: hansa COMMAND --help\n\n")
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in GROUPS.items()])


app = typer.Typer(
    cls=_Groups,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def hansa(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Hansa: an operating system for an alliance of online marketplaces."""
    if version:
        print(f"hansa {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
        raise typer.Exit


def run() -> None:
    """Run the command line; exit 0 done, 1 refused or failed, 2 misuse."""
    with failing_loudly():
        app(prog_name="hansa")


if __name__ == "__main__":
    run()
