"""The API's doors to the cart, to buying and to one's purchases."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Header, Router, Schema, Status

from hansa.commerce.accounts import guests
from hansa.commerce.accounts.api import ANYBODY, inside, outside
from hansa.commerce.checkout import cart, services
from hansa.commerce.checkout.tendering import Means
from hansa.commerce.checkout.together import MOST_TOGETHER, Together
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.receipts import Receipt, receipt_of
from hansa.commerce.orders.services import Destination
from hansa.foundation import tenancy
from hansa.foundation.paging import newest_first
from hansa.kernel.errors import InvalidInput, NotFound

router = Router(tags=["orders"])


class CartLineIn(Schema):
    product_id: int
    quantity: int


class CartTokenOut(Schema):
    cart_token: str


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
    tax_added: int
    tax_included: int
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


class TogetherIn(Schema):
    """A good bought in a group: an open one by its id, or a new one for a product with a group buy."""

    quantity: int = Field(1, ge=1, le=MOST_TOGETHER)
    group_id: int | None = None
    product_id: int | None = None


class OrderIn(Schema):
    """What the buyer agreed to; ``agreed_total`` is what the cart said, in minor units.

    Gift cards (in the order given), credit and points pay first, the payment method the rest; with ``agreed_tender``
    they must pay just that much of the total. With ``together`` it is about that good, at the total and in a window
    that its group offers, and the cart stays as it is.
    """

    address: AddressIn
    window: str
    payment_method: str
    agreed_total: int
    email: str = ""
    gift_card_codes: tuple[str, ...] = Field((), max_length=10)
    use_credit: bool = False
    use_points: bool = False
    agreed_tender: int | None = None
    together: TogetherIn | None = None


class OrderLineOut(Schema):
    line_id: int
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int
    tax: int


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
    tax_added: int
    tax_included: int
    grand_total: int
    tendered: int
    window_start: datetime | None
    window_end: datetime | None
    orders: list[MerchantOrderOut]


class PlacedOut(OrderOut):
    """``token`` lets a guest look at the purchase again."""

    token: str


class ActionOut(Schema):
    """Where the buyer goes on: a page of the provider's, or what a QR code says."""

    url: str


class StepOut(Schema):
    """A purchase that waits for a step of the buyer's at the provider."""

    number: str
    token: str
    action: ActionOut


class OrderSummary(Schema):
    number: str
    placed_at: datetime
    currency: str
    grand_total: int


class OrderPage(Schema):
    items: list[OrderSummary]
    next_cursor: str


@router.post("/carts/", response={201: CartTokenOut}, auth=None, tags=["cart"])
def post_cart(request: HttpRequest) -> Status[dict[str, str]]:
    """Begin to shop without signing in: send the token as `Cart-Token` with what follows."""
    return Status(201, {"cart_token": guests.new_token()})


@router.get("/cart/", response=CartOut, tags=["cart"], auth=ANYBODY)
def get_cart(request: HttpRequest, platform: str = "") -> CartOut:
    """The open cart with prices and stock as they are now."""
    with inside(request, platform) as call:
        return _cart(cart.price(platform_id=call.platform.pk, actor=call.actor, now=call.now))


@router.put("/cart/lines", response=CartOut, tags=["cart"], auth=ANYBODY)
def put_line(request: HttpRequest, body: CartLineIn, platform: str = "") -> CartOut:
    """Set the units of a good in the cart; 0 takes it out."""
    with inside(request, platform) as call:
        priced = cart.put(
            platform_id=call.platform.pk,
            actor=call.actor,
            listing_id=body.product_id,
            quantity=body.quantity,
            source="api",
            now=call.now,
        )
        return _cart(priced)


@router.get("/delivery-windows/", response=list[WindowOut], tags=["cart"], auth=ANYBODY)
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


@router.get("/orders/{number}", response=OrderOut, auth=ANYBODY)
def get_order(request: HttpRequest, number: str, platform: str = "", token: str = "") -> Receipt:
    """One purchase, for its buyer, for who holds its token, or for the platform's operator."""
    with inside(request, platform) as call:
        group = orders.get_purchase(
            platform_id=call.platform.pk, number=number, actor=call.actor, token=token
        )
        return receipt_of(group.pk)


@router.post("/orders/", response={201: PlacedOut, 202: StepOut}, auth=ANYBODY)
def post_order(
    request: HttpRequest,
    body: OrderIn,
    idempotency_key: Header[str],
    platform: str = "",
) -> Status[Receipt] | Status[StepOut]:
    """Buy what is in the cart. The same Idempotency-Key again answers the same purchase; a guest gives an e-mail.

    A purchase in a group, which takes a person, comes back unpaid with its money held until the group is decided.

    202: the buyer must confirm at `action.url`. They come back to the shop; the purchase is paid soon after, as the
    same request again, or the purchase itself, tells.
    """
    call = outside(request, platform)
    if not call.actor.is_signed_in and "@" not in body.email:
        raise InvalidInput("email: a guest gives an address that the confirmation goes to")
    wish = services.Wish(
        destination=Destination(**body.address.dict()),
        window_key=body.window,
        method_token=body.payment_method,
        agreed_total=body.agreed_total,
        email=body.email,
        means=Means(body.gift_card_codes, body.use_credit, body.use_points, body.agreed_tender),
        together=_together(body.together),
    )
    placed = services.place(
        platform_id=call.platform.pk,
        actor=call.actor,
        wish=wish,
        key=idempotency_key,
        now=call.now,
        return_to=request.build_absolute_uri(reverse("shop:back", args=[call.platform.code])),
    )
    group = placed.group
    if placed.step_url:
        return Status(
            202, StepOut(number=group.number, token=group.token, action=ActionOut(url=placed.step_url))
        )
    with tenancy.as_platform(call.platform.pk):
        return Status(201, receipt_of(group.pk))


@router.post("/orders/{number}/cancel", response=OrderOut)
def cancel_order(request: HttpRequest, number: str, platform: str = "") -> Receipt:
    """Cancel one's own purchase before it is shipped; money and stock are given back."""
    with inside(request, platform) as call:
        group = orders.get_purchase(platform_id=call.platform.pk, number=number, actor=call.actor)
        if group.buyer_id != call.actor.user_id:
            raise NotFound(f"there is no purchase {number} of yours here")
        cancelling.cancel_all(
            group_id=group.pk, reason="cancelled by the buyer", actor_name=call.actor.name, now=call.now
        )
        return receipt_of(group.pk)


def _together(asked: TogetherIn | None) -> Together | None:
    return Together(asked.quantity, asked.group_id, asked.product_id) if asked else None


def _cart(priced: cart.PricedCart) -> CartOut:
    return CartOut(
        currency=priced.quote.currency,
        lines=[
            CartLineOut(
                product_id=line.wanted.listing_id,
                title=line.wanted.title,
                quantity=line.wanted.quantity,
                unit_price=line.wanted.unit_price,
                discount=line.discount,
                total=line.total,
                available=priced.available[line.wanted.offer_id],
            )
            for line in priced.quote.lines
        ],
        items_total=priced.quote.items_total,
        delivery_fee=priced.quote.delivery_fee,
        tax_added=priced.quote.tax_added,
        tax_included=priced.quote.tax_included,
        grand_total=priced.quote.grand_total,
    )
