"""Another unit for one that came back: the same good for the same, a kindred one with the difference settled.

What the new good costs less goes back as money; what it costs more is taken from the buyer's store credit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.aftersale import domain, selectors
from hansa.commerce.aftersale.events import ExchangeSent
from hansa.commerce.aftersale.models import Exchange, ReturnRequest
from hansa.commerce.catalogue import bundles
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger.models import Account
from hansa.commerce.ledger.services import Leg
from hansa.commerce.orders import refunds
from hansa.commerce.orders.locking import Locked
from hansa.commerce.orders.models import LineRefund, Order, OrderLine
from hansa.commerce.stock import services as stock
from hansa.commerce.wallets import selectors as wallets
from hansa.commerce.wallets import services as wallet_services
from hansa.commerce.wallets.domain import Kind
from hansa.commerce.wallets.services import WalletEmpty
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput, NotFound


def insist_on_kindred(chosen: Sequence[tuple[OrderLine, int]], offer_id: int, *, platform_id: int) -> None:
    """Refuse an exchange of several lines, or for something that is not the same merchant's same product."""
    if len(chosen) != 1:
        raise InvalidInput("an exchange is for units of one line")
    line = chosen[0][0]
    if line.offer_id == offer_id:
        return
    if offer_id not in {
        listing.offer_id for listing in selectors.kindred_listings(platform_id, line.offer_id)
    }:
        raise NotFound("an exchange is for the same good, or for another variant of it by the same merchant")


def make(*, locked: Locked, request: ReturnRequest, accepted: Mapping[int, int], now: datetime) -> int:
    """Hold what goes out and settle the difference; answers what goes back to the buyer.

    Refuses with InsufficientStock when the good is gone, and with WalletEmpty when it costs more than the buyer's
    store credit holds: settle the return with money then.
    """
    assert request.wants_id is not None
    (line_id, units), platform_id = next(iter(accepted.items())), request.platform_id
    line, order = locked.lines[line_id], locked.order(request.order_id)
    worth = refunds.of_units(locked, accepted)[0].worth.paid
    is_same = line.offer_id == request.wants_id
    price = worth if is_same else units * _price(platform_id, request.wants_id)
    settled = domain.difference(worth=worth, price=price, is_same_good=is_same)
    stock.reserve(
        platform_id=platform_id,
        warehouse_id=locked.group.outlet_id,
        wanted=bundles.expand({request.wants_id: units}, catalogue.components_of([request.wants_id])),
        reference=request.number,
        now=now,
    )
    stock.allocate(reference=request.number)
    Exchange.objects.create(
        platform_id=platform_id,
        request=request,
        offer_id=request.wants_id,
        quantity=units,
        worth=worth,
        price=price,
        made_at=now,
    )
    if settled.from_buyer:
        _take_credit(request, order, settled.from_buyer, now)
    if not settled.to_buyer:
        return 0
    return refunds.give_back(
        locked=locked,
        backs=refunds.of_amount(locked, [line], settled.to_buyer),
        reason=LineRefund.Reason.EXCHANGE,
        reference=request.number,
        now=now,
    )


@transaction.atomic
def send(
    *,
    actor: Actor,
    platform_id: int,
    return_id: int,
    carrier: str,
    tracking_number: str,
    now: datetime,
) -> Exchange:
    """Give what goes out to a carrier; doing it again changes nothing. For the merchant and the operator."""
    found = (
        Exchange.objects.select_for_update(of=("self",))
        .select_related("request__order")
        .filter(platform_id=platform_id, request_id=return_id)
        .first()
    )
    if found is None:
        raise NotFound(f"return {return_id} is no exchange")
    if not actor.may(Permission.RUN_MERCHANT, merchant_id=found.request.order.merchant_id):
        actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if found.sent_at is not None:
        return found
    if not carrier.strip() or not tracking_number.strip():
        raise InvalidInput("a parcel needs a carrier and a tracking number")
    stock.dispatch(reference=found.request.number, now=now)
    found.carrier, found.tracking_number, found.sent_at = (
        carrier.strip()[:60],
        tracking_number.strip()[:80],
        now,
    )
    found.save(update_fields=["carrier", "tracking_number", "sent_at"])
    outbox.record(
        ExchangeSent(platform_id=platform_id, exchange_id=found.pk, return_id=return_id, at=now.isoformat())
    )
    return found


def _price(platform_id: int, offer_id: int) -> int:
    listing = catalogue.listing_of_offer(platform_id=platform_id, offer_id=offer_id)
    if listing is None:
        raise NotFound(f"offer {offer_id} is not sold here")
    return listing.price


def _take_credit(request: ReturnRequest, order: Order, amount: int, now: datetime) -> None:
    """The merchant is owed the difference, less the commission that the order was agreed with."""
    own = wallets.wallets_of(platform_id=request.platform_id, owner_id=request.buyer_id or 0)
    tenders = wallet_services.pay_with(
        platform_id=request.platform_id,
        wallet_ids=[
            each.pk for each in own if (each.kind, each.currency) == (Kind.STORE_CREDIT, order.currency)
        ],
        due=amount,
        currency=order.currency,
        reference=request.number,
        buyer_id=request.buyer_id,
        now=now,
    )
    if sum(tender.amount for tender in tenders) != amount:
        raise WalletEmpty("the gift card or credit holds too little, has run out of time, or is blocked")
    base = order.items_total + order.platform_discount
    commission = amount * order.commission // base if base else 0
    legs = [
        Leg(Account.Kind.TENDER, amount),  # what the credit paid
        Leg(Account.Kind.PAYABLE, commission - amount, order.merchant_id),
        Leg(Account.Kind.COMMISSION, -commission),
    ]
    ledger.post(
        platform_id=request.platform_id,
        kind="exchange",
        reference=request.number,
        currency=order.currency,
        legs=legs,
        now=now,
    )
