"""Finding and changing an agent's session: what lies in its cart, its codes, its buyer and destination.

Everything here runs in the caller's transaction with the session locked; the goods are kept by the checkout's own
cart, under a visitor that only this session has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import cart
from hansa.commerce.checkout.errors import CouponUnknown
from hansa.commerce.stock import selectors as stock
from hansa.commerce.ucp import messages
from hansa.commerce.ucp.agents import Caller
from hansa.commerce.ucp.errors import Gone, InvalidRequest, NothingToBuy, NotOpen
from hansa.commerce.ucp.messages import Message
from hansa.commerce.ucp.models import Session
from hansa.kernel import ids
from hansa.kernel.errors import HansaError

GOOD_FOR = timedelta(hours=6)
MOST_LINES = 100
MOST_CODES = 10


@dataclass(frozen=True)
class Call:
    """One request: to which platform, by which agent, from which address of ours, and when."""

    platform: Platform
    caller: Caller
    base_url: str
    now: datetime


def actor_of(session: Session) -> Actor:
    """Who fills the cart and buys: a visitor without a name."""
    return Actor(name="an agent", visitor=session.visitor)


def begin(call: Call, *, with_cart: bool) -> Session:
    """Open a session that begins as a cart or as a checkout."""
    secret = ids.token()
    return Session.objects.create(
        platform=call.platform,
        agent=call.caller.url,
        is_proved=call.caller.is_proved,
        visitor=f"ucp-{secret}",
        cart_key=f"cart_{ids.token()}" if with_cart else None,
        checkout_key=None if with_cart else f"chk_{ids.token()}",
        order_key=f"ord_{ids.token()}",
        base_url=call.base_url,
        opened_at=call.now,
        expires_at=call.now + GOOD_FOR,
    )


def find(call: Call, **key: str) -> Session:
    """The caller's session with this public id, locked. Refuses with Gone another's, and one that has run out."""
    found = Session.objects.select_for_update().filter(platform=call.platform, **key).first()
    if found is None or not _may_touch(found, call.caller):
        raise Gone("there is no such resource, or it has run out")
    if found.status == Session.Status.OPEN and found.expires_at < call.now:
        raise Gone("there is no such resource, or it has run out")
    return found


def insist_on_open(session: Session) -> None:
    """Refuse to change what is finished or on its way to be."""
    if session.status != Session.Status.OPEN:
        raise NotOpen(f"it is {session.status} and cannot be changed any more")


def put_goods(session: Session, lines: Sequence[tuple[str, int]], now: datetime) -> list[Message]:
    """Have exactly these goods in the cart; says what could not be had. Refuses when nothing can."""
    if not lines or len(lines) > MOST_LINES:
        raise InvalidRequest(f"line_items: 1 to {MOST_LINES} lines are expected, not {len(lines)}")
    told: list[Message] = []
    wanted = _on_hand(session, lines, told)
    if not wanted:
        raise NothingToBuy("none of these goods can be bought now", list(told))
    actor, platform_id = actor_of(session), session.platform_id
    before = cart.quantities(platform_id=platform_id, actor=actor)
    for listing_id, quantity in {**dict.fromkeys(before, 0), **wanted}.items():
        if before.get(listing_id) != quantity:
            cart.put(
                platform_id=platform_id,
                actor=actor,
                listing_id=listing_id,
                quantity=quantity,
                source="agent",
                now=now,
            )
    return told


def put_codes(session: Session, codes: Sequence[str], now: datetime) -> list[Message]:
    """Use the first of these codes that is known, instead of what was there; the others are told of."""
    if len(codes) > MOST_CODES:
        raise InvalidRequest(f"discounts.codes: at most {MOST_CODES} codes")
    told: list[Message] = []
    used = False
    _use(session, "", now)
    for place, code in enumerate(codes):
        path = f"$.discounts.codes[{place}]"
        if used:
            told.append(
                messages.warning(
                    "discount_code_combination_disallowed", f"{code}: one code at a time", path=path
                )
            )
        elif code.strip() and _use(session, code[:40], now):
            used = True
        else:
            told.append(
                messages.warning("discount_code_invalid", f"{code}: no such code runs now", path=path)
            )
    session.details["codes"] = list(codes)
    return told


def put_words(session: Session, words: Mapping[str, Any]) -> list[Message]:
    """Write down buyer and destination as the agent gives them now, instead of what was there."""
    told: list[Message] = []
    session.details["buyer"] = words.get("buyer") or {}
    session.details["fulfillment"] = words.get("fulfillment") or {}
    claims = (words.get("context") or {}).get("eligibility") or []
    for place, claim in enumerate(claims[:MOST_CODES]):
        told.append(
            messages.warning(
                "eligibility_not_accepted",
                f"{str(claim)[:100]} changes nothing here",
                path=f"$.context.eligibility[{place}]",
            )
        )
    return told


def save(session: Session, told: list[Message], now: datetime) -> None:
    """Keep what was changed and what is to be told, and let the session live on."""
    session.details["messages"] = told
    session.expires_at = now + GOOD_FOR
    session.save(update_fields=["details", "expires_at", "checkout_key", "status"])


def _may_touch(session: Session, caller: Caller) -> bool:
    return session.agent == caller.url and (caller.is_proved or not session.is_proved)


def _on_hand(session: Session, lines: Sequence[tuple[str, int]], told: list[Message]) -> dict[int, int]:
    """Of the goods asked for, what is sold here and lies in stock; the rest is told of."""
    asked: dict[int, int] = {}
    places: dict[int, int] = {}
    for place, (name, quantity) in enumerate(lines):
        listing_id = listing_of(name)
        asked[listing_id] = asked.get(listing_id, 0) + quantity
        places.setdefault(listing_id, place)
    listings = {
        listing.pk: listing
        for listing in catalogue.listings_in_order(platform_id=session.platform_id, listing_ids=asked)
    }
    free = stock.available(
        platform_id=session.platform_id, offer_ids=[each.offer_id for each in listings.values()]
    )
    wanted: dict[int, int] = {}
    for listing_id, quantity in asked.items():
        path = f"$.line_items[{places[listing_id]}]"
        listing = listings.get(listing_id)
        if listing is None:
            name = lines[places[listing_id]][0][:60]
            told.append(messages.error("item_unavailable", f"{name} is not sold here", path=path))
            continue
        left = min(free[listing.offer_id], cart.MOST_OF_ONE)
        if left < quantity:
            content = f"{listing.title}: {quantity} asked, {max(0, left)} left"
            told.append(messages.error("out_of_stock", content, path=path))
        if left > 0:
            wanted[listing_id] = min(quantity, left)
    return wanted


def listing_of(name: str) -> int:
    """The key of the listing behind a variant's id, 0 where it names none."""
    number = name[1:]
    known = name[:1] == "v" and number.isascii() and number.isdigit() and len(number) < 10
    return int(number) if known else 0


def _use(session: Session, code: str, now: datetime) -> bool:
    try:
        cart.use_coupon(platform_id=session.platform_id, actor=actor_of(session), code=code, now=now)
    except CouponUnknown:
        return False
    except HansaError as refusal:
        raise InvalidRequest(f"discounts.codes: {refusal.message}") from refusal
    return True
