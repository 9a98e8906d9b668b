"""Buying, in three phases with no call to the outside inside a transaction.

1. prepare: prices and stock are looked at again under locks, the purchase and its payment are written down;
2. pay: the provider is asked, with no transaction open;
3. finish: money, stock and orders are booked together.

A process may die anywhere: the same key resumes, and `finish_unfinished` asks the provider what became of
a payment nobody finished. Locks are always taken in the order cart, coupon, stock, purchase, payment,
wallets, books. What is bought in a group is held in the second phase and taken when the group has formed: `together`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import DatabaseError, transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import platform_by_id
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import cart, holding, together
from hansa.commerce.checkout.errors import EmptyCart, PaymentRefused, PriceChanged, WindowNotOffered
from hansa.commerce.checkout.models import Cart
from hansa.commerce.checkout.tendering import ALL_BY_PROVIDER, Means, tender
from hansa.commerce.checkout.together import Together
from hansa.commerce.commission import selectors as commission
from hansa.commerce.commission.domain import Rule
from hansa.commerce.delivery.domain import Window, offered_windows
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as order_selectors
from hansa.commerce.orders import services as orders
from hansa.commerce.orders.domain import IllegalStep
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.orders.services import Destination, NewPurchase, Purchase
from hansa.commerce.payments import outcomes
from hansa.commerce.payments import selectors as payment_selectors
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.gateways.port import ActionNeeded, Answer, Outcome
from hansa.commerce.payments.models import Payment
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.pricing.domain import Quote
from hansa.commerce.promotions import groups
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions import services as promotion_services
from hansa.commerce.promotions.domain import GroupState
from hansa.commerce.promotions.models import Coupon
from hansa.commerce.stock import selectors as stock
from hansa.foundation import idempotency, statements, tenancy
from hansa.foundation.models import IdempotencyRecord
from hansa.kernel.errors import BrokenInvariant, HansaError, InvalidInput, NotFound, Refused, Unavailable
from hansa.kernel.money import Money

log = logging.getLogger(__name__)
Pay = Callable[..., Answer]  # a payment and where its buyer comes back to

CANCELLED = "the purchase was cancelled before it was paid"
GIVE_UP_AFTER = timedelta(minutes=15)
LOOK_AGAIN_AFTER = timedelta(seconds=30)


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


@dataclass(frozen=True)
class Placed:
    """A purchase that is written down, and where its buyer goes on to pay; empty when no step waits for them."""

    group: OrderGroup
    step_url: str = ""


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
    return _pay_and_finish(purchase, payment, pay, return_to, now)


def come_back(*, platform_id: int, actor: Actor, number: str, token: str, now: datetime) -> Placed:
    """Finish a purchase whose buyer comes back from a step at the provider; coming again changes nothing.

    Refuses with PaymentRefused when the step came to nothing: the purchase is cancelled then and the cart is given
    back. Where the provider has not decided, the purchase comes back unpaid with its step. Outside any transaction.
    """
    with tenancy.as_platform(platform_id):
        group = order_selectors.get_purchase(platform_id=platform_id, number=number, actor=actor, token=token)
        payment = Payment.objects.filter(reference=number).first()
        if payment is None or payment.state == Payment.State.CAPTURED:
            return Placed(group)
        purchase = orders.purchase_of(group.pk)
    if payment.state not in Payment.OPEN:
        raise PaymentRefused(payment.decline_reason or CANCELLED)
    try:
        return _look_again(purchase, payment, now)
    except IllegalStep as late:
        raise PaymentRefused(CANCELLED) from late


def step_of(number: str) -> str:
    """Where the buyer of an unpaid purchase goes on to pay; empty when no step waits for them."""
    return payment_selectors.step_of(number)


def payment_methods() -> dict[str, str]:
    """The ways to pay that the provider offers: token to words."""
    return payments.methods()


def charges_nothing() -> bool:
    """Say whether purchases are paid at a sandbox, which moves no money."""
    return payments.charges_nothing()


def finish_unfinished(*, now: datetime) -> int:
    """Finish payments that were begun and left: book those the provider took, take what it only holds, give up the rest.

    A hundred at most, those first that were least lately looked at. One that cannot be finished holds up no other, and a
    provider that does not answer is not asked again until the next time.
    """
    with tenancy.as_alliance():
        left = payments.unfinished(older_than=now - LOOK_AGAIN_AFTER)
        groups = dict(
            OrderGroup.objects.filter(number__in=[each.reference for each in left]).values_list(
                "number", "pk"
            )
        )
    silent: set[str] = set()
    for payment in left:
        payments.note_look(payment, now=now)  # before anything can go wrong with it
        if payment.reference not in groups or payment.provider in silent:
            continue
        try:
            _finish_one(payment, groups[payment.reference], now)
        except Unavailable:
            log.warning("%s does not answer; payment %s waits", payment.provider, payment.reference)
            silent.add(payment.provider)
        except (HansaError, DatabaseError):
            log.exception("payment %s cannot be finished", payment.reference)
    return len(left)


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


def _pay_and_finish(purchase: Purchase, payment: Payment, pay: Pay, return_to: str, now: datetime) -> Placed:
    if payment.state == Payment.State.DECLINED:
        raise PaymentRefused(payment.decline_reason)
    if payment.step_url and payment.state == Payment.State.CREATED:
        return _look_again(purchase, payment, now)
    if payment.state == Payment.State.CREATED:
        try:
            answer = pay(payment, return_url=_return_url(purchase, payment, return_to))
        except ActionNeeded as step:
            return _send_on(purchase, payment, str(step.details.get("redirect_url", "")))
        except Unavailable:
            return Placed(_written_down(purchase))
        except Refused as refusal:  # it cannot be paid so at all: nobody has to wait for the clock
            answer = Answer(Outcome.DECLINED, reason=str(refusal))
        if answer.outcome in outcomes.ENDS:
            return Placed(finish(payment, purchase, answer, now))
        if answer.outcome is Outcome.AUTHORISED:
            together.hold(payment=payment, purchase=purchase, answer=answer, now=now)
    return Placed(_written_down(purchase))  # what is not decided, or only held, is the worker's


def _return_url(purchase: Purchase, payment: Payment, return_to: str) -> str:
    if not return_to or not payments.may_ask_for_a_step(payment):
        return ""
    group = _written_down(purchase)
    return f"{return_to}?{urlencode({'number': group.number, 'token': group.token})}"


def _send_on(purchase: Purchase, payment: Payment, url: str) -> Placed:
    with tenancy.as_platform(purchase.platform_id):
        payments.keep_step(payment=payment, url=url)
    return Placed(_written_down(purchase), url)


def _look_again(purchase: Purchase, payment: Payment, now: datetime) -> Placed:
    """Ask what became of a step, and finish what is decided; what is only held is the worker's."""
    try:
        answer = payments.ask_what_became_of(payment)
    except Unavailable:
        answer = Answer(Outcome.UNKNOWN)
    if answer.outcome is Outcome.UNKNOWN:
        return Placed(_written_down(purchase), payment.step_url)
    if answer.outcome is Outcome.AUTHORISED:
        together.hold(payment=payment, purchase=purchase, answer=answer, now=now)
        return Placed(_written_down(purchase))
    return Placed(finish(payment, purchase, answer, now))


def settle_place(*, platform_id: int, reference: str, now: datetime) -> None:
    """Take the money of a purchase whose group has formed, or let go of it where the group has failed.

    Again changes nothing. Must be called outside any transaction.
    """
    with tenancy.as_platform(platform_id):
        purchase = orders.purchase_numbered(reference)
        payment = Payment.objects.get(reference=reference)
        is_kept = (
            payment.state == Payment.State.CAPTURED and together.state_of(reference) is GroupState.FAILED
        )
        if is_kept:  # by a provider that was asked only to hold it
            cancelling.cancel_all(
                group_id=purchase.id, reason=together.NOT_FORMED, actor_name="payment", now=now
            )
    if payment.state in Payment.OPEN:
        _finish_one(payment, purchase.id, now)


def _finish_one(payment: Payment, group_id: int, now: datetime) -> None:
    with tenancy.as_platform(payment.platform_id):
        purchase = orders.purchase_of(group_id)
        state = together.state_of(payment.reference)
    answer = _decided(payment, purchase, state, now)
    if answer is None:
        return
    try:
        finish(payment, purchase, answer, now)
    except (PaymentRefused, IllegalStep):
        return  # the purchase is cancelled and its buyer sees so; nobody waits here for the refusal


def _decided(payment: Payment, purchase: Purchase, state: GroupState | None, now: datetime) -> Answer | None:
    """What a payment that was begun comes to, held money taken where it may be; None: it is too early to say.

    ``state`` is that of the group in which the purchase has its place.
    """
    if state is GroupState.FAILED:
        return Answer(Outcome.DECLINED, reason=together.NOT_FORMED)
    answer = payments.ask_what_became_of(payment)
    if (
        state is not None and not payment.amount
    ):  # accounts paid all of it: still nothing is done before the group
        answer = Answer(Outcome.AUTHORISED, "", 0, payment.currency)
    if answer.outcome is Outcome.UNKNOWN:
        is_late = now - payment.created_at >= GIVE_UP_AFTER
        return Answer(Outcome.DECLINED, reason="the payment was not completed in time") if is_late else None
    if answer.outcome is not Outcome.AUTHORISED:
        return answer
    state = together.hold(payment=payment, purchase=purchase, answer=answer, now=now)
    if state is GroupState.OPEN:
        return None
    if state is GroupState.FAILED:
        return Answer(Outcome.DECLINED, reason=together.NOT_FORMED)
    answer = payments.take_held(payment, answer)
    return None if answer.outcome in {Outcome.AUTHORISED, Outcome.UNKNOWN} else answer


def finish(payment: Payment, purchase: Purchase, answer: Answer, now: datetime) -> OrderGroup:
    """Book a purchase by what its provider decided, whoever learns of it first; again changes nothing.

    Refuses with PaymentRefused what was not paid, which is cancelled and its cart given back, and with IllegalStep
    money for a purchase that was cancelled before. Must be called outside any transaction.
    """
    if answer.outcome is Outcome.DONE:
        try:
            return _book(payment, purchase, answer, now)
        except IllegalStep:  # cancelled before its money was known of: what was taken is listed for a person
            with tenancy.as_platform(payment.platform_id):
                payments.decline(payment_id=payment.pk, reason=CANCELLED, now=now)
                outcomes.record_outcome(payment_id=payment.pk, answer=answer, now=now)
            raise
    with tenancy.as_platform(payment.platform_id):
        orders.cancel_unpaid(group_id=purchase.id, reason=answer.reason, actor_name="payment", now=now)
        payments.decline(payment_id=payment.pk, reason=answer.reason, now=now)
        _give_cart_back(purchase.id)
    raise PaymentRefused(answer.reason)


def _book(payment: Payment, purchase: Purchase, answer: Answer, now: datetime) -> OrderGroup:
    with tenancy.as_platform(payment.platform_id), statements.together():
        orders.mark_paid(purchase=purchase, now=now)
        payments.capture(payment=payment, answer=answer, legs=purchase.legs(), now=now)
        group = orders.find_group(purchase.id)
    return group.value


def _written_down(purchase: Purchase) -> OrderGroup:
    with tenancy.as_platform(purchase.platform_id):
        return OrderGroup.objects.get(pk=purchase.id)


def _give_cart_back(group_id: int) -> None:
    left = Cart.objects.select_for_update().filter(group_id=group_id).first()
    if left is None:
        return
    others = Cart.objects.filter(platform_id=left.platform_id, visitor=left.visitor, status=Cart.Status.OPEN)
    if not others.exists():
        left.status, left.group = Cart.Status.OPEN, None
        left.save(update_fields=["status", "group"])


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
