"""What delivery does when a purchase is paid or cancelled."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.delivery import services
from hansa.commerce.orders.events import PurchaseCancelled, PurchasePaid
from hansa.foundation.outbox import Delivered


def create_shipment(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, PurchasePaid)
    services.create_shipment(group_id=event.group_id, now=datetime.fromisoformat(event.at))


def cancel_shipment(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, PurchaseCancelled)
    services.cancel_shipment(group_id=event.group_id, now=datetime.fromisoformat(event.at))
