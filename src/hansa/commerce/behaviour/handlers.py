"""What behaviour learns from purchases."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import services
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import services as catalogue_services
from hansa.commerce.orders.events import PurchasePaid
from hansa.foundation.outbox import Delivered


def learn_from_purchase(delivered: Delivered) -> None:
    """Count the units sold, and log a purchase event for each line of a purchase made in our own shop."""
    event = delivered.event
    assert isinstance(event, PurchasePaid)
    sold = {line["offer_id"]: line["quantity"] for line in event.lines}
    catalogue_services.count_sales(platform_id=event.platform_id, sold=sold)
    if event.buyer_id is None:
        return
    buyer = Actor(name="buyer", visitor=f"user-{event.buyer_id}", user_id=event.buyer_id)
    for offer_id, quantity in sold.items():
        listing = catalogue.listing_of_offer(platform_id=event.platform_id, offer_id=offer_id)
        if listing is not None:
            services.record_purchase(
                platform_id=event.platform_id,
                actor=buyer,
                listing_id=listing.pk,
                quantity=quantity,
                now=datetime.fromisoformat(event.at),
            )
