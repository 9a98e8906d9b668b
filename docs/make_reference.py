"""Make the pages of `docs/reference/` that the code itself can tell: .venv/bin/python docs/make_reference.py

`tests/architecture/test_documents.py` fails when a page no longer says what the code says.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.config.settings")

import django

django.setup()

import typer
from django.apps import apps

from hansa.cli.main import GROUPS
from hansa.commerce.accounts.access import Access, Audience
from hansa.commerce.accounts.policy import GRANTED, Role
from hansa.config.access import ACCESS
from hansa.config.api import api
from hansa.foundation import invariants
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError

FOLDER = Path(__file__).parent / "reference"
MADE = "<!-- Made from the code by docs/make_reference.py: do not edit. -->\n\n"
FLOORS = ("kernel", "foundation", "engines", "commerce", "alliance")

COMMAND_LINE = """# Command line

In a checkout write `./hansa`; here it is `hansa`. Exit code 0: done; 1: refused or failed, with one line on stderr
that says why; 2: misuse. Answers go to stdout, progress to stderr; `--json` makes the answer one JSON object.
"""
INVARIANTS = """# Invariants

`hansa check` looks for breaches of each of these on the live database, in one read-only snapshot, and exits 1 when it
finds one. Each is one SQL statement that answers the rows breaking it. An app states its own in `invariants.py`.
"""
PERMISSIONS = """# Permissions

What is not in this table is refused. The roles of an operator and a dispatcher count on one platform, a merchant's
for one merchant, the steward's in the whole alliance. Shoppers need no role: they see and change what is theirs. The
table is `GRANTED` in `src/hansa/commerce/accounts/policy.py`.
"""
API_OPERATIONS = """# Operations of the REST API

Every call under `/api/v1/` with the scope that a narrowed key needs for it and the permission that is asked for; where
no permission is named, one sees and changes what is one's own. The table is `config/access.py`; how to call is told in
[the API](api.md).
"""
REFUSALS = """# Refusals

Over HTTP a refusal is a problem document (RFC 9457) with a `code` for machines, a `detail` for people and `details`; on a page it is told in
words under the same status; on the command line it is one line and exit code 1. Only a 429 and a 503 may be sent again
as they are. Not in the table: 401 `not_signed_in`, for a call of the API without a session or a token that is known.
"""


def command_line() -> str:
    """Every command with its arguments and options, in the order of `hansa --help`."""
    parts = [COMMAND_LINE]
    for name, (module, summary) in GROUPS.items():
        command = typer.main.get_command(importlib.import_module(module).app)
        parts += [f"## {name}\n", f"{summary}\n", *_told(command, f"hansa {name}")]
    return "\n".join(parts)


def promises() -> str:
    """Every promise that `hansa check` looks after, app by app."""
    parts = [INVARIANTS]
    for place, stated in _stated():
        rows = [f"| `{each.name}` | {each.promise} |" for each in stated]
        parts += [f"## {place}\n", "| name | promise |", "|---|---|", *rows, ""]
    return "\n".join(parts)


def permissions() -> str:
    """Who may do what."""
    roles = list(Role)
    rows = [
        f"| {permission.replace('_', ' ')} | {' | '.join('yes' if role in given else '–' for role in roles)} |"
        for permission, given in GRANTED.items()
    ]
    return "\n".join([PERMISSIONS, f"| | {' | '.join(roles)} |", "|---" * (len(roles) + 1) + "|", *rows, ""])


def errors() -> str:
    """Every code of refusal with its HTTP status."""
    rows = [
        f"| `{kind.code}` | {status_of(kind.__new__(kind))} | {kind.__name__} | `{kind.__module__}` |"
        for kind in sorted(refusals(), key=lambda kind: kind.code)
    ]
    return "\n".join([REFUSALS, "| code | status | class | module |", "|---|---|---|---|", *rows, ""])


def refusals() -> list[type[HansaError]]:
    """Every kind of refusal that the floors below the pages know."""
    for floor in FLOORS:
        package = importlib.import_module(f"hansa.{floor}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return list(_below(HansaError))


def _below(kind: type[HansaError]) -> Iterator[type[HansaError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _stated() -> list[tuple[str, list[invariants.Invariant]]]:
    modules = [f"{config.name}.invariants" for config in apps.get_app_configs() if "hansa." in config.name]
    own = invariants.__name__
    found = [name for name in modules if name != own and importlib.util.find_spec(name) is not None]
    stated = {name.split(".")[-2]: importlib.import_module(name).INVARIANTS for name in found}
    common = invariants.all_invariants()[sum(map(len, stated.values())) :]
    return [*stated.items(), ("the whole database", common)]


def _told(command: Any, path: str) -> Iterator[str]:
    """Tell a command, or each command of a group."""
    for name, each in getattr(command, "commands", {}).items():
        yield from _told(each, f"{path} {name}")
    if hasattr(command, "commands"):
        return
    context = typer.Context(command, info_name=path)
    arguments = "".join(f" {each.name.upper()}" for each in command.params if _is_argument(each))
    text, _, example = (command.help or "").partition("Example: ")
    yield f"### {path}\n"
    yield f"    {path}{arguments} [OPTIONS]\n"
    yield text.strip() + "\n"
    yield from [f"- {_line(each.get_help_record(context))}" for each in command.params if each.name != "help"]
    example = example or (command.epilog or "").removeprefix("Example: ")
    yield f"\nExample: `{example.strip()}`\n" if example else ""


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _line(record: Any) -> str:
    name, text = record
    return f"`{name}` {' '.join(text.split())}"


def api_operations() -> str:
    """Every operation of the API, audience by audience, with its scope and what it does."""
    told = {
        f"{method.upper()} {path.removeprefix('/api/v1')}": each["summary"]
        for path, item in api.get_openapi_schema()["paths"].items()
        for method, each in item.items()
    }
    parts = [API_OPERATIONS]
    for audience in Audience:
        rows = [
            f"| `{key}` | {_needs(each)} | {told[key]} |"
            for key, each in ACCESS.items()
            if each.audience is audience
        ]
        parts += [f"## {audience.title()}\n", "| call | needs | does |", "|---|---|---|", *rows, ""]
    return "\n".join(parts)


def _needs(declared: Access) -> str:
    if declared.is_open:
        return "nothing"
    scope = f"`{declared.scope}`" if declared.scope else "a key that is not narrowed"
    return f"{scope}, {declared.permission.replace('_', ' ')}" if declared.permission else scope


PAGES: dict[str, Callable[[], str]] = {
    "api-operations.md": api_operations,
    "command-line.md": command_line,
    "invariants.md": promises,
    "permissions.md": permissions,
    "refusals.md": errors,
}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (FOLDER / page).write_text(MADE + make(), encoding="utf-8")
