"""What payouts do when something has happened elsewhere."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.payments.events import ChargebackDecided
from hansa.commerce.payouts import disputes, services
from hansa.commerce.payouts.events import PayoutApproved
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock


def send_payout(delivered: Delivered) -> None:
    """Send what two people agreed to. Talks to the outside: runs in no transaction."""
    event = delivered.event
    assert isinstance(event, PayoutApproved)
    services.send(platform_id=event.platform_id, payout_id=event.payout_id, now=system_clock())


def bear_lost_dispute(delivered: Delivered) -> None:
    """Charge a lost dispute to those who were paid for the goods."""
    event = delivered.event
    assert isinstance(event, ChargebackDecided)
    if not event.is_won:
        disputes.bear(
            platform_id=event.platform_id,
            chargeback_id=event.chargeback_id,
            now=datetime.fromisoformat(event.at),
        )
