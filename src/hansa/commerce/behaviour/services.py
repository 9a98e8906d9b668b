"""Writing down what people do, with their consent, and telling the rest of the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour.events import BehaviourSeen
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.catalogue.models import Listing
from hansa.foundation import outbox, statements
from hansa.kernel.errors import InvalidInput

Kind = BehaviourEvent.Kind
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Exposure:
    """A listing that was shown (or clicked) at a place on a page."""

    kind: str
    listing_id: int
    placement: str
    position: int
    request_id: str


@transaction.atomic
def record_exposures(
    *, platform_id: int, actor: Actor, exposures: Sequence[Exposure], source: str = "", now: datetime
) -> int:
    """Write down what a page showed and what was clicked; the same exposure again is not counted twice.

    Nobody is told: exposure is a hundred times as frequent as what else people do, and changes no profile.
    Listings of other platforms and unknown kinds are refused as a whole.
    """
    if len(exposures) > MOST_AT_ONCE:
        raise InvalidInput(f"at most {MOST_AT_ONCE} exposures at once")
    if any(each.kind not in {Kind.IMPRESSION, Kind.CLICK} for each in exposures):
        raise InvalidInput("an exposure is an impression or a click")
    merchants = dict(
        Listing.objects.filter(
            platform_id=platform_id, pk__in=[each.listing_id for each in exposures]
        ).values_list("pk", "merchant_id")
    )
    unknown = {each.listing_id for each in exposures} - merchants.keys()
    if unknown:
        raise InvalidInput(f"no such listings here: {sorted(unknown)}")
    rows = BehaviourEvent.objects.bulk_create(
        [
            BehaviourEvent(
                platform_id=platform_id,
                kind=each.kind,
                user_id=actor.user_id,
                visitor=actor.visitor,
                listing_id=each.listing_id,
                merchant_id=merchants[each.listing_id],
                placement=each.placement[:30],
                position=max(0, min(each.position, 32_000)),
                request_id=each.request_id[:40],
                source=source[:40],
                at=now,
            )
            for each in exposures
        ],
        ignore_conflicts=True,
    )
    return len(rows)


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


def record_hide(*, platform_id: int, actor: Actor, listing_id: int, now: datetime) -> None:
    """Somebody does not want to be shown this good."""
    _record(Kind.HIDE, platform_id, actor, listing_id, now=now)


@transaction.atomic
def record_search(*, platform_id: int, actor: Actor, words: str, found: int, now: datetime) -> None:
    """Words were searched for, with so many results."""
    BehaviourEvent.objects.create(
        platform_id=platform_id,
        kind=Kind.SEARCH,
        user_id=actor.user_id,
        visitor=actor.visitor,
        words=words[:200],
        value=found,
        at=now,
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


def _tell(event: BehaviourEvent) -> None:
    outbox.record(
        BehaviourSeen(
            platform_id=event.platform_id,
            behaviour_id=event.pk,
            kind=event.kind,
            user_id=event.user_id,
            visitor=event.visitor,
            listing_id=None,
            offer_id=None,
            product_id=None,
            value=event.value,
            at=event.at.isoformat(),
        )
    )


# An act with a good and, in the same statement, the event that tells of it.
_RECORD_AND_TELL = """
with good as (
  select id, merchant_id, offer_id, product_id from catalogue_listing
  where id = %(listing)s and platform_id = %(platform)s
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
