"""What behaviour learns from purchases, and how profiles follow acts and consents."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.accounts.events import PersonalisationDecided
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import profiles, services, steering
from hansa.commerce.behaviour.events import ActsSeen, BehaviourSeen, HistoryForgotten
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


def keep_profile(delivered: Delivered) -> None:
    """Add what was told to the profile of whom it was told of; visitors without a name have none."""
    event = delivered.event
    assert isinstance(event, BehaviourSeen | ActsSeen)
    if event.user_id is None:
        return
    if isinstance(event, ActsSeen):
        acts = [each["behaviour_id"] for each in event.acts]
    else:
        acts = [event.behaviour_id]
    profiles.take_in(platform_id=event.platform_id, user_id=event.user_id, act_ids=acts)


def follow_consent(delivered: Delivered) -> None:
    """Who withdraws the consent has no profile from then on; it is made anew when they consent again."""
    event = delivered.event
    assert isinstance(event, PersonalisationDecided)
    profiles.drop(user_id=event.user_id)


def forget_tellings(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, HistoryForgotten)
    steering.forget_tellings(
        platform_id=event.platform_id,
        user_id=event.user_id,
        since=datetime.fromisoformat(event.since),
        until=datetime.fromisoformat(event.until),
    )
