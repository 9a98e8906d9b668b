"""What aftersale does when a buyer goes to the bank."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.aftersale import disputes
from hansa.commerce.payments.events import ChargebackDecided, ChargebackOpened
from hansa.foundation.outbox import Delivered


def hear_of_chargeback(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, ChargebackOpened)
    disputes.hear_of_chargeback(chargeback_id=event.chargeback_id, now=datetime.fromisoformat(event.at))


def hear_the_bank_decide(delivered: Delivered) -> None:
    """The decision may be heard before the opening: both are told here."""
    event = delivered.event
    assert isinstance(event, ChargebackDecided)
    now = datetime.fromisoformat(event.at)
    disputes.hear_of_chargeback(chargeback_id=event.chargeback_id, now=now)
    disputes.hear_the_bank_decide(chargeback_id=event.chargeback_id, is_won=event.is_won, now=now)
