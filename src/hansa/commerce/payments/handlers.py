"""What payments do when something has happened."""

from __future__ import annotations

from hansa.commerce.payments import services
from hansa.commerce.payments.events import RefundRequested
from hansa.foundation.outbox import Delivered


def send_refund(delivered: Delivered) -> None:
    """Give promised money back through the provider. Talks to the outside: runs in no transaction."""
    event = delivered.event
    assert isinstance(event, RefundRequested)
    services.send_refund(platform_id=event.platform_id, refund_id=event.refund_id)
