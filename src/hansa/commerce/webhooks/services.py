"""Keeping endpoints, writing messages down with the event that they tell of, and sending them until they arrive.

A message is sent at least once and in no order that one may count on: receivers tell repetitions by
``webhook-id``. Nothing is sent while a transaction is open.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.webhooks import adapters, domain, gateways, selectors
from hansa.commerce.webhooks.errors import TooManyEndpoints
from hansa.commerce.webhooks.events import WebhookEndpointDisabled
from hansa.commerce.webhooks.gateways import Answer
from hansa.commerce.webhooks.messages import Message
from hansa.commerce.webhooks.models import Attempt, Delivery, Endpoint
from hansa.commerce.webhooks.selectors import Desk
from hansa.foundation import outbox, tenancy
from hansa.foundation.outbox import Delivered
from hansa.kernel.errors import InvalidInput, NotFound, Refused

MOST_ENDPOINTS = 20
OLD_SECRET_LIVES = timedelta(hours=24)
LEASE = timedelta(seconds=90)  # longer than a try may take, so that nobody sends beside us
AT_ONCE = 8
FROM_ONE_ENDPOINT = 4  # in one round, so that a slow receiver keeps nobody else waiting
IN_ONE_ROUND = AT_ONCE * 4  # so that all of them are sent within the lease, should each take its deadline
LOG_IS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Wish:
    """What an endpoint shall hear, and where."""

    url: str
    kinds: Sequence[str]
    description: str = ""
    signs_with_ed25519: bool = False


@dataclass(frozen=True)
class Parcel:
    """A message ready to be sent, outside any transaction."""

    delivery_id: int
    endpoint_id: int
    url: str
    message_id: str
    body: str
    secrets: tuple[str, ...]
    private_key: str


@transaction.atomic
def create_endpoint(*, actor: Actor, desk: Desk, wish: Wish, now: datetime) -> Endpoint:
    """Begin to send a desk's events to an address.

    Refuses who does not run the desk, addresses outside the internet, unknown kinds, and the 21st endpoint.
    """
    _require(actor, desk)
    _check(wish)
    with connection.cursor() as cursor:  # two who make the last one wait for each other
        cursor.execute(
            "select pg_advisory_xact_lock(hashtext(%s))", [f"webhooks {desk.platform_id} {desk.merchant_id}"]
        )
    if selectors.endpoints_of(desk).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints(f"a desk keeps {MOST_ENDPOINTS} webhook endpoints; remove one first")
    private = domain.private_key_from(os.urandom(32)) if wish.signs_with_ed25519 else ""
    return Endpoint.objects.create(
        platform_id=desk.platform_id,
        merchant_id=desk.merchant_id,
        url=wish.url,
        description=wish.description.strip(),
        kinds=sorted(set(wish.kinds)),
        secret=adapters.sealed(_new_secret()),
        private_key=adapters.sealed(private) if private else "",
        created_at=now,
    )


@transaction.atomic
def change_endpoint(*, actor: Actor, desk: Desk, endpoint_id: int, wish: Wish, is_active: bool) -> Endpoint:
    """Send other kinds, elsewhere, or not for now. Switching on again forgets how long it failed."""
    _require(actor, desk)
    _check(wish)
    endpoint = selectors.endpoint_for_update(desk, endpoint_id)
    endpoint.url, endpoint.kinds = wish.url, sorted(set(wish.kinds))
    endpoint.description, endpoint.is_active = wish.description.strip(), is_active
    if is_active:
        endpoint.off_because, endpoint.failing_since = "", None
    fields = ["url", "kinds", "description", "is_active", "off_because", "failing_since"]
    endpoint.save(update_fields=fields)
    return endpoint


@transaction.atomic
def remove_endpoint(*, actor: Actor, desk: Desk, endpoint_id: int) -> None:
    """Send nothing there any more, and forget what was sent."""
    _require(actor, desk)
    selectors.endpoint_for_update(desk, endpoint_id).delete()


@transaction.atomic
def rotate_secret(*, actor: Actor, desk: Desk, endpoint_id: int, now: datetime) -> Endpoint:
    """Sign with a new secret; for a day with the old one beside it, so that receivers can change over."""
    _require(actor, desk)
    endpoint = selectors.endpoint_for_update(desk, endpoint_id)
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now + OLD_SECRET_LIVES
    endpoint.secret = adapters.sealed(_new_secret())
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return endpoint


@transaction.atomic
def redeliver(*, actor: Actor, desk: Desk, delivery_id: int, now: datetime) -> Delivery:
    """Send a message once more, whatever became of it; the same ``webhook-id``, so receivers know it.

    Refuses where the endpoint is switched off.
    """
    _require(actor, desk)
    found = Delivery.objects.select_related("endpoint").filter(
        pk=delivery_id, endpoint__in=selectors.endpoints_of(desk)
    )
    delivery = found.select_for_update(of=("self",)).first()
    if delivery is None:
        raise NotFound(f"there is no message {delivery_id} here")
    if not delivery.endpoint.is_active:
        raise Refused("the endpoint is switched off; switch it on first")
    delivery.state, delivery.delivered_at = Delivery.State.WAITING, None
    delivery.tries, delivery.due_at = 0, now
    delivery.save(update_fields=["state", "delivered_at", "tries", "due_at"])
    return delivery


def record(*, delivered: Delivered, now: datetime) -> int:
    """Write down the messages that an event makes, one for each endpoint that listens; again makes none."""
    message = Message(delivered.event)
    listening = Endpoint.objects.filter(
        platform_id=delivered.event.platform_id, is_active=True, kinds__contains=[message.kind]
    )
    made = []
    for endpoint in listening.order_by("pk"):
        merchant_id = endpoint.merchant_id
        data = message.for_platform() if merchant_id is None else message.for_merchant(merchant_id)
        if data is not None:
            body = {"type": message.kind, "timestamp": delivered.recorded_at, "data": data}
            made.append(
                Delivery(
                    platform_id=endpoint.platform_id,
                    endpoint=endpoint,
                    event_id=delivered.event_id,
                    kind=message.kind,
                    body=json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")),
                    due_at=now,
                    created_at=now,
                )
            )
    Delivery.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def send_due(
    *, clock: Callable[[], datetime], seconds: float = 45.0, chance: random.Random | None = None
) -> int:
    """Send what is due until nothing is or the time is up, and say how many tries were made."""
    chance, tries, ends = chance or random.Random(), 0, time.monotonic() + seconds
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as pool:
        while time.monotonic() < ends and (parcels := _claim(clock())):
            for parcel, answer in zip(
                parcels, pool.map(lambda each: _post(each, clock()), parcels), strict=True
            ):
                _settle(parcel, answer, now=clock(), chance=chance)
            tries += len(parcels)
    return tries


def drop_old_log(*, now: datetime) -> int:
    """Forget messages that were delivered or given up a month ago, with their tries."""
    with tenancy.as_alliance():
        done = Delivery.objects.filter(~Q(state=Delivery.State.WAITING), created_at__lt=now - LOG_IS_KEPT)
        return done.delete()[0]


def _claim(now: datetime) -> list[Parcel]:
    """Take some due messages for ourselves: the lease moves their time on before anything is sent."""
    with tenancy.as_alliance():
        due = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=now, endpoint__is_active=True)
        turn = Window(RowNumber(), partition_by="endpoint_id", order_by=["due_at", "pk"])
        next_ones = due.annotate(turn=turn).filter(turn__lte=FROM_ONE_ENDPOINT).order_by("due_at", "pk")
        taken = list(
            due.filter(pk__in=list(next_ones.values_list("pk", flat=True)[:IN_ONE_ROUND]))
            .order_by("due_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("endpoint")
        )
        Delivery.objects.filter(pk__in=[each.pk for each in taken]).update(
            due_at=now + LEASE, tries=F("tries") + 1
        )
        return [_parcel(each, now) for each in taken]


def _parcel(delivery: Delivery, now: datetime) -> Parcel:
    endpoint = delivery.endpoint
    secrets = [adapters.unsealed(endpoint.secret)]
    if endpoint.old_secret_until is not None and endpoint.old_secret_until > now:
        secrets.append(adapters.unsealed(endpoint.old_secret))
    return Parcel(
        delivery.pk,
        endpoint.pk,
        endpoint.url,
        delivery.message_id,
        delivery.body,
        tuple(secrets),
        adapters.unsealed(endpoint.private_key) if endpoint.private_key else "",
    )


def _post(parcel: Parcel, now: datetime) -> Answer:
    headers = domain.headers_of(
        message_id=parcel.message_id,
        timestamp=int(now.timestamp()),
        body=parcel.body,
        secrets=parcel.secrets,
        private_key=parcel.private_key,
    )
    return gateways.send(parcel.url, headers=headers, body=parcel.body.encode())


def _settle(parcel: Parcel, answer: Answer, *, now: datetime, chance: random.Random) -> None:
    """Write down what came of a try, and when the next one is due."""
    with tenancy.as_alliance():
        # The endpoint first, as `remove_endpoint` does: it may be gone by now, and its messages with it.
        endpoint = Endpoint.objects.select_for_update().filter(pk=parcel.endpoint_id).first()
        delivery = Delivery.objects.select_for_update().filter(pk=parcel.delivery_id).first()
        if endpoint is None or delivery is None:
            return
        Attempt.objects.create(
            platform_id=delivery.platform_id,
            delivery=delivery,
            at=now,
            status=answer.status,
            error=answer.error,
            answer=answer.text,
            took_ms=answer.took_ms,
        )
        if answer.is_success:
            _arrived(delivery, endpoint, now)
        else:
            _failed(delivery, endpoint, answer, now, chance)


def _arrived(delivery: Delivery, endpoint: Endpoint, now: datetime) -> None:
    delivery.state, delivery.delivered_at = Delivery.State.DELIVERED, now
    delivery.save(update_fields=["state", "delivered_at"])
    if endpoint.failing_since is not None:
        endpoint.failing_since = None
        endpoint.save(update_fields=["failing_since"])


def _failed(
    delivery: Delivery, endpoint: Endpoint, answer: Answer, now: datetime, chance: random.Random
) -> None:
    pause = domain.pause_after(delivery.tries, chance)
    if pause is None:
        delivery.state = Delivery.State.GIVEN_UP
    else:
        delivery.due_at = now + pause
    delivery.save(update_fields=["state", "due_at"])
    since = endpoint.failing_since or now
    reason = ""
    if answer.is_gone:
        reason = "the receiver says that it is gone (410)"
    elif now - since >= domain.PATIENCE:
        reason = f"nothing arrived for {domain.PATIENCE.days} days"
    if endpoint.failing_since is None:
        endpoint.failing_since = since
        endpoint.save(update_fields=["failing_since"])
    if reason and endpoint.is_active:
        endpoint.is_active, endpoint.off_because = False, reason
        endpoint.save(update_fields=["is_active", "off_because"])
        outbox.record(
            WebhookEndpointDisabled(
                platform_id=endpoint.platform_id,
                endpoint_id=endpoint.pk,
                merchant_id=endpoint.merchant_id,
                reason=reason,
                at=now.isoformat(),
            )
        )


def _new_secret() -> str:
    return domain.secret_from(os.urandom(32))


def _check(wish: Wish) -> None:
    gateways.check_url(wish.url)
    if len(wish.url) > 500:
        raise InvalidInput("an address has at most 500 letters")
    if len(wish.description) > 120 or "\x00" in wish.description:
        raise InvalidInput("a description has at most 120 letters")
    odd = sorted(set(wish.kinds) - set(domain.KINDS))
    if odd or not wish.kinds:
        raise InvalidInput(
            f"choose some of the events {', '.join(domain.KINDS)}, not {', '.join(odd) or 'none'}"
        )


def _require(actor: Actor, desk: Desk) -> None:
    if desk.merchant_id is not None:
        actor.require(Permission.RUN_MERCHANT, merchant_id=desk.merchant_id)
    else:
        actor.require(Permission.RUN_PLATFORM, platform_id=desk.platform_id)
