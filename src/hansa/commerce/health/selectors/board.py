"""The board: every node with its weeks, its trend and the week so far, and every link with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform
from hansa.commerce.health.domain.chain import LINKS, NODES, Link, Node, expected_sign
from hansa.commerce.health.domain.evidence import Evidence, Trend, evidence_of, known_from_first, trend_of
from hansa.commerce.health.models import WeeklyFigure
from hansa.commerce.health.selectors.weekly import WEEK, monday_of
from hansa.kernel.errors import NotFound

WEEKS = 13


@dataclass(frozen=True)
class Reading:
    """One node: a value for each week (None: no data yet), the observations behind it, and the week so far."""

    node: Node
    values: tuple[float | None, ...]
    counts: tuple[int, ...]
    running: float | None
    running_count: int

    @property
    def latest(self) -> float | None:
        """The value of the last full week."""
        return self.values[-1] if self.values else None

    @property
    def latest_count(self) -> int:
        return self.counts[-1] if self.counts else 0

    @property
    def trend(self) -> Trend:
        return trend_of(self.values)


@dataclass(frozen=True)
class Judged:
    """A link and what the weeks say of it."""

    link: Link
    evidence: Evidence


@dataclass(frozen=True)
class Board:
    """All that the health page shows of a platform, or (None) of the whole alliance. Weeks are Mondays, oldest first."""

    platform: Platform | None
    currency: str
    weeks: tuple[date, ...]
    running_week: date
    readings: dict[str, Reading]
    links: tuple[Judged, ...]
    counted_at: datetime | None

    def reading(self, key: str) -> Reading:
        """One node's reading; refuses a key that no node has."""
        if key not in self.readings:
            raise NotFound(f"there is no node {key!r}; there are: {', '.join(self.readings)}")
        return self.readings[key]


def board(platform: Platform | None, *, now: datetime, weeks: int = WEEKS) -> Board:
    """Read the full weeks and the running one as they were counted last.

    For one platform its own scope is enough; without a platform the alliance's scope must be open.
    """
    this_week = monday_of(now)
    shown = tuple(this_week - WEEK * back for back in range(weeks, 0, -1))
    stored, counted_at = _stored(platform, since=shown[0])
    readings = {node.key: _reading(node, shown, this_week, stored) for node in NODES}
    return Board(
        platform=platform,
        currency=_currency(platform),
        weeks=shown,
        running_week=this_week,
        readings=readings,
        links=tuple(judge(link, readings) for link in LINKS),
        counted_at=counted_at,
    )


def judge(link: Link, readings: dict[str, Reading]) -> Judged:
    """Look at a link through the full weeks of its two ends."""
    cause, effect = readings[link.cause].values, readings[link.effect].values
    return Judged(link, evidence_of(cause, effect, expected=expected_sign(link)))


def members_of_alliance(
    node: Node, *, now: datetime, weeks: int = WEEKS
) -> list[tuple[Platform, tuple[float | None, ...]]]:
    """One node on every platform beside the others, each with its values of the full weeks.

    The alliance's scope must be open.
    """
    this_week = monday_of(now)
    shown = [this_week - WEEK * back for back in range(weeks, 0, -1)]
    rows = WeeklyFigure.objects.filter(
        platform__isnull=False, node=node.key, week__gte=shown[0], week__lt=this_week
    ).values_list("platform_id", "week", "value")
    found = {(platform_id, week): value for platform_id, week, value in rows}
    members = []
    for platform in accounts.platforms():
        values = [found.get((platform.pk, week)) for week in shown]
        members.append((platform, tuple(known_from_first(values) if node.is_sum else values)))
    return members


_Value = tuple[float | None, int]


def _stored(
    platform: Platform | None, *, since: date
) -> tuple[dict[tuple[str, date], _Value], datetime | None]:
    rows = WeeklyFigure.objects.filter(platform=platform, week__gte=since).values_list(
        "node", "week", "value", "n", "counted_at"
    )
    found: dict[tuple[str, date], _Value] = {}
    counted_at: datetime | None = None
    for node, week, value, n, at in rows:
        found[node, week] = (value, n)
        counted_at = at if counted_at is None else max(counted_at, at)
    return found, counted_at


def _reading(
    node: Node, weeks: tuple[date, ...], this_week: date, stored: dict[tuple[str, date], _Value]
) -> Reading:
    nothing: _Value = (None, 0)
    pairs = [stored.get((node.key, week), nothing) for week in weeks]
    values = [value for value, _ in pairs]
    running, running_count = stored.get((node.key, this_week), nothing)
    return Reading(
        node=node,
        values=tuple(known_from_first(values) if node.is_sum else values),
        counts=tuple(n for _, n in pairs),
        running=running,
        running_count=running_count,
    )


def _currency(platform: Platform | None) -> str:
    """The currency of the figures; empty where the alliance trades in several."""
    if platform is not None:
        return platform.currency
    found = {each.currency for each in accounts.platforms()}
    return found.pop() if len(found) == 1 else ""
