"""Writing reviews, changing them while there is time, and the merchant's reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.media.encoding import Size, encode
from hansa.commerce.orders import selectors as orders
from hansa.commerce.reviews import moderation
from hansa.commerce.reviews.errors import AlreadyReviewed, TooLateToEdit
from hansa.commerce.reviews.events import ReviewEdited, ReviewReplied, ReviewWritten
from hansa.commerce.reviews.models import Review, ReviewPicture, ReviewReply
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput, NotFound

LONGEST = 4_000
LONGEST_TITLE = 120
EDIT_WINDOW = timedelta(days=30)
MOST_PICTURES = 4


@dataclass(frozen=True)
class Verdict:
    """What somebody thinks of a good, its merchant and its delivery: stars from one to five, and words."""

    stars: int
    merchant_stars: int | None = None
    delivery_stars: int | None = None
    title: str = ""
    text: str = ""

    def check(self) -> None:
        """Refuse stars that are none and words that are too many."""
        given = (self.stars, self.merchant_stars, self.delivery_stars)
        if any(stars is not None and not 1 <= stars <= 5 for stars in given):
            raise InvalidInput("a rating is one to five stars")
        if len(self.text) > LONGEST:
            raise InvalidInput(f"a review has at most {LONGEST} characters, this one has {len(self.text)}")
        if len(self.title.strip()) > LONGEST_TITLE:
            raise InvalidInput(f"a title has at most {LONGEST_TITLE} characters")
        if "\x00" in self.text + self.title:
            raise InvalidInput("this text has letters that cannot be written")


@transaction.atomic
def write_review(
    *,
    platform_id: int,
    actor: Actor,
    line_id: int,
    verdict: Verdict,
    photos: Sequence[bytes] = (),
    now: datetime,
) -> Review:
    """Review a good that one has bought and received, once; a rule may hold it for the operator.

    Refuses anybody else, and with AlreadyReviewed the second review of a line, also when two come at once.
    """
    if actor.user_id is None:
        raise InvalidInput("sign in to write a review")
    verdict.check()
    line = orders.find_delivered_line(line_id=line_id, buyer_id=actor.user_id)
    if line is None:
        raise NotFound("you can review what you have bought and received here")
    listing = catalogue.listing_of_offer(platform_id=platform_id, offer_id=line.offer_id)
    if listing is None:
        raise NotFound("this good is no longer for sale here")
    review = Review(
        platform_id=platform_id,
        line=line,
        listing=listing,
        merchant_id=listing.merchant_id,
        author_id=actor.user_id,
        written_at=now,
    )
    _take(review, verdict, now)
    _insert(review)
    _hang(review, photos)
    if review.hold:
        moderation.note_hold(review, "review", now=now)
    behaviour.record_rating(
        platform_id=platform_id, actor=actor, listing_id=listing.pk, stars=verdict.stars, now=now
    )
    outbox.record(
        ReviewWritten(platform_id=platform_id, review_id=review.pk, stars=verdict.stars, at=now.isoformat())
    )
    return review


@transaction.atomic
def edit_review(
    *,
    platform_id: int,
    actor: Actor,
    review_id: int,
    verdict: Verdict,
    photos: Sequence[bytes] | None = None,
    now: datetime,
) -> Review:
    """Write one's own review anew within 30 days; ``photos=None`` leaves the pictures as they are.

    Refuses another's review, and with TooLateToEdit what has stood longer or was turned down.
    """
    verdict.check()
    review = (
        Review.objects.select_for_update()
        .filter(platform_id=platform_id, pk=review_id, author_id=actor.user_id or 0)
        .first()
    )
    if review is None:
        raise NotFound(f"there is no review {review_id} of yours here")
    if now > review.written_at + EDIT_WINDOW or review.state == "rejected":
        raise TooLateToEdit("a review can be changed for 30 days, unless it was turned down")
    was_held = review.hold
    review.edited_at = now
    _take(review, verdict, now)
    review.save(
        update_fields=[
            "stars", "merchant_stars", "delivery_stars", "title", "text",
            "state", "hold", "fingerprint", "edited_at",
        ]
    )  # fmt: skip
    if photos is not None:
        review.pictures.all().delete()
        _hang(review, photos)
    if review.hold and review.hold != was_held:
        moderation.note_hold(review, "review", now=now)
    outbox.record(
        ReviewEdited(platform_id=platform_id, review_id=review.pk, stars=review.stars, at=now.isoformat())
    )
    return review


@transaction.atomic
def reply(*, platform_id: int, actor: Actor, review_id: int, text: str, now: datetime) -> ReviewReply:
    """Answer a review for the merchant it is about, or change that answer. Refuses who does not work there."""
    words = text.strip()
    if not words or len(words) > LONGEST or "\x00" in words:
        raise InvalidInput(f"a reply has 1 to {LONGEST} characters")
    review = Review.objects.select_for_update().filter(platform_id=platform_id, pk=review_id).first()
    if review is None or not actor.may(Permission.RUN_MERCHANT, merchant_id=review.merchant_id):
        raise NotFound(f"there is no review {review_id} of your goods here")
    given = ReviewReply.objects.filter(review=review).first()
    if given is not None:
        given.text, given.edited_at, given.author_id = words, now, actor.user_id or given.author_id
        given.save(update_fields=["text", "edited_at", "author"])
        return given
    if actor.user_id is None:
        raise InvalidInput("sign in to reply to a review")
    given = ReviewReply.objects.create(
        platform_id=platform_id, review=review, author_id=actor.user_id, text=words, written_at=now
    )
    outbox.record(ReviewReplied(platform_id=platform_id, review_id=review.pk, at=now.isoformat()))
    return given


def _take(review: Review, verdict: Verdict, now: datetime) -> None:
    review.stars, review.merchant_stars = verdict.stars, verdict.merchant_stars
    review.delivery_stars = verdict.delivery_stars
    review.title, review.text = verdict.title.strip(), verdict.text.strip()
    moderation.examine(review, now=now)


def _insert(review: Review) -> None:
    try:
        with transaction.atomic():
            review.save(force_insert=True)
    except IntegrityError as error:
        if "line_id" not in str(error):
            raise
        raise AlreadyReviewed("you have already reviewed this purchase") from error


def _hang(review: Review, photos: Sequence[bytes]) -> None:
    """Keep pictures beside their review, not in the shared store: they go with it, and with their author."""
    if len(photos) > MOST_PICTURES:
        raise InvalidInput(f"a review has at most {MOST_PICTURES} pictures")
    ReviewPicture.objects.bulk_create(
        ReviewPicture(
            platform_id=review.platform_id,
            review=review,
            place=place,
            image=made.files[f"{Size.MEDIUM}.webp"],
            width=made.width,
            height=made.height,
        )
        for place, made in enumerate(map(encode, photos))
    )
