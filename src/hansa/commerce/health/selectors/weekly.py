"""Every node in every week, computed from the tables by one statement for each group of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from hansa.commerce.accounts.models import Platform
from hansa.commerce.health.domain.chain import BY_KEY, Unit
from hansa.commerce.health.selectors import attention, buying, fulfilment, standing
from hansa.commerce.health.selectors.measure import Measure, Rules

MEASURES: tuple[Measure, ...] = (
    *attention.MEASURES,
    *buying.MEASURES,
    *fulfilment.MEASURES,
    *standing.MEASURES,
)
RULES = Rules()
_WHOLE = 0  # how the statements write "all platforms together"
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Figure:
    """One node's value in one week, on a platform or (None) in the alliance, from ``n`` observations."""

    node: str
    platform_id: int | None
    week: date
    value: float
    n: int


def monday_of(moment: datetime) -> date:
    """The Monday (UTC) on which the moment's week begins."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def weekly_figures(
    platforms: Sequence[Platform], *, first: date, until: datetime, rules: Rules = RULES
) -> list[Figure]:
    """Compute the weeks from Monday ``first`` to ``until``, which may lie within a week; what has no data is left out.

    Must run in a scope that sees all these platforms. The alliance's money is left out where its platforms
    trade in different currencies.
    """
    parameters = {
        "platforms": [platform.pk for platform in platforms],
        "since": datetime.combine(first, time(), tzinfo=UTC),
        "until": until,
        "first": first,
        "last": monday_of(until),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rules).items()},
    }
    comparable = len({platform.currency for platform in platforms}) <= 1
    figures: list[Figure] = []
    with connection.cursor() as cursor:
        for measure in MEASURES:
            cursor.execute(measure.sql, parameters)
            figures += _figures(cursor.fetchall(), comparable=comparable)
    return figures


def _figures(rows: Iterable[tuple[str, int, date, float | None, int]], *, comparable: bool) -> list[Figure]:
    return [
        Figure(node, platform_id or None, week, float(value), int(n))
        for node, platform_id, week, value, n in rows
        if value is not None and (comparable or _can_be_compared(node, platform_id))
    ]


def _can_be_compared(node: str, platform_id: int) -> bool:
    declared = BY_KEY[node]
    return not declared.needs_alliance and (platform_id != _WHOLE or declared.unit is not Unit.MONEY)
