"""The API's door to recommendations."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.api import ANYBODY, inside
from hansa.commerce.recommendations import selectors
from hansa.kernel.errors import InvalidInput

router = Router(tags=["recommendations"])
MOST = 50


class RecommendedOut(Schema):
    product_id: int
    title: str
    price: int
    currency: str
    score: float
    source: str
    because_of: str


class ShelfOut(Schema):
    request_id: str
    model_id: int | None
    items: list[RecommendedOut]


@router.get("/recommendations/", response=ShelfOut, auth=ANYBODY)
def list_recommendations(
    request: HttpRequest, platform: str = "", k: int = 12, similar_to: int | None = None
) -> ShelfOut:
    """Goods for the caller, or goods that go with one (``similar_to``: a product id), each with its reason."""
    if not 1 <= k <= MOST:
        raise InvalidInput(f"k must be between 1 and {MOST}, not {k}")
    with inside(request, platform) as call:
        if similar_to is not None:
            shelf = selectors.similar_to_listing(platform_id=call.platform.pk, listing_id=similar_to, k=k)
        else:
            user = accounts.find_user(call.actor.user_id)
            consents = user is not None and user.consents_to_personalisation
            shelf = selectors.recommend(
                platform_id=call.platform.pk, actor=call.actor, k=k, consents=consents
            )
        return ShelfOut(
            request_id=shelf.request_id,
            model_id=shelf.model_id,
            items=[
                RecommendedOut(
                    product_id=item.listing.pk,
                    title=item.listing.title,
                    price=item.listing.price,
                    currency=item.listing.currency,
                    score=round(item.score, 6),
                    source=item.source,
                    because_of=item.because_of,
                )
                for item in shelf.items
            ],
        )
