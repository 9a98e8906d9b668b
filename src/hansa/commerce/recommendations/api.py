"""The API's door to recommendations."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.api import ANYBODY, inside
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.recommendations import explaining, selectors
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
    cause_id: int | None = None


class ShelfOut(Schema):
    request_id: str
    model_id: int | None
    items: list[RecommendedOut]


class DeedOut(Schema):
    kind: str
    product_id: int
    title: str
    value: int | None
    at: datetime


class FitOut(Schema):
    """A line of the caller's profile that the product falls under, and its part of all on that axis."""

    axis: str
    key: int
    share: float


class WhyOut(Schema):
    """Neither deeds nor fits: it is popular here, and ``sold`` says how much."""

    deeds: list[DeedOut]
    fits: list[FitOut]
    sold: int


@router.get("/products/{listing_id}/why", response=WhyOut, auth=ANYBODY)
def why(
    request: HttpRequest, listing_id: int, platform: str = "", because_of: int | None = None
) -> dict[str, object]:
    """Why a product may be recommended to the caller: their deeds with it, and with the offer that led to it."""
    with inside(request, platform) as call:
        platform_id = call.platform.pk
        user = accounts.find_user(call.actor.user_id)
        reasons = explaining.explain(
            platform_id=platform_id,
            actor=call.actor,
            listing=catalogue.get_listing(platform_id=platform_id, listing_id=listing_id),
            cause_id=because_of,
            consents=user is not None and user.consents_to_personalisation,
            now=call.now,
        )
        return {
            "deeds": [
                {
                    "kind": deed.kind,
                    "product_id": deed.listing.pk,
                    "title": deed.listing.title,
                    "value": deed.value,
                    "at": deed.at,
                }
                for deed in reasons.deeds
            ],
            "fits": [
                {"axis": fit.axis, "key": fit.key, "share": round(fit.share, 6)} for fit in reasons.fits
            ],
            "sold": reasons.sold,
        }


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
                    cause_id=item.cause_id,
                )
                for item in shelf.items
            ],
        )
