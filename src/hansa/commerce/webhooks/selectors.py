"""Reads of endpoints and of what was sent to them, each desk its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from hansa.commerce.webhooks import adapters, domain
from hansa.commerce.webhooks.errors import EndpointUnknown
from hansa.commerce.webhooks.models import Delivery, Endpoint


@dataclass(frozen=True)
class Desk:
    """Whose endpoints: a merchant's on a platform, or the platform's own."""

    platform_id: int
    merchant_id: int | None = None


def endpoints_of(desk: Desk) -> QuerySet[Endpoint]:
    """The endpoints of a desk, newest first."""
    own = Q(merchant__isnull=True) if desk.merchant_id is None else Q(merchant_id=desk.merchant_id)
    return Endpoint.objects.filter(own, platform_id=desk.platform_id).order_by("-pk")


def get_endpoint(desk: Desk, endpoint_id: int) -> Endpoint:
    """One endpoint of the desk; another desk's is as if it did not exist."""
    return _found(endpoints_of(desk), endpoint_id)


def endpoint_for_update(desk: Desk, endpoint_id: int) -> Endpoint:
    """The same, locked until the transaction ends."""
    return _found(endpoints_of(desk).select_for_update(), endpoint_id)


def _found(endpoints: QuerySet[Endpoint], endpoint_id: int) -> Endpoint:
    found = endpoints.filter(pk=endpoint_id).first()
    if found is None:
        raise EndpointUnknown(f"there is no webhook endpoint {endpoint_id} here")
    return found


def deliveries_to(endpoint: Endpoint) -> QuerySet[Delivery]:
    """What was sent or waits to be, newest first, with every try."""
    return endpoint.deliveries.prefetch_related("attempts").order_by("-pk")


def secret_of(endpoint: Endpoint) -> str:
    """The secret that receivers verify with, for who runs the desk."""
    return adapters.unsealed(endpoint.secret)


def public_key_of(endpoint: Endpoint) -> str:
    """The key that receivers verify ed25519 signatures with; empty where there are none."""
    return domain.public_key_of(adapters.unsealed(endpoint.private_key)) if endpoint.private_key else ""
