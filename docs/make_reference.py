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
FORTY = """## What can be wrong with a shop

Forty things, of money (M), stock (S), promotions (P), orders (O), telling (T), belonging together (A), the alliance (F),
the audit (L), people (V) and plans (E), and the promises that look for each. `tests/integration/invariants` breaks every
promise on purpose and sees that the culprit is named.

| | what must hold | looked after by |
|---|---|---|
"""
LOOKED_AFTER = {
    ("M1", "a journal has two legs or more, and they sum to zero"): "journal-sums-to-zero",
    ("M2", "the books balance in every currency"): "trial-balance",
    (
        "M3",
        "a balance that is kept is the sum of what moved it (only wallets keep one)",
    ): "wallet-is-its-movements",
    ("M4", "no account falls below its floor"): "owed-is-never-below-nothing wallet-is-its-movements",
    ("M5", "every leg is well formed"): "leg-agrees-with-account",
    ("M6", "each capture is booked once"): "capture-is-in-the-books",
    ("M7", "what is booked is what happened"): (
        "capture-is-in-the-books refund-is-in-the-books payout-is-its-lines dispute-is-in-the-books"
        " wallets-are-in-the-books correction-posted-by-another commission-is-its-lines"
        " commission-is-in-the-books"
    ),
    ("M8", "given back, taken, held: none more than the next"): (
        "refunds-within-capture refund-is-its-lines settled-return-is-paid split-keeps-every-cent"
        " commission-given-back-within wallet-given-back-once"
    ),
    (
        "M9",
        "a paid purchase is paid in full, in its currency; a cancelled one keeps nothing",
    ): "paid-in-full tender-is-spent no-money-kept",
    ("M10", "a purchase adds up"): "purchase-is-its-orders tax-adds-up",
    ("M11", "the providers' books are ours, both ways"): "provider-agrees bank-agrees-on-payouts",
    ("M12", "nobody is paid out twice, or more than was owed"): (
        "payout-sent-once payout-once-a-period payout-is-its-lines payout-agreed-by-two"
    ),
    (
        "M13",
        "what is held in between is for something under way",
    ): "tender-is-under-way payout-under-way-is-set-apart",
    ("S1", "what is on hand is what moved, and not less than nothing"): (
        "on-hand-is-its-movements received-goods-are-in-stock restocked-is-on-the-shelf bundles-have-no-stock"
    ),
    ("S2", "what is promised is reserved, and there"): "promises-are-reservations on-hand-is-its-movements",
    ("S3", "no hold outlives its purchase"): "no-stale-hold no-payment-left-open",
    ("S4", "what is sold is promised"): "sold-is-promised",
    ("S5", "no more is sent than was ordered, and only of what is paid"): (
        "never-more-than-was-delivered shipped-is-fulfilled one-active-return-per-unit"
    ),
    ("S6", "what was sent has left the shelf"): "shipped-left-the-shelf dispatches-are-movements",
    ("P1", "a limited offer is used no more often than it may, and counted"): (
        "coupon-counts-its-uses coupon-within-budget flash-sold-is-claimed group-counts-its-members"
    ),
    ("P2", "nor by one buyer"): "coupon-per-buyer flash-per-buyer",
    (
        "P3",
        "cards, credit and points are what the books owe",
    ): "wallet-is-its-movements wallets-are-in-the-books",
    ("O1", "what is paid is brought, or was given back"): (
        "paid-purchase-has-its-parcel no-money-kept delivered-parcel-is-delivered-goods"
    ),
    ("O2", "every step is legal, and the last one led where it stands"): (
        "legal-steps-only return-is-its-steps dispute-is-its-last-word parcel-is-its-last-news"
    ),
    ("T1", "what happened was told, once"): "paid-purchase-is-told refund-is-told",
    ("T2", "what was told is heard in time"): "outbox-drained",
    ("T3", "and by nobody twice"): "effect-at-most-once",
    ("T4", "and by everybody"): "effect-at-least-once webhook-arrived-with-proof",
    ("T5", "a key has one answer"): "idempotency-answered agent-bought-once",
    ("T6", "a webhook is kept once, and looked into"): "webhook-is-judged",
    ("T7", "no work is in dead hands"): "no-job-on-a-dead-worker",
    ("A1", "parents and children belong together, also by platform"): (
        "family-stays-together child-agrees-with-parent listing-repeats-its-offer bundles-are-flat webhook-stays-at-home"
        " wish-on-its-platform answer-in-its-place review-of-a-purchase tenant-walls"
    ),
    (
        "F1",
        "a call between platforms is fresh, came once, and has leave",
    ): "call-fresh-and-allowed decision-is-audited",
    ("F2", "nothing passes from or to a member who was suspended or left"): "revoked-member-is-kept-out",
    ("F3", "what is shared hides the few"): "pair-hides-the-few",
    (
        "L1",
        "the audit chain is whole and says what it was made of",
    ): "audit-chain-unbroken audit-line-is-its-hash append-only",
    ("V1", "who was forgotten is gone"): "forgotten-is-gone",
    ("V2", "every column that could know of people is classified"): "every-column-is-classified",
    ("E1", "a forecast is a number, and not below nothing"): "forecasts-are-numbers",
    ("E2", "a parcel is on one route"): "parcel-on-one-active-route",
}
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
    return "\n".join([*parts, FORTY + "\n".join(_looked_after()), ""])


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


def _looked_after() -> Iterator[str]:
    known = {each.name for each in invariants.all_invariants()}
    for (short, what), names in LOOKED_AFTER.items():
        if missing := set(names.split()) - known:
            raise LookupError(f"{short} names promises that nobody makes: {', '.join(sorted(missing))}")
        yield f"| {short} | {what} | {', '.join(f'`{name}`' for name in names.split())} |"


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
