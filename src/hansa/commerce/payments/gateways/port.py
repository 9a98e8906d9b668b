"""What we ask of any payment provider. Every call carries our key, so that asking again pays once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What the provider says of a charge or a refund."""

    DONE = "done"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """The provider's word: the amount is what it says it took, not what we asked for."""

    outcome: Outcome
    provider_ref: str = ""
    amount: int = 0
    currency: str = ""
    reason: str = ""


class PaymentProvider(Protocol):
    """A provider. Calls may raise Unavailable; then the outcome is learnt later by `find`."""

    def methods(self) -> dict[str, str]:
        """Say the ways to pay: token to words."""
        ...

    def charge(self, *, key: str, amount: int, currency: str, method_token: str) -> Answer:
        """Authorise and capture an amount; the same key answers the same charge."""
        ...

    def refund(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        """Give an amount of a charge back; the same key answers the same refund."""
        ...

    def find(self, *, key: str) -> Answer:
        """Say what became of a key; UNKNOWN when the provider never saw it."""
        ...
