"""What agents do with carts and checkouts, apart from paying: begin, look, change, give up.

Each runs in one transaction of the platform; a request that comes twice with one key is done once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hansa.commerce.ucp import answers, sessions
from hansa.commerce.ucp.answers import Json
from hansa.commerce.ucp.errors import Gone, InvalidRequest
from hansa.commerce.ucp.models import KeptAnswer, Session
from hansa.commerce.ucp.sessions import Call
from hansa.foundation import idempotency, tenancy
from hansa.kernel import ids
from hansa.kernel.errors import BrokenInvariant


@dataclass(frozen=True)
class Key:
    """The agent's key of a request, and what it was asked with."""

    value: str
    asked: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What is answered, and whether something was made by it."""

    body: Json
    is_new: bool = False


Lines = list[tuple[str, int]]


def create_cart(call: Call, *, lines: Lines, words: Mapping[str, Any], key: Key) -> Answer:
    """Begin a cart with these goods. Refuses with NothingToBuy when none of them can be had."""

    def make() -> tuple[Session, Answer]:
        session = sessions.begin(call, with_cart=True)
        _put(session, call, lines, words)
        return session, Answer(answers.cart_of(session, call), is_new=True)

    return once(call, key, make)


def get_cart(call: Call, cart_key: str) -> Answer:
    """The cart as it is now."""
    with tenancy.as_platform(call.platform.pk):
        return Answer(answers.cart_of(_cart(call, cart_key), call))


def update_cart(call: Call, cart_key: str, *, lines: Lines, words: Mapping[str, Any], key: Key) -> Answer:
    """Replace the whole cart."""

    def change() -> tuple[Session, Answer]:
        session = _cart(call, cart_key)
        sessions.insist_on_open(session)
        _put(session, call, lines, words)
        return session, Answer(answers.cart_of(session, call))

    return once(call, key, change)


def cancel_cart(call: Call, cart_key: str, *, key: Key) -> Answer:
    """Give the cart up, and the checkout that came of it; answers what it was."""

    def cancel() -> tuple[Session, Answer]:
        session = _cart(call, cart_key)
        sessions.insist_on_open(session)
        answer = Answer(answers.cart_of(session, call))
        _give_up(session)
        return session, answer

    return once(call, key, cancel)


def create_checkout(
    call: Call, *, lines: Lines, words: Mapping[str, Any], cart_key: str = "", key: Key
) -> Answer:
    """Begin a checkout with these goods, or with those of a cart, which goes before; a cart has one checkout."""

    def make() -> tuple[Session, Answer]:
        if not cart_key:
            session = sessions.begin(call, with_cart=False)
            _put(session, call, lines, words)
            return session, Answer(answers.checkout_of(session, call), is_new=True)
        session = _cart(call, cart_key)
        is_new = session.checkout_key is None
        if is_new:
            _convert(session, call, words)
        return session, Answer(answers.checkout_of(session, call), is_new=is_new)

    return once(call, key, make)


def update_checkout(
    call: Call, checkout_key: str, *, lines: Lines, words: Mapping[str, Any], key: Key
) -> Answer:
    """Replace the whole checkout. Refuses with NotOpen what is finished or being paid."""

    def change() -> tuple[Session, Answer]:
        session = sessions.find(call, checkout_key=checkout_key)
        sessions.insist_on_open(session)
        _put(session, call, lines, words)
        return session, Answer(answers.checkout_of(session, call))

    return once(call, key, change)


def cancel_checkout(call: Call, checkout_key: str, *, key: Key) -> Answer:
    """Give a checkout up before it is paid. Refuses with NotOpen what is finished or being paid."""

    def cancel() -> tuple[Session, Answer]:
        session = sessions.find(call, checkout_key=checkout_key)
        sessions.insist_on_open(session)
        _give_up(session)
        return session, Answer(answers.checkout_of(session, call))

    return once(call, key, cancel)


def once(call: Call, key: Key, act: Callable[[], tuple[Session, Answer]]) -> Answer:
    """Do something once for a key, in one transaction; the same request again gets the answer that was given.

    Refuses a key that came with another request. Without a key it is simply done.
    """
    with tenancy.as_platform(call.platform.pk):
        if not key.value:
            return act()[1]
        earlier = idempotency.claim(scope=scope_of(call), key=key.value, body=dict(key.asked)).value
        if earlier is not None:
            return kept(earlier.answer)
        session, answer = act()
        keep(call, key, session, answer)
        return answer


def keep(call: Call, key: Key, session: Session, answer: Answer) -> None:
    """Keep an answer for the key's next time, beside the session that it tells of."""
    own = KeptAnswer.objects.create(platform=call.platform, session=session, body=answer.body, at=call.now)
    idempotency.answer(scope=scope_of(call), key=key.value, answer={"kept": own.pk, "is_new": answer.is_new})


def kept(answer: Mapping[str, Any] | None) -> Answer:
    """The answer that was kept; refuses with Gone when its session has been forgotten since."""
    if answer is None:
        raise BrokenInvariant("a key was claimed without an answer")
    found = KeptAnswer.objects.filter(pk=answer["kept"]).first()
    if found is None:
        raise Gone("what this key was used for has run out")
    return Answer(dict(found.body), bool(answer["is_new"]))


def scope_of(call: Call) -> str:
    """Within what a key is unique: one platform, one agent."""
    return f"ucp:{call.platform.pk}:{hashlib.sha256(call.caller.url.encode()).hexdigest()[:32]}"


def _cart(call: Call, cart_key: str) -> Session:
    session = sessions.find(call, cart_key=cart_key)
    if session.status in {Session.Status.CANCELED, Session.Status.COMPLETED}:
        raise Gone("this cart is not there any more")
    return session


def _put(session: Session, call: Call, lines: Lines, words: Mapping[str, Any]) -> None:
    told = sessions.put_goods(session, lines, call.now)
    told += sessions.put_codes(session, _codes(words), call.now)
    told += sessions.put_words(session, words)
    sessions.save(session, told, call.now)


def _convert(session: Session, call: Call, words: Mapping[str, Any]) -> None:
    """Make a checkout of a cart: its goods and codes stay, whatever else the request says of them."""
    sessions.insist_on_open(session)
    session.checkout_key = f"chk_{ids.token()}"
    told = [each for each in session.details.get("messages", []) if "eligibility" not in each.get("path", "")]
    sessions.save(session, told + sessions.put_words(session, words), call.now)


def _give_up(session: Session) -> None:
    session.status = Session.Status.CANCELED
    session.details = {"codes": session.details.get("codes", [])}
    session.save(update_fields=["status", "details"])


def _codes(words: Mapping[str, Any]) -> list[str]:
    codes = (words.get("discounts") or {}).get("codes") or []
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise InvalidRequest("discounts.codes must be a list of words")
    return codes
