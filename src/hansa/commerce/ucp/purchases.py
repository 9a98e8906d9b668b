"""A purchase as the protocol's order: the whole of it as it stands now, never a change alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.commerce.payments.models import Refund
from hansa.commerce.ucp import amounts, domain, profile, sessions
from hansa.commerce.ucp.completing import page_of, settle
from hansa.commerce.ucp.errors import Gone
from hansa.commerce.ucp.models import Session
from hansa.commerce.ucp.services import Answer
from hansa.commerce.ucp.sessions import Call
from hansa.foundation import tenancy

Json = dict[str, Any]
_LEFT = {OrderStatus.SHIPPED, OrderStatus.DELIVERED}


@dataclass(frozen=True)
class _Line:
    """A line of a purchase with the order it belongs to and its name outside."""

    own: OrderLine
    order: Order
    listing_id: int

    @property
    def id(self) -> str:
        return amounts.line_id(self.listing_id)

    @property
    def is_cancelled(self) -> bool:
        return self.order.status == OrderStatus.CANCELLED


def get_order(call: Call, order_key: str) -> Answer:
    """The order behind a public id, for the agent that made it."""
    with tenancy.as_platform(call.platform.pk):
        session = sessions.find(call, order_key=order_key)
        settle(session)
        if session.group is None:
            raise Gone("there is no such order")
        return Answer(order_of(session, session.group.pk, call.caller.common))


def order_of(session: Session, group_id: int, common: frozenset[str]) -> Json:
    """The whole order, for who holds its id, which is a secret, and for the agent's webhook."""
    group = orders.group_with_lines(group_id)
    lines = _lines(group)
    before = sum(line.own.quantity * line.own.unit_price for line in lines)
    return {
        "ucp": profile.envelope(domain.ORDER, common, session.base_url),
        "id": session.order_key,
        "label": group.number,
        "checkout_id": session.checkout_key,
        "permalink_url": page_of(session, group),
        "line_items": [_line(line) for line in lines],
        "fulfillment": {
            "expectations": [_expectation(group, lines)],
            "events": _events(lines),
        },
        "adjustments": _adjustments(group, lines),
        "currency": group.currency,
        "totals": amounts.totals_of_purchase(
            before=before,
            discount=sum(line.own.discount for line in lines),
            delivery_fee=group.delivery_fee,
            grand_total=group.grand_total,
        ),
    }


def _lines(group: OrderGroup) -> list[_Line]:
    own = [(line, order) for order in group.orders.all() for line in order.lines.all() if not line.is_void]
    listings = dict(
        Listing.objects.filter(
            platform_id=group.platform_id, offer__in=[line.offer_id for line, _ in own]
        ).values_list("offer_id", "pk")
    )
    return [_Line(line, order, listings.get(line.offer_id, 0)) for line, order in own]


def _line(line: _Line) -> Json:
    own = line.own
    total = 0 if line.is_cancelled else own.quantity
    fulfilled = total if line.order.status in _LEFT else 0
    return {
        "id": line.id,
        "item": {"id": amounts.item_id(line.listing_id), "title": own.title, "price": own.unit_price},
        "quantity": {"original": own.quantity, "total": total, "fulfilled": fulfilled},
        "totals": amounts.totals_of_line(own.quantity, own.unit_price, own.discount),
        "status": "removed" if total == 0 else "fulfilled" if fulfilled == total else "processing",
    }


def _expectation(group: OrderGroup, lines: list[_Line]) -> Json:
    found: Json = {
        "id": "expectation_1",
        "line_items": [{"id": line.id, "quantity": line.own.quantity} for line in lines],
        "method_type": "shipping",
        "destination": {
            "first_name": group.recipient,
            "street_address": group.street,
            "address_locality": group.city,
            "postal_code": group.postal_code,
            "address_country": group.country,
        },
    }
    if group.window_start and group.window_end:
        window = f"{group.window_start:%d %B %Y, %H:%M} and {group.window_end:%H:%M} UTC"
        found |= {
            "description": f"Arrives between {window}",
            "fulfillable_on": group.window_start.isoformat(),
        }
    return found


def _events(lines: list[_Line]) -> list[Json]:
    found: dict[int, Json] = {}
    for line in lines:
        for change in line.order.changes.all():
            if change.new in _LEFT:
                event = found.setdefault(
                    change.pk,
                    {
                        "id": f"event_{change.pk}",
                        "occurred_at": change.at.isoformat(),
                        "type": change.new,
                        "line_items": [],
                    },
                )
                event["line_items"].append({"id": line.id, "quantity": line.own.quantity})
    return [found[pk] for pk in sorted(found)]


def _adjustments(group: OrderGroup, lines: list[_Line]) -> list[Json]:
    """Money given back, each time with its negative amount; with the goods where the purchase was cancelled."""
    gone = [{"id": line.id, "quantity": -line.own.quantity} for line in lines if line.is_cancelled]
    refunds = Refund.objects.filter(payment__reference=group.number).order_by("pk")
    return [
        {
            "id": f"adjustment_{refund.pk}",
            "type": "refund",
            "occurred_at": refund.created_at.isoformat(),
            "status": "completed" if refund.is_done else "pending",
            "totals": [{"type": "total", "amount": -refund.amount}],
        }
        | ({"line_items": gone} if gone and refund.reference.endswith("-cancel") else {})
        for refund in refunds
    ]
