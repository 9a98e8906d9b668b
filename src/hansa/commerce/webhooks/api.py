"""The API's doors to webhooks: a merchant's own, and the platform's."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from hansa.commerce.accounts.api import Call, inside
from hansa.commerce.webhooks import selectors, services
from hansa.commerce.webhooks.models import Attempt, Delivery, Endpoint
from hansa.commerce.webhooks.selectors import Desk
from hansa.foundation.paging import newest_first

router = Router(tags=["webhooks"])


class EndpointIn(Schema):
    """``kinds`` are event types such as order.paid; ``ed25519`` adds signatures that need no shared secret."""

    url: str
    kinds: list[str]
    description: str = ""
    ed25519: bool = False


class EndpointChange(Schema):
    url: str
    kinds: list[str]
    description: str = ""
    is_active: bool = True


class EndpointOut(Schema):
    id: int
    url: str
    description: str
    kinds: list[str]
    is_active: bool
    off_because: str
    failing_since: datetime | None
    old_secret_until: datetime | None
    public_key: str
    created_at: datetime

    @staticmethod
    def resolve_public_key(endpoint: Endpoint) -> str:
        return selectors.public_key_of(endpoint)


class EndpointPage(Schema):
    items: list[EndpointOut]
    next_cursor: str


class SecretOut(Schema):
    """What receivers verify with; give it to nobody else."""

    endpoint: EndpointOut
    secret: str


class AttemptOut(Schema):
    at: datetime
    status: int | None
    error: str
    answer: str
    took_ms: int


class DeliveryOut(Schema):
    id: int
    message_id: str
    kind: str
    state: str
    tries: int
    body: str
    created_at: datetime
    due_at: datetime
    delivered_at: datetime | None
    attempts: list[AttemptOut] = Field(default_factory=list)

    @staticmethod
    def resolve_attempts(delivery: Delivery) -> list[Attempt]:
        return sorted(delivery.attempts.all(), key=lambda each: -each.pk)


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next_cursor: str


@router.get("/merchants/{merchant_id}/webhooks/", response=EndpointPage)
def list_merchant_webhooks(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The merchant's webhook endpoints on a platform, newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return _endpoints(Desk(call.platform.pk, merchant_id), cursor, limit)


@router.post("/merchants/{merchant_id}/webhooks/", response={201: SecretOut})
def create_merchant_webhook(
    request: HttpRequest, merchant_id: int, body: EndpointIn, platform: str = ""
) -> Status[dict[str, object]]:
    """Begin to send the merchant's events to an address."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return Status(201, _create(call, Desk(call.platform.pk, merchant_id), body))


@router.put("/merchants/{merchant_id}/webhooks/{endpoint_id}", response=EndpointOut)
def change_merchant_webhook(
    request: HttpRequest, merchant_id: int, endpoint_id: int, body: EndpointChange, platform: str = ""
) -> Endpoint:
    """Send other events, elsewhere, or not for now."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return _change(call, Desk(call.platform.pk, merchant_id), endpoint_id, body)


@router.delete("/merchants/{merchant_id}/webhooks/{endpoint_id}", response={204: None})
def remove_merchant_webhook(
    request: HttpRequest, merchant_id: int, endpoint_id: int, platform: str = ""
) -> Status[None]:
    """Send nothing there any more, and forget what was sent."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        desk = Desk(call.platform.pk, merchant_id)
        services.remove_endpoint(actor=call.actor, desk=desk, endpoint_id=endpoint_id)
        return Status(204, None)


@router.post("/merchants/{merchant_id}/webhooks/{endpoint_id}/secret", response=SecretOut)
def rotate_merchant_secret(
    request: HttpRequest, merchant_id: int, endpoint_id: int, platform: str = ""
) -> dict[str, object]:
    """Sign with a new secret; for a day with the old one beside it."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return _rotate(call, Desk(call.platform.pk, merchant_id), endpoint_id)


@router.get("/merchants/{merchant_id}/webhooks/{endpoint_id}/messages/", response=DeliveryPage)
def list_merchant_messages(
    request: HttpRequest,
    merchant_id: int,
    endpoint_id: int,
    platform: str = "",
    cursor: str = "",
    limit: int = 20,
) -> dict[str, object]:
    """What was sent to an endpoint or waits to be, newest first, with every try."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return _messages(Desk(call.platform.pk, merchant_id), endpoint_id, cursor, limit)


@router.post("/merchants/{merchant_id}/webhook-messages/{delivery_id}/redeliver", response=DeliveryOut)
def redeliver_merchant_message(
    request: HttpRequest, merchant_id: int, delivery_id: int, platform: str = ""
) -> Delivery:
    """Send a message once more, with the same id."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        desk = Desk(call.platform.pk, merchant_id)
        return services.redeliver(actor=call.actor, desk=desk, delivery_id=delivery_id, now=call.now)


@router.get("/webhooks/", response=EndpointPage)
def list_platform_webhooks(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The platform's webhook endpoints, newest first."""
    with inside(request, platform) as call:
        return _endpoints(Desk(call.platform.pk), cursor, limit)


@router.post("/webhooks/", response={201: SecretOut})
def create_platform_webhook(
    request: HttpRequest, body: EndpointIn, platform: str = ""
) -> Status[dict[str, object]]:
    """Begin to send the platform's events to an address."""
    with inside(request, platform) as call:
        return Status(201, _create(call, Desk(call.platform.pk), body))


@router.put("/webhooks/{endpoint_id}", response=EndpointOut)
def change_platform_webhook(
    request: HttpRequest, endpoint_id: int, body: EndpointChange, platform: str = ""
) -> Endpoint:
    """Send other events, elsewhere, or not for now."""
    with inside(request, platform) as call:
        return _change(call, Desk(call.platform.pk), endpoint_id, body)


@router.delete("/webhooks/{endpoint_id}", response={204: None})
def remove_platform_webhook(request: HttpRequest, endpoint_id: int, platform: str = "") -> Status[None]:
    """Send nothing there any more, and forget what was sent."""
    with inside(request, platform) as call:
        services.remove_endpoint(actor=call.actor, desk=Desk(call.platform.pk), endpoint_id=endpoint_id)
        return Status(204, None)


@router.post("/webhooks/{endpoint_id}/secret", response=SecretOut)
def rotate_platform_secret(request: HttpRequest, endpoint_id: int, platform: str = "") -> dict[str, object]:
    """Sign with a new secret; for a day with the old one beside it."""
    with inside(request, platform) as call:
        return _rotate(call, Desk(call.platform.pk), endpoint_id)


@router.get("/webhooks/{endpoint_id}/messages/", response=DeliveryPage)
def list_platform_messages(
    request: HttpRequest, endpoint_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """What was sent to an endpoint or waits to be, newest first, with every try."""
    with inside(request, platform) as call:
        return _messages(Desk(call.platform.pk), endpoint_id, cursor, limit)


@router.post("/webhook-messages/{delivery_id}/redeliver", response=DeliveryOut)
def redeliver_platform_message(request: HttpRequest, delivery_id: int, platform: str = "") -> Delivery:
    """Send a message once more, with the same id."""
    with inside(request, platform) as call:
        return services.redeliver(
            actor=call.actor, desk=Desk(call.platform.pk), delivery_id=delivery_id, now=call.now
        )


def _endpoints(desk: Desk, cursor: str, limit: int) -> dict[str, object]:
    page = newest_first(selectors.endpoints_of(desk), cursor=cursor, limit=limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


def _messages(desk: Desk, endpoint_id: int, cursor: str, limit: int) -> dict[str, object]:
    endpoint = selectors.get_endpoint(desk, endpoint_id)
    page = newest_first(selectors.deliveries_to(endpoint), cursor=cursor, limit=limit)
    return {"items": page.rows, "next_cursor": page.next_cursor}


def _create(call: Call, desk: Desk, body: EndpointIn) -> dict[str, object]:
    wish = services.Wish(body.url, body.kinds, body.description, body.ed25519)
    endpoint = services.create_endpoint(actor=call.actor, desk=desk, wish=wish, now=call.now)
    return {"endpoint": endpoint, "secret": selectors.secret_of(endpoint)}


def _change(call: Call, desk: Desk, endpoint_id: int, body: EndpointChange) -> Endpoint:
    wish = services.Wish(body.url, body.kinds, body.description)
    return services.change_endpoint(
        actor=call.actor, desk=desk, endpoint_id=endpoint_id, wish=wish, is_active=body.is_active
    )


def _rotate(call: Call, desk: Desk, endpoint_id: int) -> dict[str, object]:
    endpoint = services.rotate_secret(actor=call.actor, desk=desk, endpoint_id=endpoint_id, now=call.now)
    return {"endpoint": endpoint, "secret": selectors.secret_of(endpoint)}
