"""Buying, in three phases with no call to the outside inside a transaction.

1. prepare: prices and stock are looked at again under locks, the purchase and its payment are written down;
2. pay: the provider is asked, with no transaction open;
3. finish: money, stock and orders are booked together.

The first is here, the others are `paying`'s. Locks are always taken in the order cart, coupon, stock, purchase, payment,
wallets, books. What is bought in a group is held in the second phase and taken when the group has formed: `together`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import platform_by_id
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import cart, holding, together
from hansa.commerce.checkout.errors import EmptyCart, PriceChanged, WindowNotOffered
from hansa.commerce.checkout.paying import Placed, pay_and_finish
from hansa.commerce.checkout.tendering import ALL_BY_PROVIDER, Means, tender
from hansa.commerce.checkout.together import Together
from hansa.commerce.commission import selectors as commission
from hansa.commerce.commission.domain import Rule
from hansa.commerce.delivery.domain import Window, offered_windows
from hansa.commerce.orders import services as orders
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.orders.services import Destination, NewPurchase, Purchase
from hansa.commerce.payments import selectors as payment_selectors
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.models import Payment
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.pricing.domain import Quote
from hansa.commerce.promotions import groups
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions import services as promotion_services
from hansa.commerce.promotions.models import Coupon
from hansa.commerce.stock import selectors as stock
from hansa.foundation import idempotency, statements, tenancy
from hansa.foundation.models import IdempotencyRecord
from hansa.kernel.errors import BrokenInvariant, InvalidInput, NotFound, Refused
from hansa.kernel.money import Money


@dataclass(frozen=True)
class Wish:
    """What the buyer agreed to: where, when, how it is paid (from ``means`` first), and the total that was shown.

    With ``together`` it is about that good and its group, not about the cart.
    """

    destination: Destination
    window_key: str
    method_token: str
    agreed_total: int
    email: str = ""
    means: Means = ALL_BY_PROVIDER
    together: Together | None = None


def place_order(*, platform_id: int, actor: Actor, wish: Wish, key: str, now: datetime) -> OrderGroup:
    """Buy as `place` does, for who cannot send a buyer to the provider: a step there leaves the purchase unpaid."""
    return place(platform_id=platform_id, actor=actor, wish=wish, key=key, now=now).group


def place(
    *, platform_id: int, actor: Actor, wish: Wish, key: str, now: datetime, return_to: str = ""
) -> Placed:
    """Buy what is in the visitor's cart, or a good in a group; the same key again answers the same purchase.

    Refuses with PriceChanged when the total is no longer the agreed one, InsufficientStock naming the goods,
    PaymentRefused when the provider declines; then nothing is kept. When the provider does not answer, or wants
    a step of the buyer, the purchase comes back unpaid; after the step the buyer comes to ``return_to``, with
    number and token, which calls `come_back`. The worker finishes what nobody comes back for. A purchase in a group
    comes back unpaid with its money held. Must be called outside any transaction.
    """
    with tenancy.as_platform(platform_id):
        purchase, payment = _prepare(platform_id, actor, wish, key, now)
    pay = payments.hold if wish.together else payments.ask_provider
    return pay_and_finish(purchase, payment, pay, return_to, now)


def step_of(number: str) -> str:
    """Where the buyer of an unpaid purchase goes on to pay; empty when no step waits for them."""
    return payment_selectors.step_of(number)


def payment_methods() -> dict[str, str]:
    """The ways to pay that the provider offers: token to words."""
    return payments.methods()


def charges_nothing() -> bool:
    """Say whether purchases are paid at a sandbox, which moves no money."""
    return payments.charges_nothing()


@transaction.atomic
def place_partner_order(
    *,
    platform_id: int,
    sold_by_id: int,
    wanted: Mapping[int, int],
    destination: Destination,
    key: str,
    now: datetime,
) -> OrderGroup:
    """Write down a purchase that another platform of the alliance has sold and been paid for.

    ``wanted`` is offer id to quantity. The stock is firm at once; the books follow from PurchasePaid, which
    names the seller. The same key again answers the same purchase. Runs in the caller's tenant scope.
    """
    body = {"wanted": {str(offer): quantity for offer, quantity in wanted.items()}, **asdict(destination)}
    earlier = idempotency.claim(scope=f"partner:{platform_id}:{sold_by_id}", key=key, body=body).value
    if earlier is not None:
        return OrderGroup.objects.get(number=_kept(earlier)["number"])
    listings = {}
    for offer_id, quantity in wanted.items():
        listing = catalogue.listing_of_offer(platform_id=platform_id, offer_id=offer_id)
        if listing is None:
            raise NotFound(f"offer {offer_id} is not sold here")
        listings[listing.pk] = quantity
    quote = pricing.quote_for_partner(platform_id=platform_id, wanted=listings, now=now)
    window = offered_windows(now)[0]
    if quote.tax_added:
        raise Refused("prices here do not contain tax, so goods cannot be sold through another platform")
    new = _new_purchase(
        platform_id,
        stock.centre_of(platform_id).pk,
        destination,
        window,
        commission.rules_at(platform_id, now).value,
        source=OrderGroup.Source.PARTNER,
        sold_by_id=sold_by_id,
    )
    components = catalogue.components_of(wanted)
    with holding.in_the_buyers_words(quote, components):
        holding.reserve(quote=quote, components=components, new=new, now=now)
    purchase = orders.create_purchase(
        new=new, quote=quote, actor_name=f"platform {sold_by_id}", now=now
    ).value
    orders.mark_paid(purchase=purchase, now=now)
    idempotency.answer(scope=f"partner:{platform_id}:{sold_by_id}", key=key, answer={"number": new.number})
    return OrderGroup.objects.get(pk=purchase.id)


def _prepare(platform_id: int, actor: Actor, wish: Wish, key: str, now: datetime) -> tuple[Purchase, Payment]:
    """Look, price, write: three round trips, and what any of them refuses undoes them all."""
    scope = f"checkout:{platform_id}:{actor.visitor}"
    with statements.together():
        claimed = idempotency.claim(scope=scope, key=key, body=asdict(wish))
        locked = None if wish.together else cart.lock(platform_id=platform_id, actor=actor)
        centre = stock.centre_id_of(platform_id)
    if claimed.value is not None:
        number = _kept(claimed.value)["number"]
        return orders.purchase_numbered(number), Payment.objects.get(reference=number)
    group = None
    chosen = locked.value if locked else None
    if wish.together:
        group, chosen = together.begin(platform_id=platform_id, actor=actor, asked=wish.together, now=now)
    if chosen is None or not chosen.wanted:
        raise EmptyCart("there is nothing in the cart")
    coupon = promotions.find_coupon(platform_id=platform_id, code=chosen.coupon_code, now=now)
    basket = pricing.Basket(
        platform_id=platform_id,
        wanted=chosen.wanted,
        now=now,
        coupon=coupon,
        buyer_id=actor.user_id,
        group_promotion_id=group.promotion_id if group else None,
    )
    with statements.together():
        read_quote = pricing.send_for_quote(basket)
        rules = commission.rules_at(platform_id, now)
    quote = read_quote()
    if group:
        together.insist_on_price(quote, group)
    _insist_on_total(quote, wish)
    window = _window(wish.window_key, group.deadline if group else now)
    new = _new_purchase(
        platform_id,
        centre.value,
        wish.destination,
        window,
        rules.value,
        buyer_id=actor.user_id,
        email=wish.email,
    )
    _redeem(coupon, quote, new, now)
    components = chosen.components
    until = group.deadline if group else None
    with holding.in_the_buyers_words(quote, components), statements.together():
        holding.reserve(quote=quote, components=components, new=new, now=now, until=until)
        purchase = orders.create_purchase(new=new, quote=quote, actor_name=actor.name, now=now)
        payment = payments.open_payment(
            platform_id=platform_id,
            reference=new.number,
            amount=quote.grand_total,
            currency=quote.currency,
            method_token=wish.method_token,
            now=now,
        )
        if chosen.id is not None:
            cart.complete(cart_id=chosen.id, number=new.number)
        idempotency.answer(scope=scope, key=key, answer={"number": new.number})
    bought = purchase.value
    if group:  # before the wallets, as who cancels gives them back
        groups.join(
            platform_id=platform_id,
            group_id=group.pk,
            buyer_id=together.buyer_of(actor),
            reference=new.number,
            now=now,
        )
    if wish.means:
        bought = tender(
            purchase=bought, payment=payment.value, means=wish.means, buyer_id=actor.user_id, now=now
        )
    if claims := quote.flash_units():  # late, for a hot row stays locked until the end
        promotion_services.claim_flash(
            platform_id=platform_id, wanted=claims, buyer_id=actor.user_id, reference=new.number, now=now
        )
    return bought, payment.value


def _insist_on_total(quote: Quote, wish: Wish) -> None:
    if quote.grand_total != wish.agreed_total:
        new, old = Money(quote.grand_total, quote.currency), Money(wish.agreed_total, quote.currency)
        raise PriceChanged(
            f"the total is now {new}, not {old}: please look again",
            details={"total": new.minor, "agreed": old.minor},
        )


def _window(key: str, now: datetime) -> Window:
    for window in offered_windows(now):
        if window.key == key:
            return window
    raise WindowNotOffered(f"the delivery window {key!r} is not offered any more; please choose another")


def _new_purchase(
    platform_id: int,
    centre_id: int,
    destination: Destination,
    window: Window,
    rules: Sequence[Rule],
    *,
    buyer_id: int | None = None,
    email: str = "",
    source: OrderGroup.Source = OrderGroup.Source.SHOP,
    sold_by_id: int | None = None,
) -> NewPurchase:
    if not destination.street.strip() or not destination.recipient.strip():
        raise InvalidInput("a delivery needs a recipient and a street")
    return NewPurchase(
        platform_id=platform_id,
        outlet_id=centre_id,
        destination=destination,
        window_start=window.start,
        window_end=window.end,
        commission_bp=platform_by_id(platform_id).commission_bp,
        commission_rules=rules,
        buyer_id=buyer_id,
        email=email,
        source=source,
        sold_by_id=sold_by_id,
    )


def _redeem(coupon: Coupon | None, quote: Quote, new: NewPurchase, now: datetime) -> None:
    taken_off = quote.discount_of(coupon.promotion_id) if coupon is not None else 0
    if coupon is not None and taken_off:
        promotion_services.redeem(
            coupon=coupon, buyer_id=new.buyer_id, reference=new.number, now=now, amount=taken_off
        )


def _kept(earlier: IdempotencyRecord) -> dict[str, str]:
    if earlier.answer is None:
        raise BrokenInvariant(f"the key {earlier.key!r} was claimed without an answer")
    return dict(earlier.answer)
