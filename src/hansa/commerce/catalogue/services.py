"""Changing what is for sale."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import F, Value

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import words
from hansa.commerce.catalogue.events import ListingPriced
from hansa.commerce.catalogue.models import Listing
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput, NotFound


@transaction.atomic
def set_price(
    *, actor: Actor, platform_id: int, listing_id: int, price: int, currency: str, now: datetime
) -> Listing:
    """Change a list price. Refuses another merchant's listing, another currency and prices below 1."""
    listing = Listing.objects.select_for_update().filter(platform_id=platform_id, pk=listing_id).first()
    if listing is None or not actor.may(Permission.RUN_MERCHANT, merchant_id=listing.merchant_id):
        raise NotFound(f"there is no listing {listing_id} of yours here")
    if currency != listing.currency:
        raise InvalidInput(f"{listing.title} is sold in {listing.currency}, not in {currency}")
    if price < 1:
        raise InvalidInput(f"{listing.title}: a price must be at least 1 minor unit, not {price}")
    listing.price = price
    listing.save(update_fields=["price"])
    outbox.record(
        ListingPriced(platform_id=platform_id, listing_id=listing.pk, price=price, at=now.isoformat())
    )
    return listing


@transaction.atomic
def set_active(*, actor: Actor, platform_id: int, listing_id: int, is_active: bool) -> Listing:
    """Show or hide a listing. Refuses another merchant's."""
    listing = Listing.objects.select_for_update().filter(platform_id=platform_id, pk=listing_id).first()
    if listing is None or not actor.may(Permission.RUN_MERCHANT, merchant_id=listing.merchant_id):
        raise NotFound(f"there is no listing {listing_id} of yours here")
    listing.is_active = is_active
    listing.save(update_fields=["is_active"])
    return listing


def index(listing: Listing) -> None:
    """Make a listing findable by its words in both languages."""
    text = words.document(
        listing.title,
        listing.product.title_zh,
        listing.product.brand,
        listing.category.name,
        listing.category.name_zh,
    )
    Listing.objects.filter(pk=listing.pk).update(words=SearchVector(Value(text), config="simple"))


def count_rating(*, listing_id: int, stars: int) -> None:
    """Add one rating to a listing's sum and count."""
    Listing.objects.filter(pk=listing_id).update(
        rating_sum=F("rating_sum") + stars, rating_count=F("rating_count") + 1
    )


def count_sales(*, platform_id: int, sold: dict[int, int]) -> None:
    """Add units sold to listings (by offer), in key order."""
    for listing in Listing.objects.filter(platform_id=platform_id, offer_id__in=sold).order_by("pk"):
        Listing.objects.filter(pk=listing.pk).update(sold_count=F("sold_count") + sold[listing.offer_id])
