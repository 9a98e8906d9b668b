"""Which event moves what: the one page that says who reacts to whom."""

from __future__ import annotations

from hansa.alliance.lake import handlers as lake
from hansa.alliance.settlement import handlers as settlement
from hansa.commerce.behaviour import handlers as behaviour
from hansa.commerce.behaviour.events import BehaviourSeen
from hansa.commerce.delivery import handlers as delivery
from hansa.commerce.orders.events import PurchaseCancelled, PurchasePaid
from hansa.commerce.payments import handlers as payments
from hansa.commerce.payments.events import RefundRequested
from hansa.foundation.outbox import Subscription

SUBSCRIPTIONS: list[Subscription] = [
    Subscription("behaviour.learn_from_purchase", behaviour.learn_from_purchase, (PurchasePaid,)),
    Subscription("delivery.create_shipment", delivery.create_shipment, (PurchasePaid,)),
    Subscription("delivery.cancel_shipment", delivery.cancel_shipment, (PurchaseCancelled,)),
    Subscription("lake.purchases", lake.on_purchase_paid, (PurchasePaid,)),
    Subscription("lake.behaviour", lake.on_behaviour_seen, (BehaviourSeen,)),
    Subscription("settlement.settle", settlement.on_purchase_paid, (PurchasePaid,)),
    Subscription("settlement.reverse", settlement.on_purchase_cancelled, (PurchaseCancelled,)),
    Subscription("payments.send_refund", payments.send_refund, (RefundRequested,), in_transaction=False),
]
