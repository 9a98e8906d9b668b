"""The cart's own use cases: fill it, change it, look into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import NEWCOMER
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.bundles import Components
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.checkout.errors import CouponUnknown
from hansa.commerce.checkout.models import Cart, CartLine
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.pricing.domain import Quote, QuotedLine
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.stock import selectors as stock
from hansa.foundation import statements
from hansa.foundation.prepared import Prepared
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import InvalidInput, NotFound

MOST_OF_ONE = 999


@dataclass(frozen=True)
class PricedCart:
    """The open cart with prices and stock as they are now; ``available`` is offer id to units."""

    quote: Quote
    available: dict[int, int]
    coupon_code: str = ""
    coupon_applies: bool = False


@dataclass(frozen=True)
class ShownLine:
    """A line of the cart as the buyer sees it."""

    listing: Listing
    quoted: QuotedLine
    available: int

    @property
    def is_short(self) -> bool:
        return self.available < self.quoted.wanted.quantity


@dataclass(frozen=True)
class ShownCart:
    """The cart as the buyer sees it now."""

    lines: list[ShownLine]
    quote: Quote
    coupon_code: str = ""
    coupon_applies: bool = False


def count_units(*, platform_id: int, actor: Actor) -> int:
    """How many units lie in the open cart."""
    return 0 if actor is NEWCOMER else sum(_UNITS.all(platform_id=platform_id, visitor=actor.visitor))


_UNITS = Prepared(
    lambda platform_id, visitor: CartLine.objects.filter(
        cart__platform_id=platform_id, cart__visitor=visitor, cart__status=Cart.Status.OPEN
    ).values_list("quantity", flat=True)
)


def price(*, platform_id: int, actor: Actor, now: datetime) -> PricedCart:
    """Price what lies in the open cart, in two round trips."""
    return _price(statements.run(_LINES, [platform_id, actor.visitor]), platform_id, actor, now)


def look_into(*, platform_id: int, actor: Actor, now: datetime) -> ShownCart:
    """The open cart with its goods, for a page."""
    return with_goods(price(platform_id=platform_id, actor=actor, now=now), platform_id=platform_id)


def with_goods(priced: PricedCart, *, platform_id: int) -> ShownCart:
    """What was priced, with its goods, for a page."""
    wanted = [line.wanted for line in priced.quote.lines]
    listings = {
        listing.pk: listing
        for listing in catalogue.listings_for_sale(
            platform_id=platform_id, listing_ids=[each.listing_id for each in wanted]
        )
    }
    lines = [
        ShownLine(listings[line.wanted.listing_id], line, priced.available[line.wanted.offer_id])
        for line in priced.quote.lines
    ]
    return ShownCart(lines, priced.quote, priced.coupon_code, priced.coupon_applies)


@transaction.atomic(savepoint=False)
def add(
    *,
    platform_id: int,
    actor: Actor,
    listing_id: int,
    quantity: int,
    source: str = "",
    is_noted: bool | None = None,
    now: datetime,
) -> None:
    """Put units of a listing into the open cart, on top of what is there. Refuses odd quantities.

    Whether that is noted as an act, the door knows (``is_noted``); where it was not asked, only of people by name,
    and of nobody who does not consent.
    """
    if not 1 <= quantity <= MOST_OF_ONE:
        raise InvalidInput(f"between 1 and {MOST_OF_ONE}, not {quantity}")
    with statements.together():
        statements.send(_OPEN, [platform_id, actor.visitor, actor.user_id, now])
        line = [quantity, source[:40], listing_id, platform_id, actor.visitor]
        statements.send(_ADD, line, lambda added: _insist_on_listing(listing_id, added))
        if actor.is_signed_in if is_noted is None else is_noted:
            behaviour.record_cart(
                platform_id=platform_id,
                actor=actor,
                listing_id=listing_id,
                quantity=quantity,
                source=source,
                now=now,
            )


@transaction.atomic(savepoint=False)
def set_quantity(*, platform_id: int, actor: Actor, listing_id: int, quantity: int, now: datetime) -> None:
    """Set the units of a listing in the cart; nought takes the line out. Refuses what does not lie in it."""
    _insist_on_quantity(quantity)
    line = [platform_id, actor.visitor, listing_id]
    with statements.together():
        statements.send(_OPEN, [platform_id, actor.visitor, actor.user_id, now])
        changed = statements.send(*((_SET, [quantity, *line]) if quantity else (_TAKE_OUT, line)))
    if quantity and not changed.value:
        raise InvalidInput(f"listing {listing_id} is not in the cart")


@transaction.atomic(savepoint=False)
def put(
    *, platform_id: int, actor: Actor, listing_id: int, quantity: int, source: str = "", now: datetime
) -> PricedCart:
    """Have so many units of a listing in the cart, whatever lay there before, and price it, in two round trips.

    Nought takes the line out.
    """
    _insist_on_quantity(quantity)
    with statements.together():
        statements.send(_OPEN, [platform_id, actor.visitor, actor.user_id, now])
        is_new = _put_line(platform_id, actor, listing_id, quantity, source)
        lines = statements.send(_LINES, [platform_id, actor.visitor])
    with statements.together():
        if is_new.value and actor.is_signed_in:  # guests of the API were not asked
            behaviour.record_cart(
                platform_id=platform_id,
                actor=actor,
                listing_id=listing_id,
                quantity=quantity,
                source=source,
                now=now,
            )
        return _price(lines.value, platform_id, actor, now)


@transaction.atomic
def use_coupon(*, platform_id: int, actor: Actor, code: str, now: datetime) -> None:
    """Put a coupon's code on the cart; an empty code takes it off. Refuses a code that does not run."""
    if code.strip() and promotions.find_coupon(platform_id=platform_id, code=code, now=now) is None:
        raise CouponUnknown(f"the coupon {code.strip()!r} does not exist or does not run now")
    cart = _open_cart(platform_id, actor, now)
    cart.coupon_code = code.strip().upper()
    cart.save(update_fields=["coupon_code"])


@transaction.atomic
def hand_over(*, platform_id: int, visitor: str, actor: Actor, now: datetime) -> None:
    """Give a visitor's cart to the person who has signed in, adding to what they had; what is no longer for sale stays behind."""
    open_carts = Cart.objects.select_for_update().filter(status=Cart.Status.OPEN)  # or it is bought meanwhile
    left = open_carts.filter(platform_id=platform_id, visitor=visitor).first()
    if left is None or visitor == actor.visitor:
        return
    for line in left.lines.filter(listing__is_active=True):
        add(
            platform_id=platform_id,
            actor=actor,
            listing_id=line.listing_id,
            quantity=line.quantity,
            source=line.source,
            now=now,
        )
    left.delete()


@dataclass(frozen=True)
class LockedCart:
    """An open cart that nobody else can change until the transaction ends; without an id what is bought past it.

    ``wanted`` is listing id to quantity, ``components`` what the bundles in it are made of.
    """

    id: int | None
    coupon_code: str
    wanted: dict[int, int]
    components: Components


def lock(*, platform_id: int, actor: Actor) -> Later[LockedCart | None]:
    """Lock the visitor's open cart; what lies in it is read once the lock is there."""
    found = statements.send(_LOCK, [platform_id, actor.visitor])

    def read(lines: Rows) -> LockedCart | None:
        if not found.value:
            return None
        cart_id, code = found.value[0]
        return LockedCart(
            cart_id,
            code,
            {listing_id: quantity for listing_id, quantity, *_ in lines},
            {offer_id: dict(parts) for *_, offer_id, parts in lines if parts},
        )

    return statements.send(_LOCKED_LINES, [platform_id, actor.visitor], read)


def complete(*, cart_id: int, number: str) -> None:
    """The cart has become the purchase with this number."""
    statements.send(_COMPLETE, [number, cart_id])


def _price(lines: Rows, platform_id: int, actor: Actor, now: datetime) -> PricedCart:
    code = lines[0][2] if lines else ""
    coupon = promotions.find_coupon(platform_id=platform_id, code=code, now=now)
    basket = pricing.Basket(
        platform_id=platform_id,
        wanted={listing_id: quantity for listing_id, quantity, *_ in lines},
        now=now,
        coupon=coupon,
        buyer_id=actor.user_id,
    )
    return price_basket(basket, offer_ids=[line[3] for line in lines], code=code)


def price_basket(basket: pricing.Basket, *, offer_ids: list[int], code: str = "") -> PricedCart:
    """Price a basket and see what is free of its goods, in one round trip."""
    with statements.together():
        free = stock.units_free(platform_id=basket.platform_id, offer_ids=offer_ids)
        read_quote = pricing.send_for_quote(basket)
    quote = read_quote()
    return PricedCart(quote, free.value, code, basket.coupon is not None)


def _put_line(platform_id: int, actor: Actor, listing_id: int, quantity: int, source: str) -> Later[bool]:
    """Set or take out a line; comes to whether it is new."""
    if not quantity:
        return statements.send(_TAKE_OUT, [platform_id, actor.visitor, listing_id], lambda taken: False)

    def read(put: Rows) -> bool:
        _insist_on_listing(listing_id, put)
        return bool(put[0][0])

    return statements.send(_PUT, [quantity, source[:40], listing_id, platform_id, actor.visitor], read)


def _insist_on_quantity(quantity: int) -> None:
    if not 0 <= quantity <= MOST_OF_ONE:
        raise InvalidInput(f"between 0 and {MOST_OF_ONE}, not {quantity}")


def _insist_on_listing(listing_id: int, put: Rows) -> None:
    if not put:
        raise NotFound(f"there is no listing {listing_id} here")


def _open_cart(platform_id: int, actor: Actor, now: datetime) -> Cart:
    """The open cart, locked; two tabs that open one at once get the same."""
    statements.send(_OPEN, [platform_id, actor.visitor, actor.user_id, now])
    return Cart.objects.get(platform_id=platform_id, visitor=actor.visitor, status=Cart.Status.OPEN)


def quantities(*, platform_id: int, actor: Actor) -> dict[int, int]:
    """What lies in the open cart: listing id to quantity."""
    lines = statements.run(_LINES, [platform_id, actor.visitor])
    return {listing_id: quantity for listing_id, quantity, *_ in lines}


# The update of nothing locks the cart that is there: two tabs that open one at once get the same.
_OPEN = """
insert into checkout_cart (platform_id, visitor, user_id, status, coupon_code, created_at)
values (%s, %s, %s, 'open', '', %s)
on conflict (platform_id, visitor) where status = 'open' do update set status = 'open'
"""
_INTO_CART = """
insert into checkout_cartline as l (cart_id, platform_id, listing_id, quantity, source)
select c.id, c.platform_id, g.id, %s, %s
from checkout_cart c join catalogue_listing g on g.id = %s and g.platform_id = c.platform_id and g.is_active
where c.platform_id = %s and c.visitor = %s and c.status = 'open'
on conflict (cart_id, listing_id) do update set quantity =
"""
_ADD = f"{_INTO_CART} least(l.quantity + excluded.quantity, {MOST_OF_ONE}) returning l.id"
_PUT = f"{_INTO_CART} excluded.quantity returning l.xmax = 0"  # of a row that was not there before
_OWN_LINE = """
c.id = l.cart_id and c.platform_id = %s and c.visitor = %s and c.status = 'open' and l.listing_id = %s
returning l.id
"""
_SET = f"update checkout_cartline l set quantity = %s from checkout_cart c where {_OWN_LINE}"  # noqa: S608
_TAKE_OUT = f"delete from checkout_cartline l using checkout_cart c where {_OWN_LINE}"  # noqa: S608
_LOCK = """
select id, coupon_code from checkout_cart
where platform_id = %s and visitor = %s and status = 'open' for no key update
"""
_LINES = """
select l.listing_id, l.quantity, c.coupon_code, g.offer_id
from checkout_cart c join checkout_cartline l on l.cart_id = c.id
  join catalogue_listing g on g.id = l.listing_id and g.is_active
where c.platform_id = %s and c.visitor = %s and c.status = 'open'
"""
_LOCKED_LINES = _LINES.replace(
    "g.offer_id",
    """g.offer_id, (
  select array_agg(array[b.component_id, b.quantity] order by b.component_id)
  from catalogue_bundlecomponent b where b.bundle_id = g.offer_id)""",
    1,
)
_COMPLETE = """
update checkout_cart set status = 'completed', group_id = (select id from orders_ordergroup where number = %s)
where id = %s
"""
