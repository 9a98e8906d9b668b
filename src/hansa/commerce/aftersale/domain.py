"""The lives of returns and disputes as tables of legal steps, and what an exchange comes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hansa.kernel.errors import Refused


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"
    DENIED = "denied"
    CANCELLED = "cancelled"


class DisputeState(StrEnum):
    """Where a dispute between a buyer and a merchant stands."""

    OPENED = "opened"
    ANSWERED = "merchant_response"
    REVIEW = "platform_review"
    FOR_BUYER = "resolved_buyer"
    FOR_MERCHANT = "resolved_merchant"
    SPLIT = "split"


class Wish(StrEnum):
    """What a buyer wants for what is sent back."""

    MONEY = "money"
    CREDIT = "credit"
    EXCHANGE = "exchange"


class IllegalMove(Refused):
    """The return or dispute stands where this cannot be done."""

    code = "illegal_move"


class NotReturnable(Refused):
    """These units cannot be sent back: they have not arrived, are back already, or their time is over."""

    code = "not_returnable"


ON_THE_WAY = timedelta(days=7)  # nobody tells when what went out in an exchange has arrived
RETURN_MOVES: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"approved", "rejected", "cancelled"}),
    "approved": frozenset({"in_transit", "received", "cancelled"}),
    "in_transit": frozenset({"received", "cancelled"}),
    "received": frozenset({"inspected"}),
    "inspected": frozenset({"refunded", "exchanged", "denied"}),
}
DISPUTE_MOVES: Mapping[str, frozenset[str]] = {
    "opened": frozenset({"merchant_response", "platform_review", "resolved_buyer"}),
    "merchant_response": frozenset({"platform_review", "resolved_buyer", "resolved_merchant"}),
    "platform_review": frozenset({"resolved_buyer", "resolved_merchant", "split"}),
}
OPEN_RETURNS = tuple(RETURN_MOVES)
OPEN_DISPUTES = tuple(DISPUTE_MOVES)
SETTLED = frozenset({"refunded", "exchanged", "denied"})


def move_return(old: str, new: ReturnState) -> None:
    """Refuse what a return's state does not allow."""
    if new.value not in RETURN_MOVES.get(old, frozenset()):
        raise IllegalMove(f"a return that is {old} cannot become {new.value}")


def move_dispute(old: str, new: DisputeState) -> None:
    """Refuse what a dispute's state does not allow."""
    if new.value not in DISPUTE_MOVES.get(old, frozenset()):
        raise IllegalMove(f"a dispute that is {old} cannot become {new.value}")


@dataclass(frozen=True)
class Terms:
    """How long a platform lets people send goods back, and merchants and the platform answer; in days."""

    window_days: int = 14
    answer_days: int = 3
    review_days: int = 7

    def ends(self, delivered_at: datetime) -> datetime:
        """Until when something that arrived at a moment can be sent back."""
        return delivered_at + timedelta(days=self.window_days)


@dataclass(frozen=True)
class Difference:
    """What an exchange leaves to be settled, in minor units; one of the two is 0."""

    to_buyer: int
    from_buyer: int


@dataclass(frozen=True)
class Kept:
    """What the platform keeps of what came in for an exchange: commission, the tax on it, and tax on top for the treasury."""

    commission: int = 0
    commission_tax: int = 0
    tax: int = 0

    def so_far(self, units: int, of: int) -> Kept:
        """What belongs to the first units of those that went out, rounded down; all of them make the whole."""
        parts = (self.commission, self.commission_tax, self.tax)
        return Kept(*(part * units // of for part in parts))

    def minus(self, other: Kept) -> Kept:
        return Kept(
            self.commission - other.commission,
            self.commission_tax - other.commission_tax,
            self.tax - other.tax,
        )


def difference(*, worth: int, price: int, is_same_good: bool) -> Difference:
    """Compare what was paid for the units that came back with the price of those that go out.

    The same good goes out for the same, whatever it costs today.
    """
    if is_same_good:
        return Difference(0, 0)
    return Difference(max(0, worth - price), max(0, price - worth))
