"""Stripe Checkout: the buyer types the card on Stripe's own page, so that none comes near us.

One session is made for one key of ours; what became of the key is what became of its session, and of the intent that
the session made when the buyer paid. Words and outcomes of intents are `stripe`'s.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import stripe
from stripe.checkout import Session

from hansa.commerce.payments.gateways.port import Order
from hansa.kernel.errors import Refused

PAGE = "card"  # the token of this way to pay
SESSION = "cs_"  # what Stripe's names of sessions begin with
_LANGUAGES = {"en": "en", "zh-hans": "zh"}
_CLOCKS = timedelta(minutes=5)  # by which Stripe's clock may differ from ours
_ASKED_WITHIN = timedelta(hours=1)  # longer than a purchase that nobody pays is kept


def open_page(client: stripe.StripeClient, order: Order, *, at_once: bool) -> Session:
    """Make the page of an order; refuses an order that nobody could come back from."""
    if not order.return_url:
        raise Refused("a card is typed at Stripe's page: say where the buyer comes back to")
    noted = {"key": order.key, "reference": order.reference, "payee": order.payee}
    told: Any = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "adaptive_pricing": {"enabled": False},  # what is paid is the amount and currency of the purchase
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": order.amount,
                    "product_data": {"name": order.reference},
                },
            }
        ],
        "client_reference_id": order.reference,
        "metadata": noted,
        "payment_intent_data": {
            "capture_method": "automatic" if at_once else "manual",
            "metadata": noted,
        },
        "locale": _LANGUAGES.get(order.language, "auto"),
        "success_url": order.return_url,
        "cancel_url": order.return_url,
    }
    return client.v1.checkout.sessions.create(told, {"idempotency_key": order.key})


def find_page(client: stripe.StripeClient, *, key: str, begun_at: datetime) -> Session | None:
    """The session of a key with its intent, among those made since its payment was begun; None where there is none."""
    told: Any = {
        "limit": 100,
        "expand": ["data.payment_intent"],
        "created": {
            "gte": int((begun_at - _CLOCKS).timestamp()),
            "lte": int((begun_at + _ASKED_WITHIN).timestamp()),
        },
    }
    for session in client.v1.checkout.sessions.list(told).auto_paging_iter():
        if session.metadata and session.metadata.to_dict().get("key") == key:
            return session
    return None
