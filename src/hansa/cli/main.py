"""The `hansa` command: finds each group by name and loads only the one that was asked for."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click
import typer

from hansa import __version__
from hansa.cli.output import failing_loudly

# command -> (module with an `app`, one line for the overview)
GROUPS: dict[str, tuple[str, str]] = {
    "recommend": ("hansa.cli.recommend", "Recommend items from a file of histories, and measure it."),
    "forecast": ("hansa.cli.forecast", "Forecast demand from a CSV or Parquet file."),
    "plan": ("hansa.cli.plan", "Plan stock from state and history."),
    "route": ("hansa.cli.route", "Solve and check vehicle routing instances."),
    "roads": ("hansa.cli.roads", "Shortest paths and travel times on an OSM extract."),
    "warehouse": ("hansa.cli.warehouse", "Exact picking routes."),
}


class _Groups(click.Group):
    """A group that imports a command's module only when it is used, so that the CLI starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in GROUPS:
            return None
        module, summary = GROUPS[cmd_name]
        app: typer.Typer = importlib.import_module(module).app
        command = typer.main.get_command(app)
        command.short_help = command.short_help or summary
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in GROUPS.items()])


@click.group(cls=_Groups, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hansa")
def hansa() -> None:
    """Hansa: an operating system for an alliance of online marketplaces."""


def run(arguments: list[str] | None = None) -> Any:
    """Run the command line; exit 0 done, 1 refused or failed, 2 misuse."""
    with failing_loudly():
        return hansa.main(args=arguments, prog_name="hansa", standalone_mode=True)


if __name__ == "__main__":
    sys.exit(run())
