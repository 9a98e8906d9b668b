"""Pages of a list by a cursor that survives new rows: the place of the last row seen, never an offset.

A cursor is sealed with the name of its list: one of another list, of another order or made up is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

from hansa.kernel.errors import InvalidInput

Row = TypeVar("Row", bound=Model)
MOST = 100
_signer = signing.Signer(salt="hansa.cursor")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows and the cursor of the next page, empty at the end."""

    rows: list[Row]
    next_cursor: str


def newest_first(rows: QuerySet[Row], *, cursor: str, limit: int) -> Page[Row]:
    """Cut a page of at most 100 rows, newest id first; refuses a cursor of another list."""
    return sorted_page(rows, sorts={"newest": "-pk"}, sort="newest", cursor=cursor, limit=limit)


def sorted_page(
    rows: QuerySet[Row], *, sorts: Mapping[str, str], sort: str, cursor: str, limit: int
) -> Page[Row]:
    """Cut a page in one of the orders that the list allows; equal rows stand by their id.

    ``sorts`` are fields without nulls by their public names, a minus sign before what falls. Refuses another
    order, a limit outside 1 to 100, and a cursor that is not of this list in this order.
    """
    check_limit(limit)
    if sort not in sorts:
        raise InvalidInput(f"sort: {sort!r} is not one of {', '.join(sorts)}")
    field, step = sorts[sort].removeprefix("-"), "lt" if sorts[sort].startswith("-") else "gt"
    fields = [field] if field == "pk" else [field, "pk"]
    name = f"{rows.model._meta.label_lower} {sort}"
    if cursor:
        rows = rows.filter(_after(fields, step, unsealed(name, cursor)))
    found = list(rows.order_by(*(f"-{each}" if step == "lt" else each for each in fields))[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    return Page(found, sealed(name, [_plain(found[-1], each) for each in fields]) if more else "")


def check_limit(limit: int) -> None:
    """Refuse a page of none or of more than 100."""
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"limit must be between 1 and {MOST}, not {limit}")


def sealed(name: str, place: list[Any]) -> str:
    """Make the cursor of a place in the list of this name."""
    return _signer.sign_object([name, place]).replace(":", ".")


def unsealed(name: str, cursor: str) -> list[Any]:
    """Read the place of a cursor; refuses one that we did not make for the list of this name."""
    try:
        of, place = _signer.unsign_object(cursor.replace(".", ":"))
    except (signing.BadSignature, ValueError) as error:
        raise InvalidInput(f"{cursor[:60]!r} is no cursor of this list") from error
    if of != name:
        raise InvalidInput("this cursor is of another list, or of another order of this one")
    return list(place)


def _after(fields: list[str], step: str, place: list[Any]) -> Q:
    first, *rest = fields
    beyond = Q(**{f"{first}__{step}": place[0]})
    return beyond | Q(**{first: place[0]}) & _after(rest, step, place[1:]) if rest else beyond


def _plain(row: Model, path: str) -> Any:
    value: Any = row
    for name in path.split("__"):
        value = getattr(value, name)
    return value.isoformat() if isinstance(value, date) else value
