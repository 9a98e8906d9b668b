"""What delivery does when a purchase is paid or cancelled, and when units leave or are called off."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.delivery import services
from hansa.commerce.orders.events import PurchaseCancelled, PurchasePaid, UnitsCancelled, UnitsShipped
from hansa.foundation.outbox import Delivered


def create_shipment(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, PurchasePaid)
    services.create_shipment(group_id=event.group_id, now=datetime.fromisoformat(event.at))


def cancel_shipment(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, PurchaseCancelled)
    services.cancel_shipment(group_id=event.group_id, now=datetime.fromisoformat(event.at))


def weigh_again(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, UnitsCancelled | UnitsShipped)
    services.weigh_again(group_id=event.group_id, now=datetime.fromisoformat(event.at))
