"""When merchants are paid out, and what of their balance may be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hansa.kernel.errors import InvalidInput

LONGEST_HOLD_DAYS = 180


class Every(StrEnum):
    """How often a merchant is paid out."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Terms:
    """What was agreed about payouts; ``minimum`` in minor units, ``destination`` is the provider's name for the bank account."""

    hold_days: int = 7
    every: Every = Every.WEEK
    minimum: int = 1
    destination: str = "sandbox"

    def __post_init__(self) -> None:
        if not 0 <= self.hold_days <= LONGEST_HOLD_DAYS:
            raise InvalidInput(f"goods are held back 0 to {LONGEST_HOLD_DAYS} days, not {self.hold_days}")
        if self.minimum < 1:
            raise InvalidInput(f"a payout is at least 1 minor unit, not {self.minimum}")
        if not self.destination.strip():
            raise InvalidInput("a payout needs to know where it goes")


@dataclass(frozen=True)
class Period:
    """The days that a payout closes, both included."""

    first: date
    last: date


def period_before(today: date, every: Every) -> Period:
    """The last period that is over: yesterday, Monday to Sunday, or the calendar month."""
    if every is Every.DAY:
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if every is Every.WEEK:
        monday = today - timedelta(days=today.weekday())
        return Period(monday - timedelta(days=7), monday - timedelta(days=1))
    last = today.replace(day=1) - timedelta(days=1)
    return Period(last.replace(day=1), last)


def next_day(today: date, every: Every) -> date:
    """The day on which the running period will be over and a payout made up."""
    if every is Every.DAY:
        return today + timedelta(days=1)
    if every is Every.WEEK:
        return today + timedelta(days=7 - today.weekday())
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
