"""Values out of text, exactly or not at all: money without floats, whole counts, moments in UTC. Pure.

Each function answers the value or raises `BadField` with the reason for people.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hansa.kernel.money import digits_of

MOST_MINOR = 10**12  # ten thousand millions: more is a mistake
MOST_UNITS = 1_000_000
_MONEY = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,13})(?:\.(?P<part>[0-9]{1,12}))?", re.ASCII)
_COUNT = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class BadField(ValueError):
    """A value that cannot be what its column says."""


def money(text: str, currency: str, *, least: int = 0) -> int:
    """Read decimal text such as ``12.50`` into minor units, exactly."""
    match = _MONEY.fullmatch(text)
    if match is None:
        raise BadField("no amount: write digits with a decimal point, such as 12.50")
    digits = digits_of(currency)
    part = (match["part"] or "").rstrip("0")
    if len(part) > digits:
        raise BadField(f"more than {digits} decimals, which {currency} does not have")
    minor: int = int(match["whole"]) * 10**digits + int(part.ljust(digits, "0") or 0)
    if match["sign"] and minor:
        raise BadField("a negative amount")
    if minor > MOST_MINOR:
        raise BadField("too large an amount")
    if minor < least:
        raise BadField("an amount of zero")
    return minor


def count(text: str, *, least: int = 1, most: int = MOST_UNITS) -> int:
    """Read a whole number."""
    if not _COUNT.fullmatch(text):
        raise BadField("no whole number")
    value = int(text)
    if value < 0:
        raise BadField("a negative number")
    if value < least:
        raise BadField(f"less than {least}")
    if value > most:
        raise BadField(f"more than {most}")
    return value


def moment(text: str, *, now: datetime) -> datetime:
    """Read a time of ISO 8601; without a zone it is UTC. Answers it in UTC without a zone. Not in the future."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadField("no time: write it such as 2026-11-22 17:05:00") from None
    aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    if aware < _EARLIEST:
        raise BadField("a time before 1990")
    if aware > now:
        raise BadField("a time in the future")
    return aware.replace(tzinfo=None)


def currency(text: str, expected: str) -> str:
    """Read a currency, which must be the platform's."""
    if not _CURRENCY.fullmatch(text):
        raise BadField("no currency code of three capital letters")
    if text != expected:
        raise BadField(f"the platform trades in {expected}, not in {text}")
    return text


def text(value: str, *, most: int, least: int = 1) -> str:
    """Read words: not too long, nothing invisible."""
    if len(value) < least:
        raise BadField("it is empty")
    if len(value) > most:
        raise BadField(f"longer than {most} characters")
    if any(not sign.isprintable() for sign in value):
        raise BadField("it has invisible characters")
    return value
