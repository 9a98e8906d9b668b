"""Delivery windows as pure time arithmetic, and the life of a carrier's parcel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

CUT_OFF = time(18, 0)  # ordered later, the parcel leaves a day later
HOURS = ((9, 12), (12, 15), (15, 18))
DAYS_AHEAD = 3
# What a carrier's parcel can become; an attempt that failed leaves it on its way.
NEWS: dict[str, frozenset[str]] = {"out": frozenset({"out", "delivered", "lost", "came_back"})}


@dataclass(frozen=True)
class Window:
    """A promise: the parcel comes between these two moments."""

    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The window's name in a form."""
        return self.start.strftime("%Y%m%dT%H")


def offered_windows(now: datetime) -> list[Window]:
    """The windows a shopper may choose from: three a day on the next three days that can be reached."""
    first = now.date() + timedelta(days=1 if now.time() < CUT_OFF else 2)
    return [
        Window(_at(first + timedelta(days=ahead), start), _at(first + timedelta(days=ahead), end))
        for ahead in range(DAYS_AHEAD)
        for start, end in HOURS
    ]


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)
