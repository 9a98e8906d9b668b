"""The rules of what shoppers say in public, as pure functions: what is held back, and how a shop's score is made."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where something said stands. Reported ones are still seen; held ones wait for the operator."""

    PUBLISHED = "published"
    REPORTED = "reported"
    HELD = "held"
    REJECTED = "rejected"


class Hold(StrEnum):
    """Why something is held before anybody has looked at it."""

    NONE = ""
    LINK = "link"
    REPEATED = "repeated"
    FLOOD = "flood"
    REPORTS = "reports"


VISIBLE = (State.PUBLISHED, State.REPORTED)
REPORTS_THAT_HOLD = 3
MOST_AN_HOUR = 5
LONG_ENOUGH_TO_REPEAT = 20  # "very good" is said by many
PRIOR_RATINGS = 10

_LINK = re.compile(
    r"https?:|www\.|[\w.+-]+@[\w-]+\.\w|\b[\w-]{2,}\.(?:com|net|org|shop|store|info|biz|xyz|top|ru|cn|io|me)\b",
    re.IGNORECASE,
)


def why_hold(text: str, *, is_repeated: bool, said_lately: int) -> Hold:
    """Say why a text waits for the operator, if it does: a link, words said before, or too many in an hour."""
    if _LINK.search(unicodedata.normalize("NFKC", text)):
        return Hold.LINK
    if is_repeated:
        return Hold.REPEATED
    return Hold.FLOOD if said_lately >= MOST_AN_HOUR else Hold.NONE


def fingerprint(text: str) -> str:
    """Name a text by its letters alone, so that the same words with other stops are the same; short ones have none."""
    letters = "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
    if len(letters) < LONG_ENOUGH_TO_REPEAT:
        return ""
    return hashlib.blake2b(letters.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Tally:
    """The sum and the number of some ratings."""

    total: int
    count: int


def shrunk(own: Tally, everybody: Tally, *, prior: int = PRIOR_RATINGS) -> float | None:
    """The mean of a shop's ratings, drawn to the platform's mean as by ``prior`` ratings that everybody has.

    Three ratings of five stars do not pass three hundred of 4.8. None where nobody on the platform was rated.
    """
    if not everybody.count:
        return None
    mean = everybody.total / everybody.count
    return (prior * mean + own.total) / (prior + own.count)
