"""The API's doors to the cart, to buying and to one's purchases."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Header, Router, Schema, Status

from hansa.commerce.accounts.api import inside, outside
from hansa.commerce.checkout import cart, services
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders import services as order_services
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.orders.services import Destination
from hansa.foundation import tenancy
from hansa.foundation.paging import newest_first
from hansa.kernel.errors import NotFound

router = Router(tags=["orders"])


class CartLineIn(Schema):
    product_id: int
    quantity: int


class CartLineOut(Schema):
    product_id: int
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int
    available: int


class CartOut(Schema):
    currency: str
    lines: list[CartLineOut]
    items_total: int
    delivery_fee: int
    grand_total: int


class WindowOut(Schema):
    key: str
    start: datetime
    end: datetime


class AddressIn(Schema):
    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    latitude: float
    longitude: float


class OrderIn(Schema):
    """What the buyer agreed to; ``agreed_total`` is what the cart said, in minor units."""

    address: AddressIn
    window: str
    payment_method: str
    agreed_total: int
    email: str = ""


class OrderLineOut(Schema):
    line_id: int
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int


class MerchantOrderOut(Schema):
    merchant: str
    status: str
    total: int
    lines: list[OrderLineOut]


class OrderOut(Schema):
    number: str
    placed_at: datetime
    currency: str
    items_total: int
    delivery_fee: int
    grand_total: int
    window_start: datetime | None
    window_end: datetime | None
    orders: list[MerchantOrderOut]

    @staticmethod
    def of(group: OrderGroup) -> OrderOut:
        return OrderOut(
            number=group.number,
            placed_at=group.placed_at,
            currency=group.currency,
            items_total=group.items_total,
            delivery_fee=group.delivery_fee,
            grand_total=group.grand_total,
            window_start=group.window_start,
            window_end=group.window_end,
            orders=[
                MerchantOrderOut(
                    merchant=order.merchant.name,
                    status=order.status,
                    total=order.items_total,
                    lines=[
                        OrderLineOut(
                            line_id=line.pk,
                            title=line.title,
                            quantity=line.quantity,
                            unit_price=line.unit_price,
                            discount=line.discount,
                            total=line.total,
                        )
                        for line in order.lines.all()
                    ],
                )
                for order in group.orders.all()
            ],
        )


class OrderSummary(Schema):
    number: str
    placed_at: datetime
    currency: str
    grand_total: int


class OrderPage(Schema):
    items: list[OrderSummary]
    next_cursor: str


@router.get("/cart/", response=CartOut, tags=["cart"])
def get_cart(request: HttpRequest, platform: str = "") -> CartOut:
    """The open cart with prices and stock as they are now."""
    with inside(request, platform) as call:
        return _cart(cart.look_into(platform_id=call.platform.pk, actor=call.actor, now=call.now))


@router.put("/cart/lines", response=CartOut, tags=["cart"])
def put_line(request: HttpRequest, body: CartLineIn, platform: str = "") -> CartOut:
    """Set the units of a good in the cart; 0 takes it out."""
    with inside(request, platform) as call:
        have = cart.quantities(platform_id=call.platform.pk, actor=call.actor)
        if body.product_id in have or body.quantity == 0:
            cart.set_quantity(
                platform_id=call.platform.pk,
                actor=call.actor,
                listing_id=body.product_id,
                quantity=body.quantity,
                now=call.now,
            )
        else:
            cart.add(
                platform_id=call.platform.pk,
                actor=call.actor,
                listing_id=body.product_id,
                quantity=body.quantity,
                source="api",
                now=call.now,
            )
        return _cart(cart.look_into(platform_id=call.platform.pk, actor=call.actor, now=call.now))


@router.get("/delivery-windows/", response=list[WindowOut], tags=["cart"])
def list_windows(request: HttpRequest, platform: str = "") -> list[WindowOut]:
    """When a parcel can come."""
    call = outside(request, platform)
    return [WindowOut(key=each.key, start=each.start, end=each.end) for each in offered_windows(call.now)]


@router.get("/orders/", response=OrderPage)
def list_orders(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The caller's purchases on a platform, newest first."""
    with inside(request, platform) as call:
        page = newest_first(orders.purchases_of(call.actor.user_id or 0), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.get("/orders/{number}", response=OrderOut)
def get_order(request: HttpRequest, number: str, platform: str = "") -> OrderOut:
    """One purchase, for its buyer or the platform's operator."""
    with inside(request, platform) as call:
        return OrderOut.of(
            orders.purchase_detail(platform_id=call.platform.pk, number=number, actor=call.actor)
        )


@router.post("/orders/", response={201: OrderOut})
def post_order(
    request: HttpRequest,
    body: OrderIn,
    idempotency_key: Header[str],
    platform: str = "",
) -> Status[OrderOut]:
    """Buy what is in the cart. The same Idempotency-Key again answers the same purchase."""
    call = outside(request, platform)
    wish = services.Wish(
        destination=Destination(**body.address.dict()),
        window_key=body.window,
        method_token=body.payment_method,
        agreed_total=body.agreed_total,
        email=body.email,
    )
    group = services.place_order(
        platform_id=call.platform.pk, actor=call.actor, wish=wish, key=idempotency_key, now=call.now
    )
    with tenancy.as_platform(call.platform.pk):
        return Status(201, OrderOut.of(orders.group_with_lines(group.pk)))


@router.post("/orders/{number}/cancel", response=OrderOut)
def cancel_order(request: HttpRequest, number: str, platform: str = "") -> OrderOut:
    """Cancel one's own purchase before it is shipped; money and stock are given back."""
    with inside(request, platform) as call:
        group = orders.purchase_detail(platform_id=call.platform.pk, number=number, actor=call.actor)
        if group.buyer_id != call.actor.user_id:
            raise NotFound(f"there is no purchase {number} of yours here")
        order_services.cancel_purchase(
            group_id=group.pk, reason="cancelled by the buyer", actor_name=call.actor.name, now=call.now
        )
        return OrderOut.of(orders.group_with_lines(group.pk))


def _cart(shown: cart.ShownCart) -> CartOut:
    return CartOut(
        currency=shown.quote.currency,
        lines=[
            CartLineOut(
                product_id=line.listing.pk,
                title=line.listing.title,
                quantity=line.quoted.wanted.quantity,
                unit_price=line.quoted.wanted.unit_price,
                discount=line.quoted.discount,
                total=line.quoted.total,
                available=line.available,
            )
            for line in shown.lines
        ],
        items_total=shown.quote.items_total,
        delivery_fee=shown.quote.delivery_fee,
        grand_total=shown.quote.grand_total,
    )
