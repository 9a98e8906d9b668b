"""What a bank or a provider of payouts does for us. Its words come back as answers, not as exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Carried(StrEnum):
    """What became of a transfer."""

    DONE = "done"
    REFUSED = "refused"
    RETURNED = "returned"  # it was done, and the merchant's bank sent it back
    UNKNOWN = "unknown"  # not decided yet, or never heard of


@dataclass(frozen=True)
class Told:
    """What the bank says of a transfer; amount and currency as it knows them."""

    outcome: Carried
    provider_ref: str = ""
    amount: int = 0
    currency: str = ""
    fee: int = 0
    reason: str = ""


class Bank(Protocol):
    """Carries a transfer out once for each key. Raises Unavailable when there is no answer."""

    def send(self, *, key: str, destination: str, amount: int, currency: str) -> Told: ...

    def find(self, *, key: str) -> Told: ...
