"""Stripe through its own library: cards on its own page, PaymentIntents held and captured, refunds, events, disputes.

STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET set it up; STRIPE_API_BASE points elsewhere, as tests do, and STRIPE_TEST_CARDS
offers Stripe's test card without its page, which no live key does. Our key is kept in the metadata of what is made
there, so that `find` can name what became of it. Needs the extra ``stripe``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import stripe
from stripe.checkout import Session

from hansa.commerce.payments.gateways.environment import keys_of
from hansa.commerce.payments.gateways.outside import insist_on_being_outside, payee_of, payment_of
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
from hansa.commerce.payments.gateways.stripe_page import PAGE, SESSION, find_page, open_page
from hansa.kernel.errors import InvalidInput, Refused, Unavailable

TIMEOUT_S = 20
LOOKS_BACK = timedelta(days=8)  # how far `find` searches for a key; Stripe holds money for seven
NOT_PAID = "the payment was not completed in time"
_METHODS = {PAGE: "Card"}
_TEST_CARDS = {"pm_card_visa": "Stripe's test card"}
_WITH_PAYMENT: Any = {"limit": 100, "expand": ["data.payment_intent"]}
_OUTCOMES = {
    "succeeded": Outcome.DONE,
    "requires_capture": Outcome.AUTHORISED,
    "canceled": Outcome.VOIDED,
    "requires_payment_method": Outcome.DECLINED,
}
_PAYMENT_EVENTS = {
    "payment_intent.succeeded": "captured",
    "payment_intent.amount_capturable_updated": "authorised",
    "payment_intent.canceled": "voided",
    "payment_intent.payment_failed": "declined",
}
_PAGE_EVENTS = {"checkout.session.completed": "authorised", "checkout.session.expired": "voided"}
_MAY_PASS = (
    stripe.APIConnectionError,
    stripe.RateLimitError,
    stripe.APIError,
    stripe.IdempotencyError,  # asked twice at once, or again in another language: the first stands
)
_DISPUTES = {"won": "won", "lost": "lost", "warning_closed": "won"}
_INQUIRY = "warning_"  # a bank only asks: no money is held back, unless the inquiry becomes a dispute


@dataclass(frozen=True)
class StripeProvider:
    """One Stripe account."""

    client: stripe.StripeClient
    webhook_secret: str
    takes_test_cards: bool = False

    @classmethod
    def from_environment(cls) -> StripeProvider:
        """Read the account's keys; refuses with Refused when one is missing."""
        keys = keys_of(
            "Stripe",
            api_key="STRIPE_API_KEY",
            webhook_secret="STRIPE_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
        )
        return cls.at(
            **keys,
            base=os.environ.get("STRIPE_API_BASE", ""),
            test_cards=os.environ.get("STRIPE_TEST_CARDS", "") == "1",
        )

    @classmethod
    def at(
        cls, api_key: str, webhook_secret: str, *, base: str = "", test_cards: bool = False
    ) -> StripeProvider:
        """An account at Stripe, or at another address that speaks its language."""
        client = stripe.StripeClient(
            api_key,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
            max_network_retries=0,  # the worker asks again, with the same key
            base_addresses={"api": base} if base else {},
        )
        return cls(client, webhook_secret, test_cards and "_test_" in api_key)

    def methods(self) -> dict[str, str]:
        return _METHODS | (_TEST_CARDS if self.takes_test_cards else {})

    def charge(self, *, key: str, amount: int, currency: str, method_token: str) -> Answer:
        reference = key.removeprefix("charge-")
        order = Order(key, reference, payee_of(reference), amount, currency, method_token)
        return self.take(order, at_once=True)

    def take(self, order: Order, *, at_once: bool) -> Answer:
        """Send the buyer to Stripe's page; only a test card is charged here and now."""
        insist_on_being_outside()
        if order.method_token == PAGE:
            self._send_to_page(order, at_once=at_once)
        if not (self.takes_test_cards and order.method_token.startswith("pm_card_")):
            raise Refused(f"Stripe is asked to take {PAGE!r}, not {order.method_token[:40]!r}")
        return self._charge_test_card(order, at_once=at_once)

    def _send_to_page(self, order: Order, *, at_once: bool) -> NoReturn:
        try:
            page = open_page(self.client, order, at_once=at_once)
        except stripe.StripeError as error:
            raise _said(error) from error
        raise ActionNeeded("please pay at Stripe", details={"redirect_url": page.url or ""})

    def _charge_test_card(self, order: Order, *, at_once: bool) -> Answer:
        told: dict[str, Any] = {
            "amount": order.amount,
            "currency": order.currency.lower(),
            "payment_method": order.method_token,
            "confirm": True,
            "capture_method": "automatic" if at_once else "manual",
            "metadata": {"key": order.key, "reference": order.reference, "payee": order.payee},
        }
        if order.return_url:
            told["return_url"] = order.return_url
        try:
            intent = self.client.v1.payment_intents.create(told, {"idempotency_key": order.key})  # type: ignore[arg-type]  # the library's TypedDict
        except stripe.CardError as error:
            return Answer(Outcome.DECLINED, reason=error.user_message or "the card was declined")
        except stripe.StripeError as error:
            raise _said(error) from error
        if intent.status == "requires_action":
            step = intent.next_action.redirect_to_url if intent.next_action else None
            raise ActionNeeded(
                "the bank asks you to confirm the payment",
                details={"redirect_url": (step.url if step else None) or ""},
            )
        return _answer(intent)

    def capture(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        insist_on_being_outside()
        try:
            return _answer(
                self.client.v1.payment_intents.capture(
                    provider_ref,
                    {"amount_to_capture": amount},
                    {"idempotency_key": f"{key}-capture"},  # Stripe takes a key for one kind of request only
                )
            )
        except stripe.InvalidRequestError as error:
            return Answer(Outcome.DECLINED, reason=error.user_message or str(error))
        except stripe.StripeError as error:
            raise _said(error) from error

    def void(self, *, key: str, provider_ref: str) -> Answer:
        """Close the page of a key, or cancel its intent.

        A key that Stripe never saw cannot be shut there: its answer is UNKNOWN.
        """
        found = self.find(key=key)
        if found.provider_ref.startswith(SESSION) and found.outcome is Outcome.UNKNOWN:
            found = self._close_page(found, key)
        if found.outcome not in {Outcome.AUTHORISED, Outcome.UNKNOWN, Outcome.DECLINED} or (
            not found.provider_ref.startswith("pi_")
        ):
            return found
        try:
            return _answer(self.client.v1.payment_intents.cancel(found.provider_ref))
        except stripe.InvalidRequestError:
            return self.find(key=key)  # it was decided meanwhile
        except stripe.StripeError as error:
            raise _said(error) from error

    def _close_page(self, found: Answer, key: str) -> Answer:
        try:
            return _page_answer(self.client.v1.checkout.sessions.expire(found.provider_ref))
        except stripe.InvalidRequestError:
            return self.find(key=key)  # it was paid, or ran out, meanwhile
        except stripe.StripeError as error:
            raise _said(error) from error

    def refund(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        insist_on_being_outside()
        told: Any = {
            "payment_intent": provider_ref,
            "amount": amount,
            "metadata": {"key": key, "reference": key.removeprefix("refund-")},
        }
        try:
            return _refunded(self.client.v1.refunds.create(told, {"idempotency_key": key}))
        except stripe.InvalidRequestError as error:
            return Answer(Outcome.DECLINED, reason=error.user_message or str(error))
        except stripe.StripeError as error:
            raise _said(error) from error

    def find(self, *, key: str) -> Answer:
        insist_on_being_outside()
        since = datetime.now(UTC) - LOOKS_BACK
        try:
            if key.startswith("refund-"):
                for refund in _newer(self.client.v1.refunds.list({"limit": 100}), since):
                    if _told(refund, "key") == key:
                        return _refunded(refund)
                return Answer(Outcome.UNKNOWN)
            payment = payment_of(key.removeprefix("charge-"))
            if payment is not None and payment.method_token == PAGE:
                page = find_page(self.client, key=key, begun_at=payment.created_at)
                return _page_answer(page) if page else Answer(Outcome.UNKNOWN)
            for intent in _newer(self.client.v1.payment_intents.list({"limit": 100}), since):
                if _told(intent, "key") == key:
                    return _answer(intent)
        except stripe.StripeError as error:
            raise _said(error) from error
        return Answer(Outcome.UNKNOWN)

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> ProviderEvent:
        told = {name.lower(): value for name, value in headers.items()}
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), told.get("stripe-signature", ""), self.webhook_secret, 300
            )
            return _event(json.loads(body))
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise ForgedEvent("the event is not believed: Stripe did not sign it so") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(f"the event cannot be read: {error}") from error

    def acknowledgement(self) -> tuple[str, str]:
        return "application/json", "{}"

    def book(self, *, since: datetime, until: datetime) -> list[BookLine]:
        """Payments that were captured, refunds and disputes, from the lists of each."""
        insist_on_being_outside()
        try:
            intents = list(_newer(self.client.v1.payment_intents.list({"limit": 100}), since, until))
            refunds = list(_newer(self.client.v1.refunds.list(_WITH_PAYMENT), since, until))
        except stripe.StripeError as error:
            raise _said(error) from error
        lines = [
            _line(LineKind.CAPTURE, each, each, _told(each, "reference"), _received(each))
            for each in intents
            if _received(each)
        ]
        lines += [
            _line(LineKind.REFUND, each, each.payment_intent, _told(each, "reference"), each.amount)
            for each in refunds
            if each.status == "succeeded"
        ]
        return lines + self._disputed(since, until)

    def _disputed(self, since: datetime, until: datetime) -> list[BookLine]:
        """What is disputed, of payments of any age; Stripe writes no word of ours on a dispute, only on its payment."""
        try:
            disputes = list(_newer(self.client.v1.disputes.list(_WITH_PAYMENT), since, until))
        except stripe.StripeError as error:
            if error.http_status == 404:  # stand-ins of Stripe know no disputes
                return []
            raise _said(error) from error
        return [
            _line(kind, each, each.payment_intent, _told(each.payment_intent, "reference"), each.amount)
            for each in disputes
            if not each.status.startswith(_INQUIRY)
            for kind in (LineKind.DISPUTE, LineKind.DISPUTE_WON)
            if kind is LineKind.DISPUTE or each.status == "won"
        ]

    def send_evidence(
        self, *, key: str, dispute_ref: str, text: str, files: Sequence[EvidenceFile]
    ) -> Answer:
        insist_on_being_outside()
        evidence: dict[str, Any] = {"uncategorized_text": text}
        try:
            for each in files[:1]:  # Stripe takes one file of no category
                kept = self.client.v1.files.create(
                    {"purpose": "dispute_evidence", "file": (each.name, each.content, each.content_type)}
                )
                evidence["uncategorized_file"] = kept.id
            told: Any = {"evidence": evidence, "submit": True}
            self.client.v1.disputes.update(dispute_ref, told, {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            return Answer(Outcome.DECLINED, reason=error.user_message or str(error))
        except stripe.StripeError as error:
            raise _said(error) from error
        return Answer(Outcome.DONE, dispute_ref)

    def find_dispute(self, *, dispute_ref: str) -> str:
        insist_on_being_outside()
        try:
            return _DISPUTES.get(self.client.v1.disputes.retrieve(dispute_ref).status, "opened")
        except stripe.InvalidRequestError:
            return ""
        except stripe.StripeError as error:
            raise _said(error) from error


def _page_answer(page: Session) -> Answer:
    """What became of a page: until it is left for good a card that was declined there is followed by another."""
    if page.status == "complete" and isinstance(page.payment_intent, stripe.PaymentIntent):
        return _answer(page.payment_intent)
    outcome = Outcome.VOIDED if page.status == "expired" else Outcome.UNKNOWN
    currency = (page.currency or "").upper()
    reason = NOT_PAID if outcome is Outcome.VOIDED else ""
    return Answer(outcome, page.id, page.amount_total or 0, currency, reason)


def _answer(intent: stripe.PaymentIntent) -> Answer:
    outcome = _OUTCOMES.get(intent.status, Outcome.UNKNOWN)
    amount = _received(intent) if outcome is Outcome.DONE else intent.amount
    reason = "the card was declined" if outcome is Outcome.DECLINED else ""
    return Answer(outcome, intent.id, amount, intent.currency.upper(), reason)


def _received(intent: stripe.PaymentIntent) -> int:
    """What was taken. Stripe always says it; a stand-in of Stripe that does not has taken all or nothing."""
    whole = intent.amount if intent.status == "succeeded" else 0
    return int(getattr(intent, "amount_received", whole))


def _refunded(refund: stripe.Refund) -> Answer:
    outcome = {"succeeded": Outcome.DONE, "failed": Outcome.DECLINED, "canceled": Outcome.DECLINED}.get(
        refund.status or "", Outcome.UNKNOWN
    )
    return Answer(outcome, refund.id, refund.amount, refund.currency.upper())


def _newer(listed: Any, since: datetime, until: datetime | None = None) -> Iterator[Any]:
    """The things of a list that were made in a time; Stripe lists the newest first."""
    for each in listed.auto_paging_iter():
        if each.created < since.timestamp():
            return
        if until is None or each.created < until.timestamp():
            yield each


def _line(kind: LineKind, thing: Any, intent: Any, reference: str, amount: int) -> BookLine:
    at = datetime.fromtimestamp(thing.created, UTC)
    return BookLine(kind, thing.id, reference, _told(intent, "payee"), amount, thing.currency.upper(), at)


def _told(thing: Any, name: str) -> str:
    """What we wrote on an object of Stripe's; nothing where there is none, as on what was charged past our checkout."""
    noted: dict[str, str] = thing.metadata.to_dict() if thing is not None and thing.metadata else {}
    return str(noted.get(name, ""))


def _event(told: dict[str, Any]) -> ProviderEvent:
    kind, thing = str(told["type"]), told["data"]["object"]
    noted = thing.get("metadata") or {}
    common = {
        "event_id": str(told["id"]),
        "name": kind,
        "payee": str(noted.get("payee", "")),
        "reference": str(noted.get("reference", "")),
        "currency": str(thing.get("currency", "")).upper(),
    }
    if kind in _PAYMENT_EVENTS:
        state = _PAYMENT_EVENTS[kind]
        amount = thing["amount_received"] if state == "captured" else thing["amount"]
        return ProviderEvent(
            topic=Topic.PAYMENT, provider_ref=str(thing["id"]), amount=int(amount), state=state, **common
        )
    if kind in _PAGE_EVENTS:
        state = "captured" if thing["payment_status"] == "paid" else _PAGE_EVENTS[kind]
        ref, amount = thing.get("payment_intent") or thing["id"], int(thing["amount_total"])
        return ProviderEvent(topic=Topic.PAYMENT, provider_ref=str(ref), amount=amount, state=state, **common)
    if kind.startswith("charge.dispute.") and not str(thing.get("status", "")).startswith(_INQUIRY):
        due = (thing.get("evidence_details") or {}).get("due_by")
        return ProviderEvent(
            topic=Topic.DISPUTE,
            provider_ref=str(thing.get("payment_intent", "")),
            amount=int(thing["amount"]),
            state=_DISPUTES.get(str(thing.get("status", "")), "opened"),
            dispute_ref=str(thing["id"]),
            reason=str(thing.get("reason", "")),
            due_by=datetime.fromtimestamp(due, UTC).isoformat() if due else "",
            **common,
        )
    if kind in {"refund.created", "refund.updated", "refund.failed"}:
        return ProviderEvent(
            topic=Topic.REFUND, provider_ref=str(thing["id"]), amount=int(thing["amount"]), **common
        )
    return ProviderEvent(topic=Topic.OTHER, provider_ref=str(thing.get("id", "")), amount=0, **common)


def _said(error: stripe.StripeError) -> Unavailable | Refused:
    """Stripe's trouble in our words: what may pass by itself, and what will not."""
    if isinstance(error, _MAY_PASS):
        return Unavailable("the payment provider does not answer")
    return Refused(f"the payment provider refused: {error.user_message or error}")
