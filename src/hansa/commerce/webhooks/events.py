"""Facts about webhooks."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class WebhookEndpointDisabled(DomainEvent):
    """We switched an endpoint off, since it has answered nothing for days or said that it is gone."""

    endpoint_id: int
    merchant_id: int | None
    reason: str
    at: str
