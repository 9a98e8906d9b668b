"""The API's door to who sells on a platform."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.merchants.models import Merchant
from hansa.foundation.paging import sorted_page

router = Router(tags=["merchants"])
SORTS = {"name": "name", "-name": "-name", "joined_at": "joined_at", "-joined_at": "-joined_at"}


class MerchantOut(Schema):
    id: int
    name: str
    slug: str
    status: str
    home_platform: str
    joined_at: datetime

    @staticmethod
    def resolve_home_platform(merchant: Merchant) -> str:
        return merchant.home_platform.code


class MerchantPage(Schema):
    items: list[MerchantOut]
    next_cursor: str


@router.get("/merchants/", response=MerchantPage)
def list_merchants(
    request: HttpRequest, platform: str = "", sort: str = "name", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Merchants with a store on the platform; ``sort`` is name or joined_at, with a minus sign before what falls."""
    with inside(request, platform) as call:
        rows = Merchant.objects.filter(stores__platform_id=call.platform.pk).select_related("home_platform")
        page = sorted_page(rows, sorts=SORTS, sort=sort, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}
