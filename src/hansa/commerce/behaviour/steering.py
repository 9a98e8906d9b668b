"""What people say to their profile: not interested in this, take this line off, delete what I did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import profiles, services
from hansa.commerce.behaviour.events import HistoryForgotten
from hansa.commerce.behaviour.models import BehaviourEvent, ForgottenSpan, Mute, ProfileLine, RemovedLine
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Brand, Category, Listing
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation import outbox, tenancy
from hansa.foundation.models import OutboxEvent
from hansa.kernel.errors import InvalidInput, NotFound, Refused

MOST_MUTES = 500
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@transaction.atomic
def mute(
    *, platform_id: int, actor: Actor, kind: str, key: int, is_noted: bool = True, now: datetime
) -> bool:
    """Recommend nothing of this any more; False when it was so already. A good is named by one of its listings here.

    It stays to be found by whoever looks for it. ``is_noted`` is whether the act may be written into the log as well.
    Refuses what is not here, and more than 500 of them.
    """
    thing = _thing(platform_id, kind, key)
    if Mute.objects.filter(platform_id=platform_id, visitor=actor.visitor).count() >= MOST_MUTES:
        raise Refused(f"{MOST_MUTES} goods, brands and merchants are muted; take some back first")
    _, is_new = Mute.objects.get_or_create(
        platform_id=platform_id,
        visitor=actor.visitor,
        kind=kind,
        key=thing.key,
        defaults={"user_id": actor.user_id, "at": now},
    )
    if is_new and is_noted:
        _note(platform_id, actor, BehaviourEvent.Kind.HIDE, thing, now)
    return is_new


@transaction.atomic
def unmute(
    *, platform_id: int, actor: Actor, kind: str, key: int, is_noted: bool = True, now: datetime
) -> bool:
    """Take it back; False when it was not muted."""
    thing = _thing(platform_id, kind, key)
    mine = Mute.objects.filter(platform_id=platform_id, visitor=actor.visitor, kind=kind)
    gone, _ = mine.filter(key=thing.key).delete()
    if gone and is_noted:
        _note(platform_id, actor, BehaviourEvent.Kind.UNHIDE, thing, now)
    return bool(gone)


@transaction.atomic
def remove_line(*, platform_id: int, actor: Actor, axis: str, key: int, now: datetime) -> None:
    """Take a line off the person's profile: what they did until now no longer counts for it."""
    user_id = _person(actor)
    if axis not in ProfileLine.Axis.values:
        raise InvalidInput(f"a profile has lines of {', '.join(ProfileLine.Axis.values)}, not of {axis!r}")
    profiles.lock(platform_id=platform_id, user_id=user_id)
    line = ProfileLine.objects.filter(
        platform_id=platform_id, profile__user_id=user_id, axis=axis, key=key
    ).first()
    if line is None:
        raise NotFound(f"there is no line {axis} {key} in your profile")
    RemovedLine.objects.update_or_create(
        platform_id=platform_id,
        user_id=user_id,
        axis=axis,
        key=key,
        defaults={"until": max(now, line.last_at)},
    )
    line.delete()


@transaction.atomic
def delete_history(
    *,
    platform_id: int,
    actor: Actor,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> int:
    """Delete what the person did here from ``since`` to before ``until``, all of it unless told; answers how many acts.

    The profile is what is left without them. Purchases stay in the books, but nothing is recommended for them.
    Copies elsewhere go when they hear of it.
    """
    user_id = _person(actor)
    first, last = since or BEGINNING, min(until or now, now)
    if first >= last:
        raise InvalidInput("a time to delete ends after it began, and began before now")
    gone = _delete_acts(platform_id, user_id, first, last)
    ForgottenSpan.objects.create(platform_id=platform_id, user_id=user_id, since=first, until=last)
    profiles.rebuild(platform_id=platform_id, user_ids=[user_id])
    outbox.record(
        HistoryForgotten(
            platform_id=platform_id, user_id=user_id, since=first.isoformat(), until=last.isoformat()
        )
    )
    return gone


def forget_tellings(*, platform_id: int, user_id: int, since: datetime, until: datetime) -> None:
    """Delete the events by which other parts were told of acts of that time. Safe to run twice."""
    told = OutboxEvent.objects.filter(
        platform_id=platform_id,
        kind__in=("BehaviourSeen", "ActsSeen"),
        payload__user_id=user_id,
        done_at__isnull=False,
    )
    stale = [
        pk
        for pk, at in told.values_list("pk", "payload__at")
        if since <= datetime.fromisoformat(str(at)) < until
    ]
    OutboxEvent.objects.filter(pk__in=stale).delete()


def _delete_acts(platform_id: int, user_id: int, first: datetime, last: datetime) -> int:
    with tenancy.unsealed(), connection.cursor() as cursor:
        cursor.execute(
            "delete from behaviour_behaviourevent where platform_id = %s and visitor = %s and at >= %s and at < %s",
            [platform_id, f"user-{user_id}", first, last],
        )
        return int(cursor.rowcount)


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise InvalidInput("sign in to see and change what we think you like")
    return actor.user_id


@dataclass(frozen=True)
class _Thing:
    """What is muted: a good, whoever sells it, by its product; anything else by its own key."""

    key: int
    listing: Listing | None = None
    merchant_id: int | None = None
    category_id: int | None = None
    brand_id: int | None = None


def _thing(platform_id: int, kind: str, key: int) -> _Thing:
    match kind:
        case Mute.Kind.GOOD:
            listing = catalogue.get_listing(platform_id=platform_id, listing_id=key)
            return _Thing(listing.product_id, listing=listing)
        case Mute.Kind.MERCHANT:
            merchants.get_store(platform_id=platform_id, merchant_id=key)
            return _Thing(key, merchant_id=key)
        case Mute.Kind.CATEGORY if Category.objects.filter(pk=key).exists():
            return _Thing(key, category_id=key)
        case Mute.Kind.BRAND if Brand.objects.filter(pk=key).exists():
            return _Thing(key, brand_id=key)
    if kind not in Mute.Kind.values:
        raise InvalidInput(f"what can be muted is one of {', '.join(Mute.Kind.values)}, not {kind!r}")
    raise NotFound(f"there is no {kind} {key} here")


def _note(platform_id: int, actor: Actor, kind: BehaviourEvent.Kind, thing: _Thing, now: datetime) -> None:
    services.note(
        platform_id=platform_id,
        actor=actor,
        kind=kind,
        listing=thing.listing,
        merchant_id=thing.merchant_id,
        category_id=thing.category_id,
        brand_id=thing.brand_id,
        now=now,
    )
