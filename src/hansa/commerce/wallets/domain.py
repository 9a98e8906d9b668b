"""What gift cards, store credit and points are worth, and how they stand in the books. Pure."""

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


@dataclass(frozen=True, slots=True)
class Leg:
    """A side of a posting: account kind and signed minor units, debit positive."""

    account: str
    amount: int


def legs_of_sale(amount: int) -> list[Leg]:
    """A gift card is sold: money at the provider, owed to whoever holds the card."""
    return [Leg("provider", amount), Leg("gift_card", -amount)]


def legs_of_gift(kind: Kind, amount: int) -> list[Leg]:
    """The platform gives a card, credit or points (at their worth): a cost, and owed to the holder."""
    return [Leg("goodwill", amount), Leg(kind.value, -amount)]


def legs_of_payment(kind: Kind, amount: int) -> list[Leg]:
    """A purchase is paid from an account: less is owed to its holder.

    It takes the place of the provider's leg of `post_capture` for this part of what the buyer paid.
    """
    return [Leg(kind.value, amount), Leg("provider", -amount)]


def legs_of_giving_back(kind: Kind, amount: int) -> list[Leg]:
    """A purchase paid from an account comes to nothing: the payment's legs with every sign turned."""
    return [Leg(leg.account, -leg.amount) for leg in legs_of_payment(kind, amount)]


def legs_of_expiry(kind: Kind, amount: int) -> list[Leg]:
    """An account runs out of time: what was owed to its holder is earned."""
    return [Leg(kind.value, amount), Leg("breakage", -amount)]
