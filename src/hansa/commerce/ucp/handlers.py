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
from hansa.foundation import jobs
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock

TOLD = (
    PurchasePaid,
    PurchaseShipped,
    PurchaseDelivered,
    PurchaseCancelled,
    UnitsShipped,
    UnitsCancelled,
    MoneyGivenBack,
)
SEND = "ucp.tell_due"


def tell_agent(delivered: Delivered) -> None:
    """Have the agent told, if one made the purchase: a job does it, since strangers may let us wait."""
    event, now = delivered.event, system_clock()
    assert isinstance(event, TOLD)
    if webhooks.note(
        platform_id=event.platform_id, group_id=event.group_id, event_id=delivered.event_id, now=now
    ):
        jobs.ask(SEND, timestamp=int(now.timestamp()))
