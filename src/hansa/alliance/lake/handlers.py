"""What the lake does when commerce tells it something: rows into the inbox, with the consumer's effect.

Subscribe `on_purchase_paid` to PurchasePaid, `on_behaviour_seen` to BehaviourSeen and `on_acts_seen` to ActsSeen in
a transaction; `on_person_erased` to PersonErased and `on_history_forgotten` to HistoryForgotten outside one: they
rewrite files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from hansa.alliance.lake.contracts import BEHAVIOUR, ORDER_LINES
from hansa.alliance.lake.services import forget, forget_acts, take_in, token_key
from hansa.alliance.lake.tokens import token_of_user
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.behaviour.events import ActsSeen, BehaviourSeen, HistoryForgotten
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.events import PurchasePaid
from hansa.commerce.privacy.events import PersonErased
from hansa.foundation import tenancy
from hansa.foundation.outbox import Delivered

_KINDS = frozenset({"view", "cart", "purchase", "rating", "follow", "unfollow", "hide"})


def on_purchase_paid(delivered: Delivered) -> None:
    """Take in the lines of a paid purchase."""
    event = delivered.event
    assert isinstance(event, PurchasePaid)
    group = orders.group_with_lines(event.group_id)
    subject = _subject_of(group.buyer_id)
    member = accounts.platform_by_id(event.platform_id).code
    rows: list[dict[str, object]] = [
        {
            "member": member,
            "event_id": line.pk,
            "subject": subject,
            "product_id": line.offer.variant.product_id,
            "offer_id": line.offer_id,
            "quantity": line.quantity,
            "total": line.total,
            "currency": order.currency,
            "placed_at": line.placed_at.isoformat(),
        }
        for order in group.orders.all()
        for line in order.lines.all()
        if not line.is_void
    ]
    take_in(ORDER_LINES, rows)


def on_behaviour_seen(delivered: Delivered) -> None:
    """Take in one act of a visitor; one without a name has no subject."""
    event = delivered.event
    assert isinstance(event, BehaviourSeen)
    if event.kind not in _KINDS:
        return
    act = {
        "behaviour_id": event.behaviour_id,
        "kind": event.kind,
        "product_id": event.product_id,
        "offer_id": event.offer_id,
    }
    _take_in_acts(event, [act], value=event.value)


def on_acts_seen(delivered: Delivered) -> None:
    """Take in the acts of one visitor that were told at once."""
    event = delivered.event
    assert isinstance(event, ActsSeen)
    _take_in_acts(event, [act for act in event.acts if act["kind"] in _KINDS], value=None)


def _take_in_acts(
    event: BehaviourSeen | ActsSeen, acts: Sequence[Mapping[str, object]], *, value: int | None
) -> None:
    member, subject = accounts.platform_by_id(event.platform_id).code, _subject_of(event.user_id)
    rows: list[dict[str, object]] = [
        {
            "member": member,
            "event_id": act["behaviour_id"],
            "subject": subject,
            "kind": act["kind"],
            "product_id": act["product_id"],
            "offer_id": act["offer_id"],
            "value": value,
            "at": event.at,
        }
        for act in acts
    ]
    take_in(BEHAVIOUR, rows)


def on_person_erased(delivered: Delivered) -> None:
    """Forget a person in the lake as in the database."""
    event = delivered.event
    assert isinstance(event, PersonErased)
    forget(user_ids=[event.user_id])


def on_history_forgotten(delivered: Delivered) -> None:
    """Forget in the lake what a person had deleted of their acts."""
    event = delivered.event
    assert isinstance(event, HistoryForgotten)
    with tenancy.as_alliance():
        member = accounts.platform_by_id(event.platform_id).code
    forget_acts(
        user_id=event.user_id,
        member=member,
        since=datetime.fromisoformat(event.since),
        until=datetime.fromisoformat(event.until),
    )


def _subject_of(user_id: int | None) -> str | None:
    """The token of a person who consents to personalisation; nobody else is told apart in the lake."""
    user = accounts.find_user(user_id)
    if user is None or not user.consents_to_personalisation:
        return None
    return token_of_user(user.pk, key=token_key())
