"""Another unit for one that came back: the same good for the same, a kindred one with the difference settled.

What the new good costs less goes back as money; what it costs more is taken from the buyer's store credit, and bears
commission and tax as the line of the sale did. What went out can be sent back again: what is left of the line's price
goes back as the buyer wishes, what was taken from store credit as store credit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.aftersale import domain, selectors
from hansa.commerce.aftersale.domain import Kept, NotReturnable
from hansa.commerce.aftersale.events import ExchangeSent
from hansa.commerce.aftersale.models import Exchange, ReturnRequest
from hansa.commerce.catalogue import bundles
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.commission import selectors as commission
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.services import Leg
from hansa.commerce.ledger.templates import Share
from hansa.commerce.orders import refunds
from hansa.commerce.orders.locking import Locked, raise_counter
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
    kept = _kept(locked, line, order, settled.from_buyer)
    made = Exchange.objects.create(
        platform_id=platform_id,
        request=request,
        offer_id=request.wants_id,
        quantity=units,
        worth=worth,
        price=price,
        commission=kept.commission,
        commission_tax=kept.commission_tax,
        tax=kept.tax,
        made_at=now,
    )
    raise_counter(line, "exchanged", units)
    raise_counter(line, "exchanged_paid", made.in_the_line)
    if settled.from_buyer:
        _take_credit(request, order, _share(order, settled.from_buyer, kept), kept.tax, now)
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


def take_into_return(
    *, locked: Locked, exchange_id: int, chosen: Sequence[tuple[OrderLine, int]], now: datetime
) -> Exchange:
    """Let units that went out in an exchange come back; the caller holds the lock of the purchase.

    Refuses with NotFound an exchange of other goods, with NotReturnable what was not sent, is in another return, or
    was sent too long ago.
    """
    found = _lock(exchange_id, [line.pk for line, _ in chosen])
    line, count = chosen[0]
    if count > found.left:
        raise NotReturnable(f"{line.title}: {count} to be sent back, {found.left} can be")
    assert found.sent_at is not None
    ends = selectors.terms_of(found.platform_id).ends(found.sent_at + domain.ON_THE_WAY)
    if now > ends:
        raise NotReturnable(f"{line.title} could be sent back until {ends:%Y-%m-%d}")
    count_back(found, coming_back=count)
    return found


def lock(request: ReturnRequest) -> Exchange | None:
    """The exchange whose goods a return sends back, locked after its purchase; None where it sends the order's own."""
    if request.sends_back_id is None:
        return None
    return Exchange.objects.select_for_update().get(pk=request.sends_back_id)


def count_back(exchange: Exchange, *, coming_back: int, returned: int = 0) -> None:
    """Change how many units of a locked exchange are on their way back, and are back."""
    exchange.coming_back += coming_back
    exchange.returned += returned
    exchange.save(update_fields=["coming_back", "returned"])


def give_back(
    *,
    locked: Locked,
    request: ReturnRequest,
    exchange: Exchange,
    accepted: Mapping[int, int],
    as_credit: bool,
    now: datetime,
) -> int:
    """Give back what units that went out in an exchange are worth, once they are counted back; answers how much.

    What is left of the line's price goes back as asked for, what was taken from store credit as store credit.
    """
    ((line_id, units),) = accepted.items()
    line, order = locked.lines[line_id], locked.order(request.order_id)
    paid = _next(exchange.in_the_line, exchange, units)
    raise_counter(line, "exchanged", -units)
    raise_counter(line, "exchanged_paid", -paid)
    money = refunds.give_back(
        locked=locked,
        backs=[refunds.of_exchanged(locked, line_id, units=units, paid=paid)],
        reason=LineRefund.Reason.RETURNED,
        reference=request.number,
        as_credit=as_credit,
        now=now,
    )
    more = _next(exchange.from_buyer, exchange, units)
    return money + (_give_credit(request, order, exchange, more, units, now) if more else 0)


def _lock(exchange_id: int, line_ids: Sequence[int]) -> Exchange:
    """An exchange of units of this very line, locked."""
    found = Exchange.objects.select_for_update().filter(pk=exchange_id).first()
    if found is None or list(found.request.lines.values_list("line_id", flat=True)) != list(line_ids):
        raise NotFound(f"there is no exchange {exchange_id} of these goods")
    return found


def _kept(locked: Locked, line: OrderLine, order: Order, amount: int) -> Kept:
    """What the platform keeps of what came in: the part that it kept of the line when that was sold."""
    if not amount:
        return Kept()
    sold = commission.charge_of_sale(line.pk)
    base = sold.base if sold else order.items_total + order.platform_discount
    whole = (sold.commission, sold.tax) if sold else (order.commission, order.commission_tax)
    on_top = line.tax if locked.group.tax_added else 0
    share, tax_on_it = (part * amount // base if base else 0 for part in whole)
    return Kept(share, tax_on_it, on_top * amount // line.total if line.total else 0)


def _next(whole: int, exchange: Exchange, units: int) -> int:
    """The part of an amount that goes with units that were counted back last; the last unit takes the rest."""
    after, of = exchange.returned, exchange.quantity
    return whole * after // of - whole * (after - units) // of


def _share(order: Order, amount: int, kept: Kept) -> Share:
    return Share(order.merchant_id, amount, 0, kept.commission, kept.commission_tax)


def _take_credit(request: ReturnRequest, order: Order, share: Share, tax: int, now: datetime) -> None:
    """The buyer's credit pays the difference: the merchant is owed it, less what the platform keeps."""
    due = share.paid + tax
    own = wallets.wallets_of(platform_id=request.platform_id, owner_id=request.buyer_id or 0)
    tenders = wallet_services.pay_with(
        platform_id=request.platform_id,
        wallet_ids=[
            each.pk for each in own if (each.kind, each.currency) == (Kind.STORE_CREDIT, order.currency)
        ],
        due=due,
        currency=order.currency,
        reference=request.number,
        buyer_id=request.buyer_id,
        now=now,
    )
    if sum(tender.amount for tender in tenders) != due:
        raise WalletEmpty("the gift card or credit holds too little, has run out of time, or is blocked")
    legs = templates.capture([share], delivery_fee=0, tendered=due, tax=tax)
    _post("exchange", request, order, legs, now)


def _give_credit(
    request: ReturnRequest, order: Order, exchange: Exchange, amount: int, units: int, now: datetime
) -> int:
    """The buyer is owed again what was taken from store credit for these units, and the merchant bears its part."""
    whole = Kept(exchange.commission, exchange.commission_tax, exchange.tax)
    after, of = exchange.returned, exchange.quantity
    kept = whole.so_far(after, of).minus(whole.so_far(after - units, of))
    assert exchange.request.buyer_id is not None  # only a buyer with an account had credit
    wallet_services.credit_refund(
        platform_id=request.platform_id,
        owner_id=exchange.request.buyer_id,
        currency=order.currency,
        amount=amount + kept.tax,
        reference=f"{request.number}-exchange",
        now=now,
    )
    legs = templates.refund_as_credit([_share(order, amount, kept)], delivery_fee=0, tax=kept.tax)
    _post("exchange_back", request, order, legs, now)
    return amount + kept.tax


def _post(kind: str, request: ReturnRequest, order: Order, legs: list[Leg], now: datetime) -> None:
    ledger.post(
        platform_id=request.platform_id,
        kind=kind,
        reference=request.number,
        currency=order.currency,
        legs=legs,
        now=now,
    )
