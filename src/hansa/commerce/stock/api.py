"""The API's door to a merchant's stock."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Header, Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.stock import counting
from hansa.commerce.stock.models import StockLevel
from hansa.foundation.paging import newest_first

router = Router(tags=["stock"])


class LevelOut(Schema):
    """``free`` is what can still be promised: on hand, less what is reserved for carts and allocated to orders."""

    id: int
    offer_id: int
    sku: str
    title: str
    warehouse: str
    on_hand: int
    reserved: int
    allocated: int
    free: int

    @staticmethod
    def of(level: StockLevel) -> LevelOut:
        return LevelOut(
            id=level.pk,
            offer_id=level.offer_id,
            sku=level.offer.variant.sku,
            title=level.offer.variant.product.title,
            warehouse=level.warehouse.name,
            on_hand=level.on_hand,
            reserved=level.reserved,
            allocated=level.allocated,
            free=level.on_hand - level.reserved - level.allocated,
        )


class LevelPage(Schema):
    items: list[LevelOut]
    next_cursor: str


@router.get("/merchants/{merchant_id}/stock/", response=LevelPage)
def list_stock(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> LevelPage:
    """What lies where of the merchant's goods on a platform, and how much of it is free."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        own = StockLevel.objects.filter(platform_id=call.platform.pk, offer__merchant_id=merchant_id)
        page = newest_first(
            own.select_related("offer__variant__product", "warehouse"), cursor=cursor, limit=limit
        )
        return LevelPage(items=[LevelOut.of(level) for level in page.rows], next_cursor=page.next_cursor)


class CountIn(Schema):
    """``quantity`` is what is added, below zero what is taken away."""

    quantity: int = Field(ge=-counting.MOST_UNITS, le=counting.MOST_UNITS)
    reason: str = Field(min_length=1, max_length=counting.LONGEST_REASON)


@router.post("/merchants/{merchant_id}/stock/{level_id}/corrections/", response=LevelOut)
def correct_stock(
    request: HttpRequest,
    merchant_id: int,
    level_id: int,
    body: CountIn,
    idempotency_key: Header[str],
    platform: str = "",
) -> LevelOut:
    """Correct what is on hand after a count; the same `Idempotency-Key` again changes nothing."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        level = counting.correct(
            actor=call.actor,
            platform_id=call.platform.pk,
            merchant_id=merchant_id,
            level_id=level_id,
            quantity=body.quantity,
            reason=body.reason,
            key=idempotency_key,
            now=call.now,
        )
        return LevelOut.of(level)
