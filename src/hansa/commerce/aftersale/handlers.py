"""What aftersale does when a buyer goes to the bank, and what is learnt of goods that came back."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale import disputes
from hansa.commerce.aftersale.domain import ReturnState
from hansa.commerce.aftersale.events import ReturnMoved
from hansa.commerce.aftersale.models import ReturnLine
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.catalogue import selectors as catalogue
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


def learn_from_return(delivered: Delivered) -> None:
    """Log an act for each line of a return that its merchant accepted; guests are not told apart."""
    event = delivered.event
    assert isinstance(event, ReturnMoved)
    if event.state not in {ReturnState.REFUNDED, ReturnState.EXCHANGED}:
        return
    lines = ReturnLine.objects.filter(request_id=event.return_id, accepted__gt=0)
    for offer_id, buyer_id, accepted in lines.order_by("pk").values_list(
        "line__offer_id", "line__buyer_id", "accepted"
    ):
        listing = catalogue.listing_of_offer(platform_id=event.platform_id, offer_id=offer_id)
        if buyer_id is not None and listing is not None:
            behaviour.record_return(
                platform_id=event.platform_id,
                actor=Actor(name="buyer", visitor=f"user-{buyer_id}", user_id=buyer_id),
                listing_id=listing.pk,
                quantity=accepted or 0,
                now=datetime.fromisoformat(event.at),
            )
