"""What the checkout does when something has happened elsewhere."""

from __future__ import annotations

from hansa.commerce.checkout import paying
from hansa.commerce.checkout.errors import PaymentRefused
from hansa.commerce.notices import services as notices
from hansa.commerce.notices.services import Kind, Told
from hansa.commerce.orders import services as orders
from hansa.commerce.orders.domain import IllegalStep
from hansa.commerce.orders.events import PurchaseDelivered
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.payments.events import PaymentOutcomeKnown
from hansa.commerce.payments.gateways.port import Answer, Outcome
from hansa.commerce.payments.models import Payment
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions.events import PlaceDecided
from hansa.commerce.wallets import services as wallets
from hansa.foundation import tenancy
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock


def finish_payment(delivered: Delivered) -> None:
    """Finish a purchase whose payment was decided, unless the buyer's browser or the clock came first."""
    event = delivered.event
    assert isinstance(event, PaymentOutcomeKnown)
    with tenancy.as_platform(event.platform_id):
        payment = Payment.objects.get(pk=event.payment_id)
        group_id = OrderGroup.objects.filter(number=event.reference).values_list("pk", flat=True).first()
        if payment.state not in Payment.OPEN or group_id is None:
            return
        purchase = orders.purchase_of(group_id)
    answer = Answer(Outcome(event.outcome), event.provider_ref, event.amount, event.currency, event.reason)
    try:
        paying.finish(payment, purchase, answer, system_clock())
    except (PaymentRefused, IllegalStep):
        return  # the purchase is cancelled and its buyer sees so; nobody waits here for the refusal


def settle_place(delivered: Delivered) -> None:
    """Take or let go of the money of a purchase whose group was decided. Talks to the outside: runs in no transaction."""
    event = delivered.event
    assert isinstance(event, PlaceDecided)
    paying.settle_place(platform_id=event.platform_id, reference=event.reference, now=system_clock())


def tell_of_group(delivered: Delivered) -> None:
    """Tell a buyer that their group has formed or failed."""
    event = delivered.event
    assert isinstance(event, PlaceDecided)
    place = promotions.places_of([event.reference]).get(event.reference)
    if place is not None:
        kind = Kind.GROUP_FORMED if event.has_formed else Kind.GROUP_FAILED
        told = Told(
            place.buyer_id,
            kind,
            f"group-{event.reference}",
            place.group.listing_id,
            {"number": event.reference},
        )
        notices.give(platform_id=event.platform_id, told=[told], now=system_clock())


def earn_points(delivered: Delivered) -> None:
    """Credit a buyer's points once all of a purchase has arrived, for what they paid in money and kept."""
    event = delivered.event
    assert isinstance(event, PurchaseDelivered)
    group = OrderGroup.objects.get(pk=event.group_id)
    given_back = sum(Order.objects.filter(group=group).values_list("refunded", flat=True))
    paid = group.items_total - given_back - group.tendered
    if group.buyer_id is not None and paid > 0:
        wallets.earn_points(
            platform_id=event.platform_id,
            owner_id=group.buyer_id,
            paid=paid,
            reference=group.number,
            now=system_clock(),
        )
