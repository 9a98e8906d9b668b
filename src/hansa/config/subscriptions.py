"""Which event moves what: the one page that says who reacts to whom."""

from __future__ import annotations

from hansa.alliance.lake import handlers as lake
from hansa.alliance.settlement import handlers as settlement
from hansa.commerce.accounts import handlers as accounts
from hansa.commerce.accounts.events import PersonalisationDecided, PersonInvited
from hansa.commerce.aftersale import handlers as aftersale
from hansa.commerce.aftersale.events import ReturnMoved
from hansa.commerce.behaviour import handlers as behaviour
from hansa.commerce.behaviour.events import ActsSeen, BehaviourSeen, HistoryForgotten
from hansa.commerce.catalogue.events import ListingPriced
from hansa.commerce.checkout import handlers as checkout
from hansa.commerce.delivery import handlers as delivery
from hansa.commerce.notices import handlers as notices
from hansa.commerce.notices.events import NoticeGiven
from hansa.commerce.orders.events import (
    PurchaseCancelled,
    PurchaseDelivered,
    PurchasePaid,
    UnitsCancelled,
    UnitsShipped,
)
from hansa.commerce.payments import handlers as payments
from hansa.commerce.payments.events import (
    ChargebackDecided,
    ChargebackOpened,
    EvidenceGiven,
    PaymentDeclined,
    PaymentOutcomeKnown,
    ProviderEventHeard,
    RefundRequested,
)
from hansa.commerce.payouts import handlers as payouts
from hansa.commerce.payouts.events import PayoutApproved
from hansa.commerce.privacy import handlers as privacy
from hansa.commerce.privacy.events import ExportRequested, PersonErased
from hansa.commerce.promotions.events import PlaceDecided
from hansa.commerce.reviews import handlers as reviews
from hansa.commerce.reviews.events import ContributionRuled, QuestionAnswered, ReviewReplied
from hansa.commerce.ucp import handlers as ucp
from hansa.commerce.webhooks import handlers as webhooks
from hansa.commerce.webhooks.events import WebhookEndpointDisabled
from hansa.commerce.webhooks.messages import KIND_OF
from hansa.commerce.wishlists import handlers as wishlists
from hansa.foundation.outbox import Subscription

SUBSCRIPTIONS: list[Subscription] = [
    Subscription("aftersale.hear_of_chargeback", aftersale.hear_of_chargeback, (ChargebackOpened,)),
    Subscription("aftersale.hear_the_bank_decide", aftersale.hear_the_bank_decide, (ChargebackDecided,)),
    Subscription("aftersale.learn_from_return", aftersale.learn_from_return, (ReturnMoved,)),
    Subscription("behaviour.learn_from_purchase", behaviour.learn_from_purchase, (PurchasePaid,)),
    Subscription("behaviour.keep_profile", behaviour.keep_profile, (BehaviourSeen, ActsSeen)),
    Subscription("behaviour.forget_tellings", behaviour.forget_tellings, (HistoryForgotten,)),
    Subscription("behaviour.follow_consent", behaviour.follow_consent, (PersonalisationDecided,)),
    Subscription(
        "checkout.finish_payment", checkout.finish_payment, (PaymentOutcomeKnown,), in_transaction=False
    ),
    Subscription("checkout.settle_place", checkout.settle_place, (PlaceDecided,), in_transaction=False),
    Subscription("checkout.tell_of_group", checkout.tell_of_group, (PlaceDecided,)),
    Subscription("checkout.earn_points", checkout.earn_points, (PurchaseDelivered,)),
    Subscription("delivery.create_shipment", delivery.create_shipment, (PurchasePaid,)),
    Subscription("delivery.cancel_shipment", delivery.cancel_shipment, (PurchaseCancelled,)),
    Subscription("delivery.weigh_again", delivery.weigh_again, (UnitsCancelled, UnitsShipped)),
    Subscription("lake.purchases", lake.on_purchase_paid, (PurchasePaid,)),
    Subscription("lake.behaviour", lake.on_behaviour_seen, (BehaviourSeen,)),
    Subscription("lake.acts", lake.on_acts_seen, (ActsSeen,)),
    Subscription("lake.forget", lake.on_person_erased, (PersonErased,), in_transaction=False),
    Subscription("lake.forget_acts", lake.on_history_forgotten, (HistoryForgotten,), in_transaction=False),
    Subscription("settlement.settle", settlement.on_purchase_paid, (PurchasePaid,)),
    Subscription("settlement.reverse", settlement.on_purchase_cancelled, (PurchaseCancelled,)),
    Subscription("ucp.tell_agent", ucp.tell_agent, ucp.TOLD),
    Subscription(
        "accounts.send_invitation", accounts.send_invitation, (PersonInvited,), in_transaction=False
    ),
    Subscription("notices.send_mail", notices.send_mail, (NoticeGiven,), in_transaction=False),
    Subscription("reviews.tell_asker", reviews.tell_asker, (QuestionAnswered,)),
    Subscription("reviews.tell_reviewer", reviews.tell_reviewer, (ReviewReplied,)),
    Subscription("reviews.tell_author", reviews.tell_author, (ContributionRuled,)),
    Subscription("wishlists.note_price", wishlists.note_price, (ListingPriced,)),
    Subscription("privacy.make_export", privacy.make_export, (ExportRequested,)),
    Subscription("payments.send_refund", payments.send_refund, (RefundRequested,), in_transaction=False),
    Subscription(
        "payments.examine_event", payments.examine_event, (ProviderEventHeard,), in_transaction=False
    ),
    Subscription(
        "payments.shut_at_provider", payments.shut_at_provider, (PaymentDeclined,), in_transaction=False
    ),
    Subscription("payments.send_evidence", payments.send_evidence, (EvidenceGiven,), in_transaction=False),
    Subscription("payouts.send", payouts.send_payout, (PayoutApproved,), in_transaction=False),
    Subscription("payouts.bear_lost_dispute", payouts.bear_lost_dispute, (ChargebackDecided,)),
    Subscription("webhooks.record", webhooks.record, tuple(KIND_OF)),
    Subscription(
        "webhooks.tell_of_disabled",
        webhooks.tell_of_disabled,
        (WebhookEndpointDisabled,),
        in_transaction=False,
    ),
]
