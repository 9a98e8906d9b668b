"""What gift cards, store credit and points are worth. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hansa.kernel.errors import InvalidInput

WHOLE = 10_000  # basis points


class Kind(StrEnum):
    """What an account holds."""

    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Programme:
    """What points a purchase earns and what they are worth.

    ``earn_bp``: points for each minor unit paid, in basis points (100 is one point for each major unit of 100).
    ``worth_bp``: minor units for each point, in basis points (10,000 makes a point worth one minor unit).
    """

    earn_bp: int
    worth_bp: int

    def __post_init__(self) -> None:
        if self.earn_bp < 0 or self.worth_bp < 1:
            raise InvalidInput("points are earned at 0 or more and worth something")


def points_for(paid: int, programme: Programme) -> int:
    """The points that an amount paid earns, rounded down."""
    return paid * programme.earn_bp // WHOLE


def worth_of(points: int, programme: Programme) -> int:
    """What points are worth in minor units, rounded down."""
    return points * programme.worth_bp // WHOLE


def points_needed(amount: int, programme: Programme) -> int:
    """The fewest points that are worth an amount."""
    return -(-amount * WHOLE // programme.worth_bp)
