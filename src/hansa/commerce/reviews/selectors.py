"""Reads of reviews: lists in several orders, how the stars are spread, and the score of a shop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum

from hansa.commerce.reviews.domain import VISIBLE, Tally, shrunk
from hansa.commerce.reviews.models import MerchantScore, Review, ReviewPicture
from hansa.foundation.prepared import Prepared
from hansa.kernel.errors import NotFound


class Order(StrEnum):
    """In which order reviews stand."""

    HELPFUL = "helpful"
    NEWEST = "newest"
    BEST = "best"
    WORST = "worst"


_ORDERS = {
    Order.HELPFUL: ("-helpful_rank", "-written_at", "-pk"),
    Order.NEWEST: ("-written_at", "-pk"),
    Order.BEST: ("-stars", "-helpful_rank", "-pk"),
    Order.WORST: ("stars", "-helpful_rank", "-pk"),
}


@dataclass(frozen=True)
class Bar:
    """How many reviews gave so many stars; ``share`` is of all, in per cent."""

    stars: int
    count: int
    share: int


@dataclass(frozen=True)
class ShopScore:
    """A merchant's ratings on a platform, each drawn to the platform's mean; ``ratings`` counts those of goods."""

    product: float | None
    merchant: float | None
    delivery: float | None
    ratings: int

    @property
    def overall(self) -> float | None:
        """The mean of what was rated."""
        given = [each for each in (self.product, self.merchant, self.delivery) if each is not None]
        return sum(given) / len(given) if given and self.ratings else None


def visible(platform_id: int) -> QuerySet[Review]:
    """Every review that the public sees on a platform, with author, reply and the pictures' places."""
    images = ReviewPicture.objects.defer("image").order_by("place")
    return (
        Review.objects.filter(platform_id=platform_id, state__in=VISIBLE)
        .select_related("author", "reply", "merchant")
        .prefetch_related(Prefetch("pictures", images))
    )


def reviews_of_listing(
    *,
    platform_id: int,
    listing_id: int,
    order: Order = Order.NEWEST,
    stars: int | None = None,
    with_pictures: bool = False,
) -> QuerySet[Review]:
    """What people say of a listing: all, or those of so many stars, or those with pictures."""
    found = visible(platform_id).filter(listing_id=listing_id)
    if stars is not None:
        found = found.filter(stars=stars)
    if with_pictures:
        found = found.filter(Exists(ReviewPicture.objects.filter(review=OuterRef("pk"))))
    return found.order_by(*_ORDERS[order])


def most_helpful(*, platform_id: int, listing_id: int, limit: int) -> list[Review]:
    """The reviews of a listing that others find most helpful."""
    return _most_helpful(limit).all(platform_id=platform_id, listing_id=listing_id)


@lru_cache(maxsize=8)
def _most_helpful(limit: int) -> Prepared[Review]:
    return Prepared(
        lambda platform_id, listing_id: reviews_of_listing(
            platform_id=platform_id, listing_id=listing_id, order=Order.HELPFUL
        )[:limit]
    )


def reviews_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Review]:
    """What people say of a merchant's goods, newest first."""
    return (
        visible(platform_id)
        .filter(merchant_id=merchant_id)
        .select_related("listing")
        .order_by("-written_at", "-pk")
    )


def reviews_by(*, platform_id: int, author_ids: Iterable[int]) -> QuerySet[Review]:
    """What these people say on a platform, newest first."""
    found = visible(platform_id).filter(author_id__in=list(author_ids))
    return found.select_related("listing").order_by("-written_at", "-pk")


def spread(*, platform_id: int, listing_id: int) -> list[Bar]:
    """How many visible reviews gave five stars, four, and so on."""
    rows = (
        Review.objects.filter(platform_id=platform_id, listing_id=listing_id, state__in=VISIBLE)
        .values("stars")
        .annotate(count=Count("pk"))
    )
    counts = {row["stars"]: row["count"] for row in rows}
    whole = sum(counts.values()) or 1
    return [
        Bar(stars, counts.get(stars, 0), round(100 * counts.get(stars, 0) / whole))
        for stars in range(5, 0, -1)
    ]


def get_own(*, platform_id: int, review_id: int, user_id: int) -> Review:
    """One of one's own reviews, in whatever state; another's is as if it did not exist."""
    found = (
        Review.objects.filter(platform_id=platform_id, pk=review_id, author_id=user_id)
        .select_related("listing__product")
        .first()
    )
    if found is None:
        raise NotFound(f"there is no review {review_id} of yours here")
    return found


def reviewed_lines(line_ids: Iterable[int]) -> set[int]:
    """Those of these order lines that have a review."""
    return set(Review.objects.filter(line_id__in=list(line_ids)).values_list("line_id", flat=True))


def find_picture(*, platform_id: int, picture_id: int, viewer_id: int | None) -> bytes | None:
    """A picture of a review that can be seen, or of one's own; None otherwise."""
    found = (
        ReviewPicture.objects.filter(platform_id=platform_id, pk=picture_id)
        .filter(Q(review__state__in=VISIBLE) | Q(review__author_id=viewer_id or 0))
        .first()
    )
    return bytes(found.image) if found else None


def shop_score(*, platform_id: int, merchant_id: int) -> ShopScore:
    """How a merchant's goods, service and delivery are rated here, beside everybody else's."""
    names = ("product", "merchant", "delivery")
    sums = {f"all_{name}_{part}": Sum(f"{name}_{part}") for name in names for part in ("sum", "count")}
    everybody = MerchantScore.objects.filter(platform_id=platform_id).aggregate(**sums)
    own = MerchantScore.objects.filter(platform_id=platform_id, merchant_id=merchant_id).first()

    def score(name: str) -> float | None:
        return shrunk(
            Tally(getattr(own, f"{name}_sum", 0), getattr(own, f"{name}_count", 0)),
            Tally(everybody[f"all_{name}_sum"] or 0, everybody[f"all_{name}_count"] or 0),
        )

    return ShopScore(
        score("product"), score("merchant"), score("delivery"), ratings=getattr(own, "product_count", 0)
    )


def unanswered_by(*, platform_id: int, merchant_id: int) -> QuerySet[Review]:
    """Reviews of a merchant's goods without a reply first, then the others, the newest first."""
    found = reviews_of_merchant(platform_id=platform_id, merchant_id=merchant_id)
    return found.order_by(F("reply__id").asc(nulls_first=True), "-written_at", "-pk")
