"""What payments do when something has happened."""

from __future__ import annotations

from hansa.commerce.payments import chargebacks, outcomes, services, webhooks
from hansa.commerce.payments.events import (
    EvidenceGiven,
    PaymentDeclined,
    ProviderEventHeard,
    RefundRequested,
)
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock


def send_refund(delivered: Delivered) -> None:
    """Give promised money back through the provider. Talks to the outside: runs in no transaction."""
    event = delivered.event
    assert isinstance(event, RefundRequested)
    services.send_refund(platform_id=event.platform_id, refund_id=event.refund_id)


def examine_event(delivered: Delivered) -> None:
    """Look into a webhook that was kept. Talks to the outside: runs in no transaction."""
    event = delivered.event
    assert isinstance(event, ProviderEventHeard)
    webhooks.examine(platform_id=event.platform_id, heard_id=event.heard_id, now=system_clock())


def shut_at_provider(delivered: Delivered) -> None:
    """Keep a payment that was given up from being taken later. Talks to the outside: runs in no transaction."""
    event = delivered.event
    assert isinstance(event, PaymentDeclined)
    outcomes.shut_at_provider(event, now=system_clock())


def send_evidence(delivered: Delivered) -> None:
    """Send what was said in a dispute. Talks to the outside: runs in no transaction."""
    event = delivered.event
    assert isinstance(event, EvidenceGiven)
    chargebacks.send_evidence(event)
