"""The sandbox provider in a process of its own, reached over HTTP as a real one is.

HANSA_SANDBOX_URL, HANSA_SANDBOX_KEY and HANSA_SANDBOX_WEBHOOK_SECRET say where it is and what proves us to one another.
"""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from hansa.commerce.payments.domain.signatures import flaw
from hansa.commerce.payments.gateways.environment import keys_of
from hansa.commerce.payments.gateways.outside import insist_on_being_outside, payee_of
from hansa.commerce.payments.gateways.port import (
    ActionNeeded,
    Answer,
    BookLine,
    EvidenceFile,
    ForgedEvent,
    LineKind,
    Order,
    Outcome,
    ProviderEvent,
    Topic,
)
from hansa.commerce.payments.sandbox_provider.moods import METHODS
from hansa.kernel.errors import InvalidInput, Refused, Unavailable

TIMEOUT_S = 5.0
_OUTCOMES = {
    "captured": Outcome.DONE,
    "authorised": Outcome.AUTHORISED,
    "voided": Outcome.VOIDED,
    "declined": Outcome.DECLINED,
}
_TOPICS = {"payment": Topic.PAYMENT, "refund": Topic.REFUND, "dispute": Topic.DISPUTE}


@dataclass(frozen=True)
class SandboxService:
    """A client of the sandbox provider; ``url`` is its root."""

    url: str
    api_key: str
    webhook_secret: str

    @classmethod
    def from_environment(cls) -> SandboxService:
        """Read where it is; refuses with Refused when nobody said."""
        keys = keys_of(
            "the sandbox provider",
            url="HANSA_SANDBOX_URL",
            api_key="HANSA_SANDBOX_KEY",
            webhook_secret="HANSA_SANDBOX_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
        )
        return cls(**keys)

    def methods(self) -> dict[str, str]:
        return dict(METHODS)

    def charge(self, *, key: str, amount: int, currency: str, method_token: str) -> Answer:
        reference = key.removeprefix("charge-")
        return self.take(
            Order(key, reference, payee_of(reference), amount, currency, method_token), at_once=True
        )

    def take(self, order: Order, *, at_once: bool) -> Answer:
        if order.method_token not in METHODS:
            raise Refused(f"the sandbox knows no payment method {order.method_token!r}")
        told = {
            "reference": order.reference,
            "payee": order.payee,
            "amount": order.amount,
            "currency": order.currency,
            "method": order.method_token,
            "at_once": at_once,
            "return_url": order.return_url,
        }
        said = self._ask("POST", "/v1/payments", key=order.key, body=told)
        if said.get("state") == "action":
            raise ActionNeeded(
                "the bank asks you to confirm the payment", details={"redirect_url": said["page"]}
            )
        return _answer(said)

    def capture(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        return _answer(
            self._ask("POST", f"/v1/payments/{provider_ref}/capture", key=key, body={"amount": amount})
        )

    def void(self, *, key: str, provider_ref: str) -> Answer:
        return _answer(self._ask("POST", "/v1/void", key=key, body={}))

    def refund(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        told = {"payment": provider_ref, "amount": amount, "reference": key.removeprefix("refund-")}
        return _answer(self._ask("POST", "/v1/refunds", key=key, body=told))

    def find(self, *, key: str) -> Answer:
        return _answer(self._ask("GET", "/v1/find?" + urlencode({"key": key})))

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> ProviderEvent:
        wrong = flaw(secret=self.webhook_secret, headers=headers, body=body, now=now)
        if wrong:
            raise ForgedEvent(f"the event is not believed: {wrong}")
        try:
            told = json.loads(body)
            data = told["data"]
            topic = _TOPICS.get(str(told["type"]).partition(".")[0], Topic.OTHER)
            return ProviderEvent(
                event_id=str(told["id"]),
                topic=topic,
                name=str(told["type"]),
                payee=str(data["payee"]),
                reference=str(data["reference"]),
                provider_ref=str(data["ref"] if topic is Topic.REFUND else data["payment"]),
                amount=int(data["amount"]),
                currency=str(data["currency"]),
                state=str(told["type"]).partition(".")[2],
                dispute_ref=str(data.get("dispute", "")),
                reason=str(data.get("reason", "")),
                due_by=str(data.get("due_by", "")),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"the event cannot be read: {error}") from error

    def acknowledgement(self) -> tuple[str, str]:
        return "application/json", "{}"

    def book(self, *, since: datetime, until: datetime) -> list[BookLine]:
        when = urlencode({"since": since.isoformat(), "until": until.isoformat()})
        return [
            BookLine(
                LineKind(line["kind"]),
                line["ref"],
                line["reference"],
                line["payee"],
                line["amount"],
                line["currency"],
                datetime.fromisoformat(line["at"]),
            )
            for line in self._ask("GET", f"/v1/book?{when}")["lines"]
        ]

    def send_evidence(
        self, *, key: str, dispute_ref: str, text: str, files: Sequence[EvidenceFile]
    ) -> Answer:
        told = {
            "text": text,
            "files": [
                {
                    "name": each.name,
                    "content_type": each.content_type,
                    "content": base64.b64encode(each.content).decode(),
                }
                for each in files
            ],
        }
        said = self._ask("POST", f"/v1/disputes/{dispute_ref}/evidence", key=key, body=told)
        if "state" not in said:
            return Answer(Outcome.DECLINED, reason=said.get("reason", ""))
        return Answer(Outcome.DONE, dispute_ref)

    def find_dispute(self, *, dispute_ref: str) -> str:
        said = self._ask("GET", "/v1/dispute?" + urlencode({"id": dispute_ref})).get("state", "")
        return "opened" if said == "answered" else str(said)

    def open_dispute(self, *, provider_ref: str, reason: str) -> str:
        """Let the card's holder dispute a payment, as the provider's staff may; answers the dispute's name."""
        said = self._ask("POST", "/v1/disputes", body={"payment": provider_ref, "reason": reason})
        if "id" not in said:
            raise Refused(f"the provider opened no dispute: {said.get('reason', '')}")
        return str(said["id"])

    def decide_dispute(self, *, dispute_ref: str, is_won: bool) -> None:
        """Let the bank decide a dispute, as the provider's staff may."""
        self._ask("POST", f"/v1/disputes/{dispute_ref}/decide", body={"won": is_won})

    def webhooks_waiting(self) -> int:
        """How many webhooks the provider has still to deliver."""
        return int(self._ask("GET", "/v1/parcels")["waiting"])

    def _ask(
        self, method: str, path: str, *, key: str = "", body: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """One request; a refusal of the provider's comes back as its reason, silence as Unavailable."""
        insist_on_being_outside()
        address = urlsplit(self.url)
        line = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        try:
            line.request(
                method,
                path,
                json.dumps(body) if body is not None else None,
                headers | ({"Idempotency-Key": key} if key else {}),
            )
            answer = line.getresponse()
            said: dict[str, Any] = json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable("the payment provider does not answer") from error
        finally:
            line.close()
        if answer.status in {401, 429} or answer.status >= 500:
            raise Unavailable(f"the payment provider answers {answer.status}: {said.get('reason', '')}")
        return said


def _answer(said: Mapping[str, Any]) -> Answer:
    """Say a payment, a refund or a refusal of the provider's in our words."""
    if said.get("kind") == "refund":
        return Answer(Outcome.DONE, said["ref"], said["amount"], said["currency"])
    if "state" not in said:  # turned down
        return Answer(Outcome.DECLINED, reason=str(said.get("reason", "the provider refused")))
    outcome = _OUTCOMES.get(said["state"], Outcome.UNKNOWN)
    if outcome is Outcome.UNKNOWN:
        return Answer(outcome)
    amount = said["captured"] if outcome is Outcome.DONE else said["amount"]
    return Answer(outcome, said["id"], amount, said["currency"], said["reason"])
