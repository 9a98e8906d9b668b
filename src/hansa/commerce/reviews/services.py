"""Writing reviews."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import services as catalogue_services
from hansa.commerce.orders import selectors as orders
from hansa.commerce.reviews.events import ReviewWritten
from hansa.commerce.reviews.models import Review
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput, NotFound, Refused

LONGEST = 4_000


@transaction.atomic
def write_review(
    *,
    platform_id: int,
    actor: Actor,
    line_id: int,
    stars: int,
    delivery_stars: int | None = None,
    text: str = "",
    now: datetime,
) -> Review:
    """Review a good that one has bought and received, once. Refuses anybody else."""
    if actor.user_id is None:
        raise InvalidInput("sign in to write a review")
    if not 1 <= stars <= 5 or (delivery_stars is not None and not 1 <= delivery_stars <= 5):
        raise InvalidInput("a rating is one to five stars")
    if len(text) > LONGEST:
        raise InvalidInput(f"a review has at most {LONGEST} characters, this one has {len(text)}")
    line = orders.find_delivered_line(line_id=line_id, buyer_id=actor.user_id)
    if line is None:
        raise NotFound("you can review what you have bought and received here")
    listing = catalogue.listing_of_offer(platform_id=platform_id, offer_id=line.offer_id)
    if listing is None:
        raise NotFound("this good is no longer for sale here")
    if Review.objects.filter(line=line).exists():
        raise Refused("you have already reviewed this purchase")
    review = Review.objects.create(
        platform_id=platform_id,
        line=line,
        listing=listing,
        merchant_id=listing.merchant_id,
        author_id=actor.user_id,
        stars=stars,
        delivery_stars=delivery_stars,
        text=text.strip(),
        written_at=now,
    )
    catalogue_services.count_rating(listing_id=listing.pk, stars=stars)
    behaviour.record_rating(platform_id=platform_id, actor=actor, listing_id=listing.pk, stars=stars, now=now)
    outbox.record(
        ReviewWritten(platform_id=platform_id, review_id=review.pk, stars=stars, at=now.isoformat())
    )
    return review
