"""Pages of a list by a cursor that survives new rows: the last key seen, never an offset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from hansa.kernel.errors import InvalidInput

Row = TypeVar("Row", bound=Model)
MOST = 100


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows and the cursor of the next page, empty at the end."""

    rows: list[Row]
    next_cursor: str


def newest_first(
    rows: QuerySet[Row], *, cursor: str, limit: int, key: Callable[[Row], int] | None = None
) -> Page[Row]:
    """Cut a page of at most 100 rows, newest id first; refuses a cursor that is no number."""
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"limit must be between 1 and {MOST}, not {limit}")
    if cursor:
        if not cursor.isascii() or not cursor.isdigit():
            raise InvalidInput(f"{cursor!r} is no cursor of this list")
        rows = rows.filter(pk__lt=int(cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    identify = key or (lambda row: int(row.pk))
    return Page(found, str(identify(found[-1])) if more else "")
