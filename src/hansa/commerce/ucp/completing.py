"""Completing a checkout: the agent's payment becomes a purchase of ours, whoever asks, dies or comes twice.

1. begin: under the session's lock, look once more and write down what is bought and how it is paid;
2. buy: the checkout's own `place_order`, outside any transaction, under a key of session and attempt;
3. finish: write down that it is bought, or open the checkout again and say what stood in the way.

Two who complete at once, or one who asks again after a crash, go on with what was written down first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.errors import PaymentRefused, PriceChanged, WindowNotOffered
from hansa.commerce.checkout.models import Cart
from hansa.commerce.orders.domain import IllegalStep, OrderStatus
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.orders.services import Destination
from hansa.commerce.stock.errors import InsufficientStock
from hansa.commerce.ucp import answers, domain, messages, sessions
from hansa.commerce.ucp.answers import Look
from hansa.commerce.ucp.errors import InvalidRequest, NotOpen
from hansa.commerce.ucp.messages import Message
from hansa.commerce.ucp.models import Session
from hansa.commerce.ucp.services import Answer, Key, keep, kept, scope_of
from hansa.commerce.ucp.sessions import Call
from hansa.foundation import idempotency, tenancy
from hansa.kernel.errors import BrokenInvariant, HansaError, NotFound

Status = Session.Status
KEPT_FOR = timedelta(days=1)
_CODES: tuple[tuple[type[HansaError], str], ...] = (
    (PriceChanged, "price_changed"),
    (InsufficientStock, "out_of_stock"),
    (PaymentRefused, "payment_failed"),
    (WindowNotOffered, "fulfillment_changed"),
    (NotFound, "item_unavailable"),
)


@dataclass(frozen=True)
class Payment:
    """How the agent pays: a token of the provider, and the address that comes with it."""

    token: str
    billing: Mapping[str, Any] = field(default_factory=dict)


def payment_in(instruments: list[dict[str, Any]]) -> Payment:
    """Read the one instrument that is paid with. Refuses handlers we do not offer and credentials without a token."""
    chosen = [each for each in instruments if each.get("selected")] or instruments
    if len(chosen) != 1:
        raise InvalidRequest("payment.instruments: exactly one must be paid with")
    instrument = chosen[0]
    if instrument.get("handler_id") != domain.HANDLER_ID:
        raise InvalidRequest(f"payment.instruments[0].handler_id: only {domain.HANDLER_ID} is offered")
    credential = instrument.get("credential") or {}
    token = credential.get("token")
    if credential.get("type") != "token" or not isinstance(token, str) or not 0 < len(token) <= 200:
        raise InvalidRequest("payment.instruments[0].credential: a token is expected")
    return Payment(token, instrument.get("billing_address") or {})


def get_checkout(call: Call, checkout_key: str) -> Answer:
    """The checkout as it is now."""
    with tenancy.as_platform(call.platform.pk):
        session = sessions.find(call, checkout_key=checkout_key)
        settle(session)
        return Answer(answers.checkout_of(session, call))


def complete(call: Call, checkout_key: str, *, payment: Payment, key: Key) -> Answer:
    """Buy what is in the checkout at the total that was shown last. Must be called outside any transaction.

    When something stands in the way (stock, price, payment, a missing address) the checkout comes back open and
    says so; nothing is bought then. Refuses with NotOpen what is completed or canceled already.
    """
    begun = _begin(call, checkout_key, payment, key)
    if isinstance(begun, Answer):
        return begun
    try:
        placed = checkout.place(
            platform_id=call.platform.pk,
            actor=sessions.actor_of(begun),
            wish=_wish_of(begun),
            key=f"{begun.checkout_key}:{begun.attempt}",
            now=call.now,
            return_to=f"{answers.shop_of(begun)}checkout/return/",
        )
    except BrokenInvariant:
        raise
    except HansaError as refusal:
        return _go_back(call, begun, refusal, key)
    return _finish(call, begun, placed.group, key)


def settle(session: Session) -> None:
    """Move a locked session on when its purchase, which was left on its way, has been paid or given up since."""
    if session.status != Status.COMPLETING:
        return
    bought = Cart.objects.filter(visitor=session.visitor, group__isnull=False).select_related("group").first()
    if bought is not None and bought.group is not None:
        _move_on(session, bought.group)
    elif Order.objects.filter(group=session.group, status=OrderStatus.CANCELLED).exists():
        _open_again(session, next_attempt=True)


def forget_old(*, now: datetime) -> int:
    """Delete sessions that came to nothing a day ago, and what the agents told in them; says how many.

    Those that died on the way to a purchase are looked at once more: what was bought after all stays.
    """
    old = Session.objects.filter(expires_at__lt=now - KEPT_FOR, group__isnull=True)
    for session in old.filter(status=Status.COMPLETING).select_for_update(skip_locked=True).order_by("pk"):
        settle(session)
    gone = old.exclude(visitor__in=Cart.objects.filter(group__isnull=False).values("visitor"))
    return len([session.delete() for session in gone.select_for_update(skip_locked=True).order_by("pk")])


def _begin(call: Call, checkout_key: str, payment: Payment, key: Key) -> Session | Answer:
    with tenancy.as_platform(call.platform.pk):
        earlier = None
        if key.value:
            earlier = idempotency.claim(scope=scope_of(call), key=key.value, body=dict(key.asked)).value
            if earlier is not None and earlier.answer is not None:
                return kept(earlier.answer)
        session = sessions.find(call, checkout_key=checkout_key)
        settle(session)
        if session.status == Status.COMPLETING:
            session.expires_at = call.now + sessions.GOOD_FOR  # nobody forgets it meanwhile
            session.save(update_fields=["expires_at"])
            return session
        if session.status == Status.COMPLETED and earlier is not None:
            return _answered(call, key, session, [])  # this very request began it
        if session.status != Status.OPEN:
            raise NotOpen(f"the checkout is {session.status} and cannot be completed")
        look = answers.look_into(session, call, billing=payment.billing)
        stops = _stops(session, look, payment)
        if stops is not None:
            return _answered(call, key, session, stops)
        _write_down(session, call, look, payment)
        return session


def _stops(session: Session, look: Look, payment: Payment) -> list[Message] | None:
    """What stands in the way of paying, beside what the checkout says by itself; None when nothing does."""
    if look.priced.quote.grand_total != session.agreed_total and look.is_ready:
        return [messages.error("price_changed", "the total has changed: please look again", path="$.totals")]
    if not look.is_ready:
        return []
    if checkout.charges_nothing() and payment.token not in checkout.payment_methods():
        return [messages.error("payment_failed", "the sandbox knows no such token", path="$.payment")]
    return None


def _write_down(session: Session, call: Call, look: Look, payment: Payment) -> None:
    shown = answers.checkout_of(session, call)
    for private in ("buyer", "fulfillment", "expires_at"):
        shown.pop(private, None)
    email = str((session.details.get("buyer") or {}).get("email") or "")[:254]
    session.details |= {
        "shown": shown,
        "wish": {
            "address": look.address,
            "place": [call.platform.latitude, call.platform.longitude],
            "window": look.window_key,
            "token": payment.token,
            "email": email if "@" in email else "",
        },
    }
    session.status = Status.COMPLETING
    session.webhook_url = call.caller.webhook_url if domain.ORDER in call.caller.common else ""
    session.expires_at = call.now + sessions.GOOD_FOR
    session.save(update_fields=["details", "status", "webhook_url", "expires_at"])


def _wish_of(session: Session) -> checkout.Wish:
    """What was written down; an address that is not known lies in the middle of the platform's town."""
    wish = session.details["wish"]
    latitude, longitude = wish["place"]
    return checkout.Wish(
        destination=Destination(**wish["address"], latitude=latitude, longitude=longitude),
        window_key=wish["window"],
        method_token=wish["token"],
        agreed_total=session.agreed_total,
        email=wish["email"],
    )


def _go_back(call: Call, begun: Session, refusal: HansaError, key: Key) -> Answer:
    with tenancy.as_platform(call.platform.pk):
        session = Session.objects.select_for_update().get(pk=begun.pk)
        if session.status == Status.COMPLETING and session.attempt == begun.attempt:
            _open_again(session, next_attempt=isinstance(refusal, PaymentRefused | IllegalStep))
        code = next((code for kind, code in _CODES if isinstance(refusal, kind)), refusal.code)
        return _answered(call, key, session, [messages.error(code, refusal.message)])


def _finish(call: Call, begun: Session, group: OrderGroup, key: Key) -> Answer:
    with tenancy.as_platform(call.platform.pk):
        session = Session.objects.select_for_update().get(pk=begun.pk)
        if session.status == Status.COMPLETING:
            _move_on(session, group)
        if session.status == Status.COMPLETING:  # the provider has not decided: the same key asks again later
            return Answer(answers.checkout_of(session, call))
        return _answered(call, key, session, [])


def _answered(call: Call, key: Key, session: Session, more: list[Message]) -> Answer:
    answer = Answer(answers.checkout_of(session, call, more=more))
    if key.value:
        keep(call, key, session, answer)
    return answer


def _move_on(session: Session, group: OrderGroup) -> None:
    stands = set(Order.objects.filter(group=group).values_list("status", flat=True))
    session.group = group
    if stands == {OrderStatus.CANCELLED}:
        _open_again(session, next_attempt=True)
        return
    if OrderStatus.PLACED not in stands:
        session.status = Status.COMPLETED
        order = {"id": session.order_key, "label": group.number, "permalink_url": page_of(session, group)}
        shown = session.details["shown"] | {"order": order}
        session.details = {"shown": shown}  # the purchase has the rest
    session.save(update_fields=["group", "status", "details"])


def _open_again(session: Session, *, next_attempt: bool) -> None:
    session.status = Status.OPEN
    session.group = None
    session.attempt += next_attempt
    for gone in ("shown", "wish"):
        session.details.pop(gone, None)
    session.save(update_fields=["status", "group", "attempt", "details"])


def page_of(session: Session, group: OrderGroup) -> str:
    """The page of the purchase in the shop, for whoever holds the address."""
    return f"{answers.shop_of(session)}purchases/{group.number}/?token={group.token}"
