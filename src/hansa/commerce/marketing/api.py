"""The API's doors to what was seen, clicked and bought: of a merchant, and of a whole platform."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.marketing import selectors

Days = Annotated[int, Field(ge=1, le=366)]
router = Router(tags=["analytics"])


class FunnelOut(Schema):
    """How far people came; a rate is null where nobody stood at the step before."""

    impressions: int
    clicks: int
    visits: int
    carts: int
    orders: int
    units: int
    revenue: int
    delivered: int
    reviews: int
    buyers: int
    returning_buyers: int
    click_rate: float | None
    conversion: float | None
    repurchase_rate: float | None


class ReachOut(Schema):
    impressions: int
    clicks: int
    visits: int
    carts: int


@router.get("/merchants/{merchant_id}/funnel", response=FunnelOut)
def get_funnel(
    request: HttpRequest, merchant_id: int, platform: str = "", days: Days = 28
) -> selectors.Funnel:
    """Every step of the last days from being shown to being bought again."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return selectors.funnel_of_merchant(
            platform_id=call.platform.pk,
            merchant_id=merchant_id,
            since=call.now - timedelta(days=days),
            until=call.now,
        )


@router.get("/analytics/reach", response=ReachOut)
def get_reach(request: HttpRequest, platform: str = "", days: Days = 28) -> selectors.Reach:
    """Impressions, clicks, visits and carts of the whole platform in the last days."""
    with inside(request, platform) as call:
        return selectors.reach_of_platform(
            platform_id=call.platform.pk, since=call.now - timedelta(days=days), until=call.now
        )
