"""`hansa database`: start, stop and look at the database, and appoint the first people who may run what is in it."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from hansa.cli import runtime
from hansa.cli.output import AsJson, console, show
from hansa.foundation import postgres
from hansa.foundation.state import state_dir

app = typer.Typer(
    no_args_is_help=True,
    help="Start, stop and look at the database (DATABASE_URL's, or the one Hansa brings along).",
    epilog="Example: hansa database start && hansa database psql",
)


@app.command()
def start(as_json: AsJson = False) -> None:
    """Start the database if it is not running; it stays up until `hansa database stop`."""
    postgres.ensure_running(state_dir())
    status(as_json=as_json)


@app.command()
def stop(as_json: AsJson = False) -> None:
    """Shut Hansa's own database down; nothing committed is lost."""
    show({"stopped": postgres.stop(state_dir())}, as_json=as_json)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell whether it runs, its version and where its files are; exit 1 when it does not run."""
    found = postgres.status(state_dir())
    show(asdict(found), as_json=as_json)
    if not found.running:
        raise SystemExit(1)


@app.command()
def url() -> None:
    """Print its address, password included: for DATABASE_URL and other tools."""
    print(postgres.url_of(state_dir()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open a session as Hansa's role; further words go to psql: `hansa database psql -c 'SELECT 1'`."""
    postgres.ensure_running(state_dir())
    argv, environ = postgres.psql_command(state_dir())
    try:
        os.execve(argv[0], [*argv, *context.args], {**os.environ, **environ})  # noqa: S606
    except OSError as error:
        console.print(f"hansa: cannot run {argv[0]}: {error.strerror}")
        raise SystemExit(1) from error


@app.command()
def appoint(
    person: Annotated[str, typer.Argument(help="User name or e-mail; a new name becomes a new person.")],
    platform: Annotated[
        str, typer.Option(help="Make them operator of the platform of this code; without it, steward.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make somebody operator of a platform, or steward of the alliance: they give all other roles on their pages.

    A new person's password is asked for, or read as one line from a pipe.

    Example: hansa database appoint olga --platform lynx
    """
    runtime.with_database()
    runtime.migrate()
    from hansa.commerce.accounts import selectors, services
    from hansa.commerce.accounts.errors import PersonUnknown
    from hansa.commerce.accounts.policy import SYSTEM, Held, Role
    from hansa.kernel.clock import system_clock

    role = (
        Held(Role.OPERATOR, selectors.get_platform(platform).pk, None)
        if platform
        else Held(Role.STEWARD, None, None)
    )
    try:
        user, is_new = selectors.get_person(person), False
    except PersonUnknown:
        user, is_new = services.open_account(username=person, password=_password_of(person)), True
    is_given = services.grant_role(actor=SYSTEM, user_id=user.pk, role=role, now=system_clock())
    told = {"person": user.username, "new": is_new, "role": role.role.value, "platform": platform}
    show({**told, "changed": is_given}, as_json=as_json)


def _password_of(person: str) -> str:
    if sys.stdin.isatty():
        return str(
            typer.prompt(f"A password for {person}", hide_input=True, confirmation_prompt=True, err=True)
        )
    return sys.stdin.readline().rstrip("\n")
