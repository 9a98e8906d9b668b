"""Telling agents of their orders: the whole order, signed, to the address in the agent's profile.

A telling is noted with the event and sent by a job, with growing pauses while the agent does not answer 2xx; each
time the order is as it stands then, so that a late telling never tells old news.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from hansa.commerce.checkout.models import Cart
from hansa.commerce.ucp import calling, completing, domain, purchases, signing
from hansa.commerce.ucp.models import Session, Telling
from hansa.foundation import tenancy
from hansa.kernel.errors import HansaError

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)  # longer than a round may take, so that nobody tells beside us
AT_ONCE = 8
TO_ONE_AGENT = 4  # in one round, so that one who lets us wait keeps nobody else waiting
IN_ONE_ROUND = AT_ONCE * 4
GIVEN_UP_IS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Parcel:
    """A telling ready to be sent, outside any transaction."""

    telling_id: int
    tries: int
    request: signing.Request


def note(*, platform_id: int, group_id: int, event_id: int, now: datetime) -> bool:
    """Note that the agent of a purchase is to hear of it; False where none made it, or it does not want to hear."""
    with tenancy.as_platform(platform_id):
        session = _session_of(group_id)
        if session is None:
            return False
        completing.settle(session)
        if not session.webhook_url:
            return False
        Telling.objects.get_or_create(
            event_id=event_id,
            defaults={
                "platform_id": platform_id,
                "session": session,
                "group_id": group_id,
                "due_at": now,
                "noted_at": now,
            },
        )
        return True


def tell_due(*, clock: Callable[[], datetime], seconds: float = 45.0) -> int:
    """Tell what is due until nothing is or the time is up, and say how many tries were made.

    What failed for the first time is tried once more before this ends.
    """
    tries, ends = 0, time.monotonic() + seconds
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ucp") as pool:
        while time.monotonic() < ends and (parcels := _claim(clock()) or _claim_soon(clock)):
            for parcel, problem in zip(parcels, pool.map(_send, parcels), strict=True):
                _settle(parcel, problem, now=clock())
            tries += len(parcels)
    return tries


def forget_given_up(*, now: datetime) -> int:
    """Delete what agents did not take within a month; the last try is long past then."""
    return Telling.objects.filter(noted_at__lt=now - GIVEN_UP_IS_KEPT).delete()[0]


def _claim(now: datetime) -> list[Parcel]:
    """Take some due tellings for ourselves: the lease moves their time on before anything is sent."""
    with tenancy.as_alliance():
        due = Telling.objects.filter(due_at__lte=now, tries__lt=domain.MOST_TRIES)
        turn = Window(RowNumber(), partition_by="session__agent", order_by=["due_at", "pk"])
        next_ones = due.annotate(turn=turn).filter(turn__lte=TO_ONE_AGENT).order_by("due_at", "pk")
        taken = list(
            due.filter(pk__in=list(next_ones.values_list("pk", flat=True)[:IN_ONE_ROUND]))
            .order_by("due_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("session__platform")
        )
        Telling.objects.filter(pk__in=[each.pk for each in taken]).update(
            due_at=now + LEASE, tries=F("tries") + 1
        )
    # Only now, so that an order that cannot be told fails with its lease taken and holds up no other for ever.
    return [Parcel(each.pk, each.tries + 1, _request_of(each, now)) for each in taken]


def _claim_soon(clock: Callable[[], datetime]) -> list[Parcel]:
    """Wait for what is tried again in a moment and take it."""
    now = clock()
    with tenancy.as_alliance():
        soon = Telling.objects.filter(due_at__lte=now + domain.AT_ONCE_AGAIN, tries__lt=domain.MOST_TRIES)
        first = soon.order_by("due_at").values_list("due_at", flat=True).first()
    if first is None:
        return []
    time.sleep(max((first - now).total_seconds(), 0.0))
    return _claim(clock())


def _request_of(telling: Telling, now: datetime) -> signing.Request:
    session = telling.session
    with tenancy.as_platform(telling.platform_id):
        order = purchases.order_of(session, telling.group_id, frozenset(domain.OFFERED))
    name = f"{session.order_key}-{telling.event_id}"
    request = signing.Request(
        method="POST",
        url=session.webhook_url,
        headers={
            "Content-Type": "application/json",
            "UCP-Agent": f'profile="{session.base_url}/.well-known/ucp"',
            "Idempotency-Key": name,
            "Webhook-Id": name,
            "Webhook-Timestamp": str(int(now.timestamp())),
        },
        body=json.dumps(order, ensure_ascii=False).encode(),
    )
    signing.sign_request(request)
    return request


def _send(parcel: Parcel) -> str:
    """Send it; answers why the agent has not taken it, or nothing."""
    request = parcel.request
    try:
        heard = calling.call("POST", request.url, headers=dict(request.headers.items()), body=request.body)
    except HansaError as error:
        return error.message
    return "" if 200 <= heard.status < 300 else f"answered {heard.status}"


def _settle(parcel: Parcel, problem: str, *, now: datetime) -> None:
    with tenancy.as_alliance():
        telling = Telling.objects.filter(pk=parcel.telling_id)
        if not problem:
            telling.delete()
            return
        pause = domain.pause_after(parcel.tries)
        telling.update(due_at=now + pause if pause else None, problem=problem[:300])
    if pause is None:
        log.warning("given up telling %s: %s", parcel.request.url, problem)


def _session_of(group_id: int) -> Session | None:
    visitor = Cart.objects.filter(group_id=group_id).values_list("visitor", flat=True).first()
    known = Session.objects.select_for_update().filter(visitor=visitor) if visitor else Session.objects.none()
    return known.first() or Session.objects.select_for_update().filter(group_id=group_id).first()
