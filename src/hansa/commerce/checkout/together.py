"""Buying in a group: which group, at which price, and holding the money until the group has been decided.

A place needs a person, and it is of one good, bought past the cart. The purchase stands unpaid, its goods held and its
money held at the provider, until `promotions.groups` decides; `paying.settle_place` then takes it or lets it go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.checkout import cart
from hansa.commerce.checkout.cart import LockedCart, PricedCart
from hansa.commerce.checkout.errors import NotTogether
from hansa.commerce.orders import locking
from hansa.commerce.orders.services import Purchase
from hansa.commerce.payments import outcomes
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.gateways.port import Answer
from hansa.commerce.payments.models import Payment
from hansa.commerce.pricing.domain import Quote
from hansa.commerce.pricing.selectors import Basket
from hansa.commerce.promotions import groups
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions.domain import GroupState
from hansa.commerce.promotions.models import BuyingGroup, GroupMember, Promotion
from hansa.foundation import tenancy
from hansa.kernel.errors import BrokenInvariant, InvalidInput, NotFound

MOST_TOGETHER = 99
NOT_FORMED = "the group did not come together in time"
LEFT = "the purchase was cancelled before its group had formed"


@dataclass(frozen=True)
class Together:
    """So many units of a good, to be bought in a group: an open one, or a new one for a good that has a group buy."""

    quantity: int
    group_id: int | None = None
    listing_id: int | None = None


@dataclass(frozen=True)
class GroupOffer:
    """What a good costs in a group; ``deadline`` is that of the group, or of one that was opened now."""

    listing: Listing
    promotion: Promotion
    deadline: datetime
    needed: int
    priced: PricedCart


def begin(
    *, platform_id: int, actor: Actor, asked: Together, now: datetime
) -> tuple[BuyingGroup, LockedCart]:
    """Find the group that is to be joined, or open one, and say what is bought; in the transaction of the purchase.

    Refuses with NotTogether a guest, and where no money can be held; with NotFound a good without a group buy.
    """
    buyer_id = buyer_of(actor)
    payments.insist_on_holding()
    _insist_on_quantity(asked.quantity)
    if asked.group_id is not None:
        group = promotions.get_group(platform_id=platform_id, group_id=asked.group_id)
    else:
        listing = catalogue.get_listing(platform_id=platform_id, listing_id=asked.listing_id or 0)
        promotion = _find_group_buy(platform_id, listing, now)
        if promotion is None:
            raise NotFound(f"there is no group buy of {listing.title} now")
        group = groups.open_group(
            platform_id=platform_id,
            promotion_id=promotion.pk,
            listing_id=listing.pk,
            buyer_id=buyer_id,
            now=now,
        )
    components = catalogue.components_of([group.listing.offer_id])
    return group, LockedCart(None, "", {group.listing_id: asked.quantity}, components)


def find_offer(
    *, platform_id: int, listing: Listing, buyer_id: int | None, quantity: int = 1, now: datetime
) -> GroupOffer | None:
    """What a good costs in a group that is opened now; None where it has no group buy, or costs no less in one."""
    promotion = _find_group_buy(platform_id, listing, now)
    if promotion is None:
        return None
    deadline = groups.deadline_of(promotion, now)
    needed = promotion.needed_buyers or 2
    offer = _offer(platform_id, listing, promotion, deadline, needed, buyer_id, quantity, now)
    return offer if _costs_less(offer.priced.quote, promotion.pk) else None


def offer_in(group: BuyingGroup, *, buyer_id: int | None, quantity: int = 1, now: datetime) -> GroupOffer:
    """What the good of a group costs in it."""
    return _offer(
        group.platform_id,
        group.listing,
        group.promotion,
        group.deadline,
        group.needed,
        buyer_id,
        quantity,
        now,
    )


def insist_on_price(quote: Quote, group: BuyingGroup) -> None:
    """Refuse with NotTogether what a group does not make cheaper: nobody should wait for nothing."""
    if not _costs_less(quote, group.promotion_id):
        raise NotTogether("this costs no less in a group: buy it the usual way")


def buyer_of(actor: Actor) -> int:
    """The person who takes a place; refuses a guest with NotTogether."""
    if actor.user_id is None:
        raise NotTogether("sign in to buy in a group: a place in it needs a person")
    return actor.user_id


def state_of(reference: str) -> GroupState | None:
    """Where the group stands in which a purchase has its place; None where it has none."""
    place = promotions.places_of([reference]).get(reference)
    return GroupState(place.group.state) if place else None


def hold(*, payment: Payment, purchase: Purchase, answer: Answer, now: datetime) -> GroupState | None:
    """Note that the provider holds the money of a purchase in a group, and say where the group then stands.

    The group forms with the last one. FAILED too where the buyer has left meanwhile: the money is let go then. None,
    and nothing is noted, for a purchase in no group. Refuses another amount than was asked: that needs a person.
    """
    with tenancy.as_platform(payment.platform_id):
        if not GroupMember.objects.filter(reference=payment.reference).exists():
            return None
        if (answer.amount, answer.currency) != (payment.amount, payment.currency):
            raise BrokenInvariant(
                f"payment {payment.reference}: asked {payment.amount} {payment.currency},"
                f" the provider holds {answer.amount} {answer.currency}"
            )
        locking.lock(purchase.id)  # before its group and its payment, as who cancels it does
        state = groups.hold(reference=payment.reference, now=now)
        outcomes.record_outcome(payment_id=payment.pk, answer=answer, now=now)
        if state is None:
            payments.let_go(reference=payment.reference, reason=LEFT, now=now)
    return state or GroupState.FAILED


def _offer(
    platform_id: int,
    listing: Listing,
    promotion: Promotion,
    deadline: datetime,
    needed: int,
    buyer_id: int | None,
    quantity: int,
    now: datetime,
) -> GroupOffer:
    _insist_on_quantity(quantity)
    basket = Basket(
        platform_id=platform_id,
        wanted={listing.pk: quantity},
        now=now,
        buyer_id=buyer_id,
        group_promotion_id=promotion.pk,
    )
    priced = cart.price_basket(basket, offer_ids=[listing.offer_id])
    return GroupOffer(listing, promotion, deadline, needed, priced)


def _find_group_buy(platform_id: int, listing: Listing, now: datetime) -> Promotion | None:
    return promotions.find_group_buy(
        platform_id=platform_id, offer_id=listing.offer_id, merchant_id=listing.merchant_id, now=now
    )


def _costs_less(quote: Quote, promotion_id: int) -> bool:
    return any(each.promotion_id == promotion_id for line in quote.lines for each in line.applied)


def _insist_on_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MOST_TOGETHER:
        raise InvalidInput(f"between 1 and {MOST_TOGETHER}, not {quantity}")
