"""What lists do when something gets a new price."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.catalogue.events import ListingPriced
from hansa.commerce.wishlists import services
from hansa.foundation.outbox import Delivered


def note_price(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, ListingPriced)
    services.note_price(
        platform_id=event.platform_id,
        listing_id=event.listing_id,
        price=event.price,
        now=datetime.fromisoformat(event.at),
    )
