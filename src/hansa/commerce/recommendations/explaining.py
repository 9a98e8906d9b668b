"""Why a good is recommended to somebody: what they did, and which lines of their profile it fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import learning, naming
from hansa.commerce.behaviour import selectors as behaviour
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.behaviour.selectors import Axis, Taste
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders.models import OrderLine

FEW = 6
LEAST_SHARE = 0.01  # of an axis; below that a line explains nothing
_DEEDS = ("view", "cart", "rating", "share")


@dataclass(frozen=True)
class Deed:
    """Something the person did with a good; ``value`` is stars or units."""

    kind: str
    listing: Listing
    value: int | None
    at: datetime


@dataclass(frozen=True)
class Fit:
    """A line of the profile that the good falls under, and its part of all on that axis."""

    axis: str
    key: int
    share: float


@dataclass(frozen=True)
class Why:
    """Deeds, newest first, and fitting lines, strongest first; neither when it is only popular here."""

    deeds: list[Deed]
    fits: list[Fit]
    sold: int


def explain(
    *,
    platform_id: int,
    actor: Actor,
    listing: Listing,
    cause_id: int | None = None,
    consents: bool = True,
    now: datetime,
) -> Why:
    """Say why a good may be recommended to somebody: their deeds with it and with the offer that led to it.

    Without consent nothing that they did plays a part, so nothing of it is told.
    """
    if not consents:
        return Why([], [], listing.sold_count)
    offers = {listing.offer_id} | ({cause_id} if cause_id is not None else set())
    taste = behaviour.find_taste(platform_id=platform_id, user_id=actor.user_id, now=now)
    return Why(_deeds(platform_id, actor, offers), _fits(taste, listing), listing.sold_count)


def _deeds(platform_id: int, actor: Actor, offer_ids: Iterable[int]) -> list[Deed]:
    listings = {
        listing.offer_id: listing
        for listing in Listing.objects.filter(
            platform_id=platform_id, offer_id__in=list(offer_ids)
        ).select_related("product")
    }
    mine = BehaviourEvent.objects.filter(
        platform_id=platform_id,
        visitor=actor.visitor,
        kind__in=_DEEDS,
        listing_id__in=[listing.pk for listing in listings.values()],
    ).order_by("-at", "-pk")
    deeds = [
        Deed(kind, listings[offer_id], value, at)
        for kind, offer_id, value, at in mine.values_list("kind", "listing__offer_id", "value", "at")[:FEW]
    ]
    if actor.user_id is not None:
        spans = behaviour.forgotten_spans(platform_id=platform_id, user_id=actor.user_id)
        lines = OrderLine.objects.filter(
            platform_id=platform_id, buyer_id=actor.user_id, is_void=False, offer_id__in=list(listings)
        ).order_by("-placed_at", "-pk")
        deeds += [
            Deed("purchase", listings[offer_id], quantity, at)
            for offer_id, quantity, at in lines.values_list("offer_id", "quantity", "placed_at")[:FEW]
            if not any(span.since <= at < span.until for span in spans)
        ]
    return sorted(deeds, key=lambda deed: deed.at, reverse=True)[:FEW]


def _fits(taste: Taste | None, listing: Listing) -> list[Fit]:
    if taste is None:
        return []
    keys = {
        Axis.CATEGORY: listing.category_id,
        Axis.MERCHANT: listing.merchant_id,
        Axis.PRICE: learning.band_of(listing.price),
    }
    brand = naming.brand_of(listing.product)
    if brand is not None:
        keys[Axis.BRAND] = brand.pk
    fits = [Fit(axis, key, taste.share(axis, key)) for axis, key in keys.items()]
    return sorted((fit for fit in fits if fit.share >= LEAST_SHARE), key=lambda fit: -fit.share)
