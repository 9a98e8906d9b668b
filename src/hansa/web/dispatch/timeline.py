"""The day of each vehicle as a strip: its way, its stops and the windows promised for them.

Places along the strip are percentages of its width, so that one drawing fits every screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.commerce.delivery.models import Route, Stop

COLOURS = 6  # as many as the map has
HOUR = timedelta(hours=1)
NEAR = 8.0  # per cent of the strip: stops nearer than this share one label


@dataclass(frozen=True)
class Span:
    """A stretch of the strip with its words."""

    x: str
    width: str
    label: str


@dataclass(frozen=True)
class Mark:
    """A stop: where on the strip, what it says when asked, and whether it is late."""

    x: str
    label: str
    is_late: bool


@dataclass(frozen=True)
class Numbers:
    """The numbers of stops that lie close together, and where to write them."""

    x: str
    text: str
    left: str  # pixels from x
    width: str  # pixels


@dataclass(frozen=True)
class _At:
    """A stop and its place in per cent."""

    stop: Stop
    place: float


@dataclass(frozen=True)
class Lane:
    """One vehicle's strip."""

    name: str
    colour: str
    way: Span
    windows: list[Span]
    marks: list[Mark]
    numbers: list[Numbers]
    summary: str


@dataclass(frozen=True)
class Timeline:
    """All strips over the same hours."""

    hours: list[Span]
    lanes: list[Lane]


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime

    def at(self, moment: datetime) -> float:
        return 100 * ((moment - self.start) / (self.end - self.start))

    def span(self, start: datetime, end: datetime, label: str = "") -> Span:
        """What of a stretch of time lies on the strip."""
        start, end = max(start, self.start), min(end, self.end)
        return Span(_percent(self.at(start)), _percent(self.at(end) - self.at(start)), label)


def timeline(routes: Sequence[Route]) -> Timeline | None:
    """Lay the routes of a day side by side; None where nobody drives."""
    if not routes:
        return None
    scale = _scale(routes)
    hours = []
    moment = scale.start
    while moment < scale.end:
        hours.append(scale.span(moment, moment + HOUR, date_format(moment, "G")))
        moment += HOUR
    return Timeline(hours, [_lane(order, route, scale) for order, route in enumerate(routes)])


def is_late(stop: Stop) -> bool:
    """Whether a stop is planned after what was promised for it."""
    return stop.arrives_at > stop.shipment.promised_until


def hands_over_at(stop: Stop) -> datetime:
    """When the parcel can be handed over: at the arrival, or when the promised window opens if that is later."""
    opens = stop.shipment.promised_from
    is_same_day = opens.astimezone(UTC).date() == stop.arrives_at.astimezone(UTC).date()
    return max(stop.arrives_at, opens) if is_same_day else stop.arrives_at


def ends_at(route: Route) -> datetime:
    """When the vehicle is back."""
    return route.starts_at + timedelta(seconds=route.duration_s)


def _scale(routes: Sequence[Route]) -> _Scale:
    """Whole hours that hold every tour."""
    first = min(route.starts_at for route in routes).astimezone(UTC)
    last = max(ends_at(route) for route in routes).astimezone(UTC)
    start = first.replace(minute=0, second=0, microsecond=0)
    end = last.replace(minute=0, second=0, microsecond=0)
    return _Scale(start, end if end == last and end > start else end + HOUR)


def _lane(order: int, route: Route, scale: _Scale) -> Lane:
    stops = list(route.stops.all())
    late = sum(is_late(stop) for stop in stops)
    places = [_At(stop, scale.at(hands_over_at(stop))) for stop in stops]
    facts = {
        "name": route.vehicle.name,
        "start": _clock(route.starts_at),
        "end": _clock(ends_at(route)),
        "stops": len(stops),
        "late": late,
    }
    return Lane(
        name=route.vehicle.name,
        colour=f"var(--series-{order % COLOURS + 1})",
        way=scale.span(route.starts_at, ends_at(route), f"{facts['start']}–{facts['end']}"),
        windows=[
            scale.span(start, end, f"{_clock(start)}–{_clock(end)}")
            for start, end in _windows(route)
            if start < scale.end and end > scale.start
        ],
        marks=[Mark(_percent(each.place), _said(each.stop), is_late(each.stop)) for each in places],
        numbers=[_numbers(group) for group in _close_together(places)],
        summary=_("%(name)s drives from %(start)s to %(end)s: %(stops)s stops, %(late)s later than promised.")
        % facts,
    )


def _close_together(places: Sequence[_At]) -> list[list[_At]]:
    """Cut the stops of a tour into runs in which each lies near the first."""
    groups: list[list[_At]] = []
    for each in places:
        if groups and each.place - groups[-1][0].place < NEAR:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _numbers(group: Sequence[_At]) -> Numbers:
    first, last = group[0], group[-1]
    one = str(first.stop.sequence)
    text = one if first is last else f"{one}–{last.stop.sequence}"
    width = 11 + 7 * len(text)
    return Numbers(_percent((first.place + last.place) / 2), text, f"{-width / 2:g}", f"{width}")


def _said(stop: Stop) -> str:
    return f"{stop.sequence}. {_clock(hands_over_at(stop))} {stop.shipment.group.recipient}".rstrip()


def _windows(route: Route) -> list[tuple[datetime, datetime]]:
    """The windows promised for the day of the tour; what was promised for another day has none here."""
    day = route.starts_at.astimezone(UTC).date()
    found = {(stop.shipment.promised_from, stop.shipment.promised_until) for stop in route.stops.all()}
    return sorted((start, end) for start, end in found if start.astimezone(UTC).date() == day)


def _clock(moment: datetime) -> str:
    return date_format(moment.astimezone(UTC), "TIME_FORMAT")


def _percent(value: float) -> str:
    return f"{value:.2f}%"
