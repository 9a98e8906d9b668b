"""What we ask of any payment provider. Every call carries our key, so that asking again pays once.

`PaymentProvider` is the least that a shop needs; `HoldingProvider` adds holding money before taking it, `FullProvider`
webhooks and the provider's book. Amounts are minor units; what a provider answers is its word, not our wish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from hansa.kernel.errors import Forbidden, Unavailable


class Outcome(StrEnum):
    """What the provider says of a charge or a refund."""

    DONE = "done"
    AUTHORISED = "authorised"  # held, not taken
    VOIDED = "voided"
    DECLINED = "declined"
    UNKNOWN = "unknown"  # never seen, or not decided yet: ask again later


class Topic(StrEnum):
    """What a webhook is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    OTHER = "other"


class LineKind(StrEnum):
    """What a line of a provider's book moves; each is named once by its kind and the provider's reference."""

    CAPTURE = "capture"
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"


@dataclass(frozen=True)
class Answer:
    """The provider's word: the amount is what it says it took, not what we asked for."""

    outcome: Outcome
    provider_ref: str = ""
    amount: int = 0
    currency: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Order:
    """What is to be paid, to whom, and where the buyer comes back to after a step at the provider.

    ``payee`` is the platform's code: an event that names another payee is not about this payment. ``language`` is the
    buyer's, as we name it.
    """

    key: str
    reference: str
    payee: str
    amount: int
    currency: str
    method_token: str
    return_url: str = ""
    language: str = ""


@dataclass(frozen=True)
class ProviderEvent:
    """A verified webhook in our words; ``amount`` and ``currency`` are of the thing it tells about.

    ``state`` is captured, authorised, declined or voided of a payment; opened, won or lost of a dispute.
    """

    event_id: str
    topic: Topic
    name: str  # the provider's own word for it
    payee: str
    reference: str  # the purchase, or the refund
    provider_ref: str
    amount: int
    currency: str
    state: str = ""
    dispute_ref: str = ""
    reason: str = ""
    due_by: str = ""


@dataclass(frozen=True)
class BookLine:
    """One line of the provider's book."""

    kind: LineKind
    provider_ref: str
    reference: str
    payee: str
    amount: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class EvidenceFile:
    """A file that backs up our side of a dispute."""

    name: str
    content_type: str
    content: bytes


class ActionNeeded(Unavailable):
    """The buyer must do a step at the provider first (3-D Secure, a QR code): its address is in ``details``.

    To a caller that knows nothing of steps it is a provider that has not decided yet: ask again later.
    """

    code = "payment_action_needed"


class ForgedEvent(Forbidden):
    """A webhook whose signature or time is not right: nothing of it may be believed."""

    code = "forged_event"


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


class HoldingProvider(PaymentProvider, Protocol):
    """A provider that can also hold money before it takes it."""

    def take(self, order: Order, *, at_once: bool) -> Answer:
        """Charge an order, or only hold its money; raises ActionNeeded when the buyer must do a step."""
        ...

    def capture(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        """Take held money, all of it or a part; what is left is let go."""
        ...

    def void(self, *, key: str, provider_ref: str) -> Answer:
        """Let held money go and shut the key, so that nothing is taken under it later.

        Answers DONE when the money was taken before: then it can only be refunded.
        """
        ...


@runtime_checkable
class FullProvider(HoldingProvider, Protocol):
    """A provider that can also tell by webhook, show its book and argue disputes."""

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> ProviderEvent:
        """Verify a webhook and say it in our words. Refuses with ForgedEvent what is not the provider's."""
        ...

    def acknowledgement(self) -> tuple[str, str]:
        """What the provider wants to hear when an event is kept: content type and body."""
        ...

    def book(self, *, since: datetime, until: datetime) -> list[BookLine] | None:
        """The provider's own lines of a time; None where its book is not to be had through its interface."""
        ...

    def send_evidence(
        self, *, key: str, dispute_ref: str, text: str, files: Sequence[EvidenceFile]
    ) -> Answer:
        """Argue a dispute; the same key sends it once."""
        ...

    def find_dispute(self, *, dispute_ref: str) -> str:
        """Say how a dispute stands: ``opened``, ``won`` or ``lost``; empty where the provider does not know it."""
        ...
