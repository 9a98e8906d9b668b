"""The outbox: facts recorded with the change that made them, delivered to every consumer at least once.

A consumer's effect and the proof of it commit together, so a delivery that is repeated does nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from hansa.foundation import statements, tenancy
from hansa.foundation.models import Effect, OutboxEvent

log = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """A fact in the past tense. Fields are JSON values; subclasses add theirs and name themselves."""

    platform_id: int

    registry: ClassVar[dict[str, type[DomainEvent]]] = {}

    def __init_subclass__(cls) -> None:
        DomainEvent.registry[cls.__name__] = cls


@dataclass(frozen=True)
class Delivered:
    """An event on its way to a handler, with the id by which it is told apart from its repetitions."""

    event_id: int
    event: DomainEvent
    recorded_at: str


@dataclass(frozen=True)
class Waiting:
    """How much a platform's outbox holds that no consumer has handled, and since when the oldest waits."""

    waiting: int
    oldest: datetime | None
    parked: int


Handler = Callable[[Delivered], None]


@dataclass(frozen=True)
class Subscription:
    """A consumer's wish to hear of some kinds of event; ``kinds=()`` hears them all."""

    consumer: str
    handler: Handler
    kinds: tuple[type[DomainEvent], ...] = ()
    in_transaction: bool = True  # False for handlers that talk to the outside; they must be safe to run twice

    def hears(self, kind: str) -> bool:
        return not self.kinds or any(each.__name__ == kind for each in self.kinds)


def record(event: DomainEvent) -> None:
    """Write the fact in the running transaction; refuses to run outside one."""
    record_all([event])


def record_all(events: Sequence[DomainEvent]) -> None:
    """Write several facts at once, in order."""
    if not transaction.get_connection().in_atomic_block:
        raise AssertionError("an event is recorded in the transaction that makes it true")
    statements.send(
        _RECORD,
        [
            [event.platform_id for event in events],
            [type(event).__name__ for event in events],
            [json.dumps(_payload(event), cls=DjangoJSONEncoder) for event in events],
        ],
    )


def deliver_waiting(subscriptions: Sequence[Subscription], *, limit: int = BATCH) -> int:
    """Claim waiting events, hand each to its consumers, and say how many were claimed.

    Rows are claimed with SKIP LOCKED and a lease, so several workers share the work and a worker
    that dies gives its events back. A consumer that fails is tried again with growing pauses; after
    eight attempts the event is parked with the reason and the queue behind it goes on.
    """
    claimed = _claim(limit)
    for row in claimed:
        _deliver(row, subscriptions)
    return len(claimed)


def waiting() -> int:
    """Count events that are neither done nor parked."""
    return OutboxEvent.objects.filter(done_at__isnull=True, parked_reason="").count()


def waiting_of(platform_id: int) -> Waiting:
    """How many events of a platform wait, since when, and how many are parked."""
    open_events = OutboxEvent.objects.filter(platform_id=platform_id, done_at__isnull=True)
    return Waiting(
        **open_events.aggregate(
            waiting=Count("pk", filter=Q(parked_reason="")),
            oldest=Min("recorded_at", filter=Q(parked_reason="")),
            parked=Count("pk", filter=~Q(parked_reason="")),
        )
    )


def parked_of(platform_id: int, *, limit: int = 20) -> list[OutboxEvent]:
    """The events of a platform that were given up, each with the reason, newest first."""
    parked = OutboxEvent.objects.filter(platform_id=platform_id, done_at__isnull=True).exclude(
        parked_reason=""
    )
    return list(parked.order_by("-pk")[:limit])


def drain(subscriptions: Sequence[Subscription]) -> int:
    """Deliver until nothing is due; for tests, imports and the end of a batch."""
    delivered = 0
    while step := deliver_waiting(subscriptions):
        delivered += step
    return delivered


def _payload(event: DomainEvent) -> Mapping[str, Any]:
    return asdict(event)


def _claim(limit: int) -> list[OutboxEvent]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            update outbox_event set not_before = now() + make_interval(secs => %s), attempts = attempts + 1
            where id in (
              select id from outbox_event
              where done_at is null and parked_reason = '' and not_before <= now()
              order by not_before, id limit %s for update skip locked
            ) returning id
            """,
            [LEASE.total_seconds(), limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(OutboxEvent.objects.filter(id__in=ids).order_by("id"))


def _deliver(row: OutboxEvent, subscriptions: Sequence[Subscription]) -> None:
    event_type = DomainEvent.registry.get(row.kind)
    if event_type is None:
        _park(row, f"no event class is called {row.kind}")
        return
    try:
        event = event_type(**row.payload)
    except TypeError as error:  # written by another version of Hansa
        _park(row, f"the fields do not fit: {error}")
        return
    delivered = Delivered(row.pk, event, row.recorded_at.isoformat())
    failures = [
        failure
        for subscription in subscriptions
        if subscription.hears(row.kind) and (failure := _try(subscription, delivered)) is not None
    ]
    if not failures:
        OutboxEvent.objects.filter(pk=row.pk).update(done_at=timezone.now())
    elif row.attempts >= MOST_ATTEMPTS:
        _park(row, "; ".join(failures))
    else:
        pause = timedelta(seconds=min(2**row.attempts, 300))
        OutboxEvent.objects.filter(pk=row.pk).update(not_before=timezone.now() + pause)


def _try(subscription: Subscription, delivered: Delivered) -> str | None:
    """Run one consumer once; answer why it failed, or None."""
    try:
        if subscription.in_transaction:
            with tenancy.as_alliance():
                if _first_time(subscription, delivered):
                    subscription.handler(delivered)
        elif not _done_before(subscription, delivered):
            subscription.handler(delivered)
            _first_time(subscription, delivered)
    except Exception as failure:  # whatever a handler does, the queue behind it goes on; see parked_reason
        log.exception("%s failed on %s #%s", subscription.consumer, delivered.event, delivered.event_id)
        return f"{subscription.consumer}: {type(failure).__name__}: {failure}"
    return None


def _first_time(subscription: Subscription, delivered: Delivered) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outbox_effect (consumer, event_id, at) values (%s, %s, now()) on conflict do nothing",
            [subscription.consumer, delivered.event_id],
        )
        return bool(cursor.rowcount == 1)


def _done_before(subscription: Subscription, delivered: Delivered) -> bool:
    return Effect.objects.filter(consumer=subscription.consumer, event_id=delivered.event_id).exists()


def _park(row: OutboxEvent, reason: str) -> None:
    OutboxEvent.objects.filter(pk=row.pk).update(parked_reason=reason[:2000])


_RECORD = """
insert into outbox_event (platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason)
select platform_id, kind, payload::jsonb, now(), now(), 0, ''
from unnest(%s::smallint[], %s::text[], %s::text[]) with ordinality as e (platform_id, kind, payload, place)
order by place
"""
