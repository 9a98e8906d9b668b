"""A purchase as the protocol's order: the whole of it as it stands now, never a change alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.models import Fulfilment, LineRefund, Order, OrderGroup, OrderLine
from hansa.commerce.payments.models import Refund
from hansa.commerce.ucp import amounts, domain, profile, sessions
from hansa.commerce.ucp.completing import page_of, settle
from hansa.commerce.ucp.errors import Gone
from hansa.commerce.ucp.models import Session
from hansa.commerce.ucp.services import Answer
from hansa.commerce.ucp.sessions import Call
from hansa.foundation import tenancy

Json = dict[str, Any]


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
    def units(self) -> int:
        """What of it is still to be had."""
        return 0 if self.order.status == OrderStatus.CANCELLED else self.own.quantity - self.own.cancelled


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
            "events": _events(group, lines),
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
    return {
        "id": line.id,
        "item": {"id": amounts.item_id(line.listing_id), "title": own.title, "price": own.unit_price},
        "quantity": {"original": own.quantity, "total": line.units, "fulfilled": own.shipped},
        "totals": amounts.totals_of_line(own.quantity, own.unit_price, own.discount),
        "status": _status(line),
    }


def _status(line: _Line) -> str:
    if line.units == 0:
        return "removed"
    if line.own.shipped == 0:
        return "processing"
    return "fulfilled" if line.own.shipped >= line.units else "partial"


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


def _events(group: OrderGroup, lines: list[_Line]) -> list[Json]:
    """Each parcel when it left and when it arrived, in the order of time."""
    names = {line.own.pk: line.id for line in lines}
    found: list[tuple[datetime, Json]] = []
    for parcel in Fulfilment.objects.filter(order__group=group).prefetch_related("lines").order_by("pk"):
        sent = [{"id": names[each.line_id], "quantity": each.quantity} for each in parcel.lines.all()]
        for kind, at in (("shipped", parcel.shipped_at), ("delivered", parcel.delivered_at)):
            if at is not None:
                event = {"id": f"{kind}_{parcel.pk}", "occurred_at": at.isoformat(), "type": kind}
                found.append((at, event | {"line_items": sent}))
    return [event for _, event in sorted(found, key=lambda each: (each[0], str(each[1]["id"])))]


def _adjustments(group: OrderGroup, lines: list[_Line]) -> list[Json]:
    """What was given back, each time with its negative units and amount; credit beside money."""
    names = {line.own.pk: line.id for line in lines}
    by_reference: dict[str, list[LineRefund]] = {}
    for each in LineRefund.objects.filter(line__order__group=group).order_by("pk"):
        by_reference.setdefault(each.reference, []).append(each)
    found = []
    for refund in Refund.objects.filter(payment__reference=group.number).order_by("pk"):
        parts = by_reference.pop(refund.reference, [])
        whole = [] if parts or refund.reference != f"{group.number}-cancel" else lines
        units = _units(parts, names) or [{"id": line.id, "quantity": -line.own.quantity} for line in whole]
        found.append(_adjustment("refund", refund.reference, refund.created_at, refund.amount, units))
        found[-1]["status"] = "completed" if refund.is_done else "pending"
    for reference, parts in by_reference.items():
        paid = sum(part.paid for part in parts)
        found.append(_adjustment("credit", reference, parts[0].at, paid, _units(parts, names)))
    return found


def _units(parts: list[LineRefund], names: dict[int, str]) -> list[Json]:
    return [{"id": names[part.line_id], "quantity": -part.units} for part in parts if part.units]


def _adjustment(kind: str, reference: str, at: datetime, amount: int, units: list[Json]) -> Json:
    return {
        "id": reference,
        "type": kind,
        "occurred_at": at.isoformat(),
        "status": "completed",
        "totals": [{"type": "total", "amount": -amount}],
    } | ({"line_items": units} if units else {})
