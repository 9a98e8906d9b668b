"""The sandbox provider's business: payments, refunds and disputes in its own book, each key worked once.

Every function runs in one transaction of the caller's connection; webhooks are put down in the same one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from psycopg.types.json import Jsonb

from hansa.commerce.payments.sandbox_provider.database import Rows
from hansa.commerce.payments.sandbox_provider.moods import METHODS, Moods, parcels

Row = dict[str, Any]
EVIDENCE_WITHIN = timedelta(days=7)


class Turned(Exception):
    """A request that the provider turns down: a status and a reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Asked:
    """What a shop wants to be paid."""

    key: str
    reference: str
    payee: str
    amount: int
    currency: str
    method: str
    is_at_once: bool
    return_url: str = ""

    @property
    def fingerprint(self) -> str:
        """What is wished; where the buyer comes back to is no part of it."""
        wished = asdict(self) | {"return_url": ""}
        return hashlib.sha256(json.dumps(wished, sort_keys=True).encode()).hexdigest()


def take(book: Rows, moods: Moods, asked: Asked) -> Row:
    """Charge or hold; the same key answers the same payment, another wish under it is turned down."""
    if asked.method not in METHODS:
        raise Turned(HTTPStatus.UNPROCESSABLE_ENTITY, f"no payment method is called {asked.method[:40]}")
    if asked.amount < 1:
        raise Turned(HTTPStatus.UNPROCESSABLE_ENTITY, "an amount is at least 1 minor unit")
    state, reason = _first_state(moods, asked)
    made = book.execute(
        "insert into payment (id, key, fingerprint, reference, payee, amount, currency, method, is_at_once,"
        " return_url, state, captured, reason) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)"
        " on conflict (key) do nothing returning *",
        [
            _name("pay", asked.key),
            asked.key,
            asked.fingerprint,
            asked.reference,
            asked.payee,
            asked.amount,
            asked.currency,
            asked.method,
            asked.is_at_once,
            asked.return_url,
            state,
            asked.amount if state == "captured" else 0,
            reason,
        ],
    ).fetchone()
    if made is None:
        return _again(book, asked)
    if state != "action":
        _settled(book, moods, made)
    return made


def answer_step(book: Rows, moods: Moods, payment_id: str, *, is_confirmed: bool) -> Row:
    """The buyer has confirmed at the bank, or refused; a step that is over stays as it is."""
    payment = _locked(book, payment_id)
    if payment["state"] != "action":
        return payment
    state = ("captured" if payment["is_at_once"] else "authorised") if is_confirmed else "declined"
    reason = "" if is_confirmed else "the buyer did not confirm at the bank"
    payment = _put(
        book,
        payment,
        state=state,
        captured=payment["amount"] if state == "captured" else 0,
        reason=reason,
    )
    _settled(book, moods, payment)
    return payment


def capture(book: Rows, moods: Moods, payment_id: str, amount: int) -> Row:
    """Take held money, or a part of it; what is left is let go. Taking the same again changes nothing."""
    payment = _locked(book, payment_id)
    if payment["state"] == "captured" and payment["captured"] == amount:
        return payment
    if payment["state"] != "authorised":
        raise Turned(HTTPStatus.CONFLICT, f"the payment is {payment['state']}")
    if not 0 < amount <= payment["amount"]:
        raise Turned(HTTPStatus.UNPROCESSABLE_ENTITY, f"{payment['amount']} is held, not {amount}")
    payment = _put(book, payment, state="captured", captured=amount, reason="")
    _settled(book, moods, payment)
    return payment


def void(book: Rows, moods: Moods, key: str) -> Row:
    """Let a payment go that was not taken, and shut its key when it never came; what was taken stays taken."""
    made = book.execute(
        "insert into payment (id, key, fingerprint, reference, payee, amount, currency, method, is_at_once, state,"
        " reason) values (%s, %s, '', '', '', 0, '', '', true, 'voided', 'given up') on conflict (key) do nothing"
        " returning *",
        [_name("pay", key), key],
    ).fetchone()
    if made is not None:
        return made
    payment = _locked(book, _name("pay", key))
    if payment["state"] not in {"action", "authorised"}:
        return payment
    payment = _put(book, payment, state="voided", captured=0, reason="given up")
    _tell(book, moods, payment, "payment.voided", payment["amount"])
    return payment


def refund(book: Rows, moods: Moods, *, key: str, payment_id: str, amount: int, reference: str) -> Row:
    """Give an amount back once for each key, never more in all than was taken."""
    payment = _locked(book, payment_id)
    earlier = book.execute("select * from line where key = %s", [key]).fetchone()
    if earlier is not None:
        if (earlier["payment_id"], earlier["amount"]) != (payment_id, amount):
            raise Turned(HTTPStatus.CONFLICT, "the key was used for another refund")
        return {**earlier, "currency": payment["currency"]}
    if amount < 1 or payment["refunded"] + amount > payment["captured"]:
        left = payment["captured"] - payment["refunded"]
        raise Turned(HTTPStatus.UNPROCESSABLE_ENTITY, f"{left} is left to give back, not {amount}")
    book.execute("update payment set refunded = refunded + %s where id = %s", [amount, payment_id])
    line = _line(book, "refund", _name("ref", key), payment, amount, reference, key=key)
    _tell(book, moods, payment, "refund.done", amount, ref=line["ref"], reference=reference)
    return {**line, "currency": payment["currency"]}


def dispute(book: Rows, moods: Moods, payment_id: str, reason: str) -> Row:
    """The card's holder disputes a payment: the money is taken from the shop until it is decided."""
    payment = _locked(book, payment_id)
    amount = payment["captured"] - payment["refunded"]
    if amount < 1:
        raise Turned(HTTPStatus.CONFLICT, "nothing is left to dispute")
    made = book.execute(
        "insert into dispute (id, payment_id, amount, reason, state, due_by) values (%s, %s, %s, %s, 'opened', %s)"
        " on conflict (payment_id) do nothing returning *",
        [_name("dp", payment_id), payment_id, amount, reason, datetime.now(UTC) + EVIDENCE_WITHIN],
    ).fetchone()
    if made is None:
        return _dispute(book, _name("dp", payment_id))
    _line(book, "dispute", made["id"], payment, amount, payment["reference"])
    _tell_dispute(book, moods, payment, made)
    return made


def argue(book: Rows, *, key: str, dispute_id: str, text: str, files: list[dict[str, str]]) -> Row:
    """Keep the shop's evidence; once for each key."""
    found = _dispute(book, dispute_id)
    if found["state"] not in {"opened", "answered"}:
        raise Turned(HTTPStatus.CONFLICT, f"the dispute is {found['state']}")
    book.execute(
        "insert into evidence (key, dispute_id, text, files) values (%s, %s, %s, %s) on conflict (key) do nothing",
        [key, dispute_id, text, Jsonb(files)],
    )
    book.execute("update dispute set state = 'answered' where id = %s", [dispute_id])
    return _dispute(book, dispute_id)


def decide(book: Rows, moods: Moods, dispute_id: str, *, is_won: bool) -> Row:
    """The bank decides: the shop gets its money back, or not."""
    found = _dispute(book, dispute_id)
    if found["state"] in {"won", "lost"}:
        return found
    book.execute("update dispute set state = %s where id = %s", ["won" if is_won else "lost", dispute_id])
    payment = _locked(book, found["payment_id"])
    if is_won:
        _line(book, "dispute_won", dispute_id, payment, found["amount"], payment["reference"])
    found = _dispute(book, dispute_id)
    _tell_dispute(book, moods, payment, found)
    return found


def find(book: Rows, key: str) -> Row | None:
    """What became of a key: a payment, or a refund."""
    payment = book.execute("select * from payment where key = %s", [key]).fetchone()
    if payment is not None:
        return payment
    return book.execute(
        "select line.*, payment.currency from line join payment on payment.id = payment_id where line.key = %s",
        [key],
    ).fetchone()


def lines(book: Rows, since: datetime, until: datetime) -> list[Row]:
    """Everything that moved money in a time."""
    return book.execute(
        "select line.kind, line.ref, line.reference, line.amount, line.at, payment.payee, payment.currency"
        " from line join payment on payment.id = payment_id where line.at >= %s and line.at < %s order by line.id",
        [since, until],
    ).fetchall()


def _first_state(moods: Moods, asked: Asked) -> tuple[str, str]:
    if asked.method == "tok_declined" or moods.strikes("decline", asked.key, moods.decline):
        return "declined", "the card was declined"
    if asked.method == "tok_3ds" or moods.strikes("action", asked.key, moods.action):
        return "action", ""
    return ("captured" if asked.is_at_once else "authorised"), ""


def _again(book: Rows, asked: Asked) -> Row:
    earlier = _locked(book, _name("pay", asked.key))
    if earlier["fingerprint"] not in {"", asked.fingerprint}:  # a shut key has none
        raise Turned(HTTPStatus.CONFLICT, "the key was used for another payment")
    return earlier


def _settled(book: Rows, moods: Moods, payment: Row) -> None:
    """Write the money of a payment that has been decided, and tell the shop."""
    if payment["state"] == "captured":
        _line(book, "capture", payment["id"], payment, payment["captured"], payment["reference"])
    amount = payment["captured"] if payment["state"] == "captured" else payment["amount"]
    _tell(book, moods, payment, f"payment.{payment['state']}", amount)
    if payment["method"] == "tok_disputed" and payment["state"] == "captured":
        dispute(book, moods, payment["id"], "the card's holder does not know the payment")


def _line(
    book: Rows, kind: str, ref: object, payment: Row, amount: int, reference: str, *, key: str | None = None
) -> Row:
    made = book.execute(
        "insert into line (kind, ref, key, payment_id, reference, amount) values (%s, %s, %s, %s, %s, %s) returning *",
        [kind, ref, key, payment["id"], reference, amount],
    ).fetchone()
    assert made is not None
    return made


def _tell_dispute(book: Rows, moods: Moods, payment: Row, found: Row) -> None:
    _tell(
        book,
        moods,
        payment,
        f"dispute.{found['state']}",
        found["amount"],
        dispute=found["id"],
        reason=found["reason"],
        due_by=found["due_by"].isoformat(),
    )


def _tell(book: Rows, moods: Moods, payment: Row, kind: str, amount: int, **more: str) -> None:
    """Put an event on its way, in as many true or false parcels as the moods make of it."""
    event_id = _name("evt", f"{kind}:{more.get('ref', payment['id'])}")
    data = {
        "payment": payment["id"],
        "reference": payment["reference"],
        "payee": payment["payee"],
        "state": payment["state"],
        "amount": amount,
        "currency": payment["currency"],
        **more,
    }
    for parcel in parcels(moods, event_id=event_id, method=payment["method"]):
        told = {**data, "amount": amount + 1 if parcel.is_amount_wrong else amount}
        book.execute(
            "insert into parcel (event_id, body, is_signature_wrong, due_at)"
            " values (%s, %s, %s, clock_timestamp() + make_interval(secs => %s))",
            [
                event_id,
                json.dumps({"id": event_id, "type": kind, "data": told}, sort_keys=True),
                parcel.is_signature_wrong,
                parcel.after_s,
            ],
        )


def _locked(book: Rows, payment_id: str) -> Row:
    payment = book.execute("select * from payment where id = %s for update", [payment_id]).fetchone()
    if payment is None:
        raise Turned(HTTPStatus.NOT_FOUND, "there is no such payment")
    return payment


def _dispute(book: Rows, dispute_id: str) -> Row:
    found = book.execute("select * from dispute where id = %s for update", [dispute_id]).fetchone()
    if found is None:
        raise Turned(HTTPStatus.NOT_FOUND, "there is no such dispute")
    return found


def _put(book: Rows, payment: Row, *, state: str, captured: int, reason: str) -> Row:
    put = book.execute(
        "update payment set state = %s, captured = %s, reason = %s where id = %s returning *",
        [state, captured, reason, payment["id"]],
    ).fetchone()
    assert put is not None
    return put


def _name(kind: str, of: str) -> str:
    return f"{kind}_{hashlib.sha256(of.encode()).hexdigest()[:24]}"
