"""Writing down what people do, with their consent, and telling the rest of the house.

Of a person who does not consent nothing is written; whether a visitor without a name does, the door knows.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour.events import BehaviourSeen
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.catalogue.models import Listing
from hansa.foundation import outbox, statements

Kind = BehaviourEvent.Kind


def record_view(*, platform_id: int, actor: Actor, listing_id: int, source: str = "", now: datetime) -> None:
    """A product page was looked at."""
    _record(Kind.VIEW, platform_id, actor, listing_id, source=source, now=now)


def record_cart(
    *, platform_id: int, actor: Actor, listing_id: int, quantity: int, source: str = "", now: datetime
) -> None:
    """Units were put into a cart."""
    _record(Kind.CART, platform_id, actor, listing_id, value=quantity, source=source, now=now)


def record_purchase(*, platform_id: int, actor: Actor, listing_id: int, quantity: int, now: datetime) -> None:
    """Units were bought and paid."""
    _record(Kind.PURCHASE, platform_id, actor, listing_id, value=quantity, now=now)


def record_rating(*, platform_id: int, actor: Actor, listing_id: int, stars: int, now: datetime) -> None:
    """A bought good was rated."""
    _record(Kind.RATING, platform_id, actor, listing_id, value=stars, now=now)


def record_return(*, platform_id: int, actor: Actor, listing_id: int, quantity: int, now: datetime) -> None:
    """Units were sent back, and their merchant accepted it."""
    _record(Kind.RETURN, platform_id, actor, listing_id, value=quantity, now=now)


def record_share(*, platform_id: int, actor: Actor, listing_id: int, now: datetime) -> None:
    """The address of a good was taken to be given to somebody."""
    _record(Kind.SHARE, platform_id, actor, listing_id, now=now)


@transaction.atomic(savepoint=False)
def note(
    *,
    platform_id: int,
    actor: Actor,
    kind: BehaviourEvent.Kind,
    listing: Listing | None = None,
    merchant_id: int | None = None,
    category_id: int | None = None,
    brand_id: int | None = None,
    now: datetime,
) -> None:
    """Write down what somebody said to a good, merchant, category or brand, and tell of it, if they consent to that."""
    person = accounts.find_user(actor.user_id)
    if person is not None and not person.consents_to_personalisation:
        return
    event = BehaviourEvent.objects.create(
        platform_id=platform_id,
        kind=kind,
        user_id=actor.user_id,
        visitor=actor.visitor,
        listing=listing,
        merchant_id=listing.merchant_id if listing else merchant_id,
        category_id=category_id,
        brand_id=brand_id,
        at=now,
    )
    outbox.record(
        BehaviourSeen(
            platform_id=platform_id,
            behaviour_id=event.pk,
            kind=kind,
            user_id=actor.user_id,
            visitor=actor.visitor,
            listing_id=listing.pk if listing else None,
            offer_id=listing.offer_id if listing else None,
            product_id=listing.product_id if listing else None,
            value=None,
            at=now.isoformat(),
        )
    )


@transaction.atomic(savepoint=False)
def _record(
    kind: BehaviourEvent.Kind,
    platform_id: int,
    actor: Actor,
    listing_id: int,
    *,
    value: int | None = None,
    source: str = "",
    now: datetime,
) -> None:
    statements.send(
        _RECORD_AND_TELL,
        {
            "platform": platform_id,
            "kind": kind.value,
            "user": actor.user_id,
            "visitor": actor.visitor,
            "listing": listing_id,
            "value": value,
            "source": source[:40],
            "now": now,
            "said": now.isoformat(),
        },
    )


# An act with a good and, in the same statement, the event that tells of it.
_RECORD_AND_TELL = """
with good as (
  select id, merchant_id, offer_id, product_id from catalogue_listing
  where id = %(listing)s and platform_id = %(platform)s and (
    %(user)s::bigint is null
    or exists (select from accounts_user where id = %(user)s and consents_to_personalisation)
  )
), seen as (
  insert into behaviour_behaviourevent (
    platform_id, kind, user_id, visitor, listing_id, merchant_id, placement, value, words, source, request_id, at
  )
  select %(platform)s, %(kind)s, %(user)s::bigint, %(visitor)s, good.id, good.merchant_id, '', %(value)s::bigint, '',
    %(source)s, '', %(now)s
  from good returning id
)
insert into outbox_event (platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason)
select %(platform)s, 'BehaviourSeen', jsonb_build_object(
    'platform_id', %(platform)s::bigint, 'behaviour_id', seen.id, 'kind', %(kind)s::text,
    'user_id', %(user)s::bigint, 'visitor', %(visitor)s::text, 'listing_id', good.id,
    'offer_id', good.offer_id, 'product_id', good.product_id, 'value', %(value)s::bigint, 'at', %(said)s::text),
  now(), now(), 0, ''
from seen, good
"""
