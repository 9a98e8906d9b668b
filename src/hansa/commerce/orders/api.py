"""The API's doors to a merchant's orders and takings, and to the purchases of a platform."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.orders import selectors
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.models import Order
from hansa.foundation.paging import newest_first

Days = Annotated[int, Field(ge=1, le=366)]
router = Router(tags=["orders"])


class ShopOrderLine(Schema):
    line_id: int
    offer_id: int
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int


class ShopOrder(Schema):
    """One merchant's part of a purchase; money in minor units."""

    order_id: int
    number: str
    status: str
    currency: str
    items_total: int
    commission: int
    commission_tax: int
    placed_at: datetime
    lines: list[ShopOrderLine]

    @staticmethod
    def of(order: Order) -> ShopOrder:
        return ShopOrder(
            order_id=order.pk,
            number=order.group.number,
            status=order.status,
            currency=order.currency,
            items_total=order.items_total,
            commission=order.commission,
            commission_tax=order.commission_tax,
            placed_at=order.placed_at,
            lines=[
                ShopOrderLine(
                    line_id=line.pk,
                    offer_id=line.offer_id,
                    title=line.title,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                    discount=line.discount,
                    total=line.total,
                )
                for line in order.lines.all()
            ],
        )


class ShopOrderPage(Schema):
    items: list[ShopOrder]
    next_cursor: str


class Day(Schema):
    day: date
    revenue: int
    orders: int
    units: int


class PurchaseOut(Schema):
    number: str
    placed_at: datetime
    currency: str
    items_total: int
    delivery_fee: int
    grand_total: int


class PurchasePage(Schema):
    items: list[PurchaseOut]
    next_cursor: str


@router.get("/merchants/{merchant_id}/orders/", response=ShopOrderPage)
def list_merchant_orders(
    request: HttpRequest,
    merchant_id: int,
    platform: str = "",
    status: OrderStatus | None = None,
    cursor: str = "",
    limit: int = 20,
) -> ShopOrderPage:
    """The merchant's orders on a platform, or those that stand at one station, newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        rows = selectors.orders_of_merchant(
            platform_id=call.platform.pk, merchant_id=merchant_id, status=status or ""
        )
        page = newest_first(rows, cursor=cursor, limit=limit)
        return ShopOrderPage(items=[ShopOrder.of(order) for order in page.rows], next_cursor=page.next_cursor)


@router.get("/merchants/{merchant_id}/takings", response=list[Day], tags=["analytics"])
def list_takings(
    request: HttpRequest, merchant_id: int, platform: str = "", days: Days = 28
) -> list[selectors.DayOfTakings]:
    """Revenue, orders and units of the merchant, day by day, today last."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return selectors.daily_takings(
            platform_id=call.platform.pk,
            since=call.now - timedelta(days=days),
            until=call.now,
            merchant_id=merchant_id,
        )


@router.get("/purchases/", response=PurchasePage)
def list_purchases(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every purchase on the platform, newest first."""
    with inside(request, platform) as call:
        page = newest_first(selectors.orders_of_platform(call.platform.pk), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}
