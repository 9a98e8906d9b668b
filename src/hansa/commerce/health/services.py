"""Counting the weeks: the table of weekly figures is brought up to date, and stays the same when counted again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db.models import Count

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform
from hansa.commerce.health.domain.chain import NODES
from hansa.commerce.health.models import WeeklyFigure
from hansa.commerce.health.selectors.board import WEEKS
from hansa.commerce.health.selectors.weekly import WEEK, monday_of, weekly_figures
from hansa.foundation import tenancy

SETTLING_WEEKS = 2  # late parcels, cancellations and refunds still change them
_BATCH = 2_000


def refresh(*, now: datetime, weeks: int = WEEKS) -> int:
    """Count the running week, the two before it and every earlier one that is not there yet; answers the rows written.

    Counting again writes the same rows again. Opens the alliance's scope, since shares need every platform.
    """
    with tenancy.as_alliance():
        platforms = list(accounts.platforms())
        if not platforms:
            return 0
        rows = list(_rows(platforms, _first_to_count(platforms, now, weeks), now))
        WeeklyFigure.objects.bulk_create(
            rows,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["platform", "node", "week"],
            update_fields=["value", "n", "counted_at"],
        )
    return len(rows)


def _first_to_count(platforms: Sequence[Platform], now: datetime, weeks: int) -> date:
    this_week = monday_of(now)
    earliest = this_week - WEEK * weeks
    full = (len(platforms) + 1) * len(NODES)
    counted = dict(
        WeeklyFigure.objects.filter(week__gte=earliest).values_list("week").annotate(rows=Count("pk"))
    )
    week = earliest
    while week < this_week - WEEK * SETTLING_WEEKS and counted.get(week) == full:
        week += WEEK
    return week


def _rows(platforms: Sequence[Platform], first: date, now: datetime) -> Iterator[WeeklyFigure]:
    """One row for each node, week and platform, in the order of their key, so that two at once cannot deadlock."""
    found = {
        (figure.node, figure.platform_id, figure.week): figure
        for figure in weekly_figures(platforms, first=first, until=now)
    }
    week = first
    while week <= monday_of(now):
        for platform_id in [None, *(platform.pk for platform in platforms)]:
            for node in NODES:
                figure = found.get((node.key, platform_id, week))
                yield WeeklyFigure(
                    platform_id=platform_id,
                    node=node.key,
                    week=week,
                    value=figure.value if figure else None,
                    n=figure.n if figure else 0,
                    counted_at=now,
                )
        week += WEEK
