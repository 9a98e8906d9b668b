"""The API's doors to reviews."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from hansa.commerce.accounts.api import ANYBODY, inside
from hansa.commerce.reviews import selectors, services
from hansa.commerce.reviews.models import Review
from hansa.foundation.paging import newest_first

router = Router(tags=["reviews"])


class ReviewIn(Schema):
    line_id: int
    stars: int
    delivery_stars: int | None = None
    text: str = ""


class ReviewOut(Schema):
    id: int
    stars: int
    text: str
    author: str
    written_at: datetime

    @staticmethod
    def resolve_author(review: Review) -> str:
        return str(review.author)


class ReviewPage(Schema):
    items: list[ReviewOut]
    next_cursor: str


@router.get("/products/{listing_id}/reviews/", response=ReviewPage, auth=ANYBODY)
def list_reviews(
    request: HttpRequest, listing_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """What people say of a good, newest first."""
    with inside(request, platform) as call:
        rows = selectors.reviews_of_listing(platform_id=call.platform.pk, listing_id=listing_id)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/reviews/", response={201: ReviewOut})
def post_review(request: HttpRequest, body: ReviewIn, platform: str = "") -> Status[Review]:
    """Review a good that one has bought and received, once."""
    with inside(request, platform) as call:
        review = services.write_review(
            actor=call.actor, platform_id=call.platform.pk, now=call.now, **body.dict()
        )
        return Status(201, review)
