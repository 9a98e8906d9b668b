"""How the sandbox provider misbehaves: by magic payment methods, and by chances that a seed decides.

Each chance is drawn from the seed and the name of the thing, never from a running generator: the same seed
does the same to the same purchase, however the requests of a storm are interleaved.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

METHODS = {
    "tok_ok": "Test card that pays",
    "tok_declined": "Test card that is declined",
    "tok_no_answer": "Test card that pays, but the answer is lost",
    "tok_3ds": "Test card that asks you to confirm at the bank",
    "tok_webhook_lost": "Test card whose message to the shop is lost",
    "tok_webhook_twice": "Test card whose message to the shop comes five times",
    "tok_webhook_late": "Test card whose message to the shop comes late",
    "tok_webhook_wrong_amount": "Test card whose message tells a wrong amount",
    "tok_webhook_wrong_signature": "Test card whose message is signed by somebody else",
    "tok_disputed": "Test card whose holder disputes the payment",
}


@dataclass(frozen=True)
class Moods:
    """Chances from 0 to 1, times in seconds, and the seed that decides."""

    seed: int = 0
    decline: float = 0.0  # of payments
    action: float = 0.0  # a confirmation at the bank, of payments
    no_answer: float = 0.0  # the money moves, the answer is lost; of payments and refunds
    lose: float = 0.0  # of webhooks
    duplicate: float = 0.0
    wrong_amount: float = 0.0
    wrong_signature: float = 0.0
    late: float = 0.0
    late_s: float = 2.0
    shuffle_s: float = 0.0  # every webhook waits up to this long, so that they overtake one another

    @classmethod
    def read(cls, text: str) -> Moods:
        """Read moods from JSON; a name that is none of them is an error of whoever wrote it."""
        told: dict[str, Any] = json.loads(text or "{}")
        unknown = set(told) - {each.name for each in fields(cls)}
        if unknown:
            message = f"no such moods: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        return cls(**told)

    def text(self) -> str:
        return json.dumps(asdict(self))

    def strikes(self, what: str, name: str, chance: float) -> bool:
        """Decide one chance for one thing."""
        return self.share(what, name) < chance

    def share(self, what: str, name: str) -> float:
        """A number from 0 up to 1 that belongs to this thing."""
        drawn = hashlib.sha256(f"{self.seed}:{what}:{name}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") / 2**64


@dataclass(frozen=True)
class Parcel:
    """One webhook on its way: when, and whether it tells the truth."""

    after_s: float
    is_amount_wrong: bool = False
    is_signature_wrong: bool = False


def parcels(moods: Moods, *, event_id: str, method: str) -> list[Parcel]:
    """What becomes of one event: none when it is lost, several when it is repeated."""
    if method == "tok_webhook_lost" or moods.strikes("lose", event_id, moods.lose):
        return []
    late = method == "tok_webhook_late" or moods.strikes("late", event_id, moods.late)
    after = moods.share("shuffle", event_id) * moods.shuffle_s + (moods.late_s if late else 0.0)
    first = Parcel(
        after,
        is_amount_wrong=method == "tok_webhook_wrong_amount"
        or moods.strikes("wrong_amount", event_id, moods.wrong_amount),
        is_signature_wrong=method == "tok_webhook_wrong_signature"
        or moods.strikes("wrong_signature", event_id, moods.wrong_signature),
    )
    if method == "tok_webhook_twice":
        return [Parcel(after + 0.05 * times) for times in range(5)]
    if moods.strikes("duplicate", event_id, moods.duplicate):
        again = 1 + int(moods.share("times", event_id) * 3)
        return [first, *(Parcel(after + moods.share(f"again{n}", event_id)) for n in range(again))]
    return [first]
