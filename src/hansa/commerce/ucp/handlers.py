"""What agents are told when something has happened to an order of theirs."""

from __future__ import annotations

from hansa.commerce.orders.events import (
    MoneyGivenBack,
    PurchaseCancelled,
    PurchaseDelivered,
    PurchasePaid,
    PurchaseShipped,
    UnitsCancelled,
    UnitsShipped,
)
from hansa.commerce.ucp import webhooks
from hansa.foundation.outbox import Delivered

TOLD = (
    PurchasePaid,
    PurchaseShipped,
    PurchaseDelivered,
    PurchaseCancelled,
    UnitsShipped,
    UnitsCancelled,
    MoneyGivenBack,
)


def tell_agent(delivered: Delivered) -> None:
    """Tell the agent, if one made the purchase."""
    event = delivered.event
    assert isinstance(event, TOLD)
    webhooks.tell(platform_id=event.platform_id, group_id=event.group_id, event_id=delivered.event_id)
