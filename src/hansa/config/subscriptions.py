"""Which event moves what: the one page that says who reacts to whom."""

from __future__ import annotations

from hansa.foundation.outbox import Subscription

SUBSCRIPTIONS: list[Subscription] = []
