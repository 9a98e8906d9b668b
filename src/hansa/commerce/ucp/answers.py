"""Carts and checkouts as the protocol shows them, with prices, stock and windows as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from hansa.commerce.checkout import cart
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.cart import PricedCart
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.ucp import amounts, delivery, domain, messages, profile, sessions
from hansa.commerce.ucp.messages import Message
from hansa.commerce.ucp.models import Session
from hansa.commerce.ucp.sessions import Call

Json = dict[str, Any]
_PAYING: dict[str, str] = {"completing": "complete_in_progress", "completed": "completed"}
_BUYER = ("first_name", "last_name", "email", "phone_number")


@dataclass(frozen=True)
class Look:
    """A session looked into: its price, what stands in the way of buying, and what else there is to tell."""

    priced: PricedCart
    address: dict[str, str]
    window_key: str
    told: list[Message]

    @property
    def is_ready(self) -> bool:
        return not any(message["type"] == "error" for message in self.told)


def look_into(session: Session, call: Call, *, billing: Mapping[str, Any] | None = None) -> Look:
    """Price the session's goods and find what is missing; ``billing`` is the address of what it is paid with."""
    priced = cart.price(platform_id=session.platform_id, actor=sessions.actor_of(session), now=call.now)
    if not priced.quote.lines:  # the price of nothing has no currency of its own
        priced = replace(priced, quote=replace(priced.quote, currency=call.platform.currency))
    told = [*session.details.get("messages", []), *_short(priced), *_idle_code(session, priced)]
    choice = delivery.choice_of(session.details.get("fulfillment") or {})
    windows = offered_windows(call.now)
    address, missing = delivery.address_of(choice, session.details.get("buyer") or {}, billing or {})
    window = delivery.window_of(choice, windows)
    if choice.option and window and window.key != choice.option:
        content = "the chosen delivery option is not offered; the earliest is chosen instead"
        told.append(messages.warning("fulfillment_changed", content))
    if not priced.quote.lines:
        told.append(
            messages.error("item_unavailable", "nothing is left that can be bought", path="$.line_items")
        )
    return Look(priced, address, window.key if window else "", told + missing)


def cart_of(session: Session, call: Call) -> Json:
    """The session as a cart."""
    look = look_into(session, call)
    errors = [each for each in look.told if "fulfillment" not in each.get("path", "")]
    return {
        "ucp": profile.envelope(domain.CART, call.caller.common, call.base_url),
        "id": session.cart_key,
        **_priced(session, look),
        "messages": errors,
        "expires_at": session.expires_at.isoformat(),
    }


def checkout_of(session: Session, call: Call, *, more: list[Message] | None = None) -> Json:
    """The session as a checkout; once it is being paid it shows for good what it showed then.

    Remembers the total it shows: buying goes on only at the total that the agent has seen.
    """
    if session.status in _PAYING:
        shown = dict(session.details["shown"]) | {"status": _PAYING[session.status], "messages": more or []}
        return shown | _step(session)
    look = look_into(session, call)
    told = look.told + (more or [])
    if session.status == Session.Status.OPEN and session.agreed_total != look.priced.quote.grand_total:
        session.agreed_total = look.priced.quote.grand_total
        session.save(update_fields=["agreed_total"])
    line_ids = [amounts.line_id(line.wanted.listing_id) for line in look.priced.quote.lines]
    choice = delivery.choice_of(session.details.get("fulfillment") or {})
    return {
        "ucp": profile.envelope(domain.CHECKOUT, call.caller.common, call.base_url),
        "id": session.checkout_key,
        "status": _status(session, told),
        **_priced(session, look),
        "fulfillment": delivery.shown(
            choice, offered_windows(call.now), line_ids, look.priced.quote.delivery_fee
        ),
        "messages": told if session.status == Session.Status.OPEN else (more or []),
        "links": [{"type": "shop", "url": shop_of(session), "title": call.platform.name}],
        "expires_at": session.expires_at.isoformat(),
    } | _cart_key(session)


def _step(session: Session) -> Json:
    """What a checkout says when the buyer must confirm at the payment provider: only they can go on, and where."""
    group = session.group
    if session.status != Session.Status.COMPLETING or group is None or not checkout.step_of(group.number):
        return {}
    asked = urlencode({"number": group.number, "token": group.token, "go": 1})
    content = "the bank asks the buyer to confirm the payment"
    return {
        "status": "requires_escalation",
        "continue_url": f"{shop_of(session)}checkout/return/?{asked}",
        "messages": [messages.error("payment_action_needed", content, severity="requires_buyer_input")],
    }


def shop_of(session: Session) -> str:
    """The address of the platform's shop, from that of its protocol."""
    return session.base_url.replace("/ucp/", "/", 1) + "/"


def _cart_key(session: Session) -> Json:
    return {"cart_id": session.cart_key} if session.cart_key else {}


def _status(session: Session, told: list[Message]) -> str:
    if session.status == Session.Status.CANCELED:
        return "canceled"
    stops = any(message["type"] == "error" for message in told)
    return "incomplete" if stops else "ready_for_complete"


def _priced(session: Session, look: Look) -> Json:
    quote = look.priced.quote
    codes = session.details.get("codes", [])
    code = next((each for each in codes if each.strip().upper() == look.priced.coupon_code), "")
    shown: Json = {
        "line_items": amounts.line_items(quote),
        "currency": quote.currency,
        "totals": amounts.totals(quote),
        "discounts": {
            "codes": codes,
            "applied": amounts.applied(quote, code=code or look.priced.coupon_code),
        },
    }
    told = session.details.get("buyer") or {}
    buyer = {name: told[name] for name in _BUYER if isinstance(told.get(name), str)}
    return shown | ({"buyer": buyer} if buyer else {})


def _short(priced: PricedCart) -> list[Message]:
    """Goods of which others have bought too many meanwhile."""
    found = []
    for place, line in enumerate(priced.quote.lines):
        left = max(0, priced.available[line.wanted.offer_id])
        if left < line.wanted.quantity:
            content = f"{line.wanted.title}: {line.wanted.quantity} asked, {left} left"
            found.append(messages.error("out_of_stock", content, path=f"$.line_items[{place}]"))
    return found


def _idle_code(session: Session, priced: PricedCart) -> list[Message]:
    """A code that is on the cart and takes nothing off."""
    if not priced.coupon_code or any(
        each.needs_coupon
        for each in (
            *(each for line in priced.quote.lines for each in line.applied),
            *priced.quote.delivery_discounts,
        )
    ):
        return []
    content = f"{priced.coupon_code}: takes nothing off these goods"
    return [messages.warning("discount_code_invalid", content, path="$.discounts.codes")]
