"""A provider that moves no money but keeps a book like a real one, with tokens that decline or fail.

It is a foreign company's side of the table: it writes only its own book, never within our transactions.
"""

from __future__ import annotations

import hashlib
import os
import time

from hansa.commerce.payments.gateways.outside import insist_on_being_outside
from hansa.commerce.payments.gateways.port import Answer, Order, Outcome
from hansa.commerce.payments.models import SandboxCharge
from hansa.foundation import statements
from hansa.kernel.errors import Refused, Unavailable

GOOD_CARD = "tok_ok"
DECLINED_CARD = "tok_declined"
NO_ANSWER_CARD = "tok_no_answer"  # takes the money, then the line goes dead
METHODS = {
    GOOD_CARD: "Test card that pays",
    DECLINED_CARD: "Test card that is declined",
    NO_ANSWER_CARD: "Test card that pays, but the answer is lost",
}


class SandboxProvider:
    """The default provider of the demo and the tests."""

    def methods(self) -> dict[str, str]:
        return dict(METHODS)

    def charge(self, *, key: str, amount: int, currency: str, method_token: str) -> Answer:
        return self.take(Order(key, "", "", amount, currency, method_token), at_once=True)

    def take(self, order: Order, *, at_once: bool) -> Answer:
        _be_far_away()
        if order.method_token not in METHODS:
            raise Refused(f"the sandbox knows no payment method {order.method_token!r}")
        outcome = Outcome.DONE if at_once else Outcome.AUTHORISED
        if order.method_token == DECLINED_CARD:
            outcome = Outcome.DECLINED
        line = _book(SandboxCharge.Kind.CHARGE, order.key, order.amount, order.currency, outcome)
        if order.method_token == NO_ANSWER_CARD and line.amount == order.amount:
            raise Unavailable("the payment provider does not answer")
        return _answer(line)

    def capture(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        _be_far_away()
        insist_on_being_outside()
        statements.run(_TAKE_HELD, [amount, key])
        return self.find(key=key)

    def void(self, *, key: str, provider_ref: str) -> Answer:
        _be_far_away()
        insist_on_being_outside()
        statements.run(_LET_GO, [key, _ref(key)])
        return self.find(key=key)

    def refund(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        _be_far_away()
        if not SandboxCharge.objects.filter(provider_ref=provider_ref, outcome=Outcome.DONE).exists():
            return Answer(Outcome.DECLINED, reason=f"no charge {provider_ref} to refund")
        return _answer(_book(SandboxCharge.Kind.REFUND, key, amount, currency, Outcome.DONE))

    def find(self, *, key: str) -> Answer:
        line = SandboxCharge.objects.filter(idempotency_key=key).first()
        return _answer(line) if line else Answer(Outcome.UNKNOWN)


def _book(kind: SandboxCharge.Kind, key: str, amount: int, currency: str, outcome: Outcome) -> SandboxCharge:
    insist_on_being_outside()
    line = SandboxCharge(
        kind=kind,
        idempotency_key=key,
        provider_ref=_ref(key),
        amount=amount,
        currency=currency,
        outcome=outcome.value,
    )
    values = [kind.value, key, line.provider_ref, amount, currency, line.outcome]
    return line if statements.run(_BOOK, values) else SandboxCharge.objects.get(idempotency_key=key)


def _answer(line: SandboxCharge) -> Answer:
    outcome = Outcome(line.outcome)
    return Answer(outcome, line.provider_ref, line.amount, line.currency, _REASONS.get(outcome, ""))


def _ref(key: str) -> str:
    return "sb_" + hashlib.sha256(key.encode()).hexdigest()[:24]


def _be_far_away() -> None:
    """Take as long as HANSA_SANDBOX_DELAY_MS says, to show what a slow provider does."""
    time.sleep(int(os.environ.get("HANSA_SANDBOX_DELAY_MS", "0")) / 1000)


_REASONS = {Outcome.DECLINED: "the card was declined", Outcome.VOIDED: "the payment was given up"}
_BOOK = """
insert into payments_sandboxcharge (kind, idempotency_key, provider_ref, amount, currency, outcome, at)
values (%s, %s, %s, %s, %s, %s, now()) on conflict do nothing returning id
"""
_TAKE_HELD = """
update payments_sandboxcharge set outcome = 'done', amount = %s where idempotency_key = %s and outcome = 'authorised'
"""
_LET_GO = """
insert into payments_sandboxcharge as c (kind, idempotency_key, provider_ref, amount, currency, outcome, at)
values ('charge', %s, %s, 0, '', 'voided', now())
on conflict (idempotency_key) do update set outcome = 'voided' where c.outcome = 'authorised'
"""
