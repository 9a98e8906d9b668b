"""Acts that a page or a program saw, taken in many at a time: one statement and one event for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.foundation import statements
from hansa.kernel.errors import InvalidInput

Kind = BehaviourEvent.Kind
MOST_AT_ONCE = 200
# Carts, purchases, ratings, returns and follows are written down where they happen, not told by whoever saw them.
OBSERVED = (Kind.IMPRESSION, Kind.CLICK, Kind.VIEW, Kind.SEARCH, Kind.SHARE)
_FURTHEST = 32_000
_BIGGEST = 2**63 - 1


@dataclass(frozen=True)
class Act:
    """Something a visitor was shown or did: with a listing, or for a search the words and how much was found."""

    kind: str
    listing_id: int | None = None
    placement: str = ""
    position: int | None = None
    request_id: str = ""
    words: str = ""
    found: int | None = None


@transaction.atomic
def record_acts(
    *, platform_id: int, actor: Actor, acts: Sequence[Act], source: str = "", now: datetime
) -> int:
    """Write acts of one visitor down and answer how many were new; the same exposure again is not counted twice.

    Nothing is kept of a person who does not consent; of a visitor without a name the door has asked. Exposure is
    told to nobody: it is a hundred times as frequent as what else people do, and changes no profile. Refuses
    listings of other platforms, kinds that no page can see, and more than 200 acts, each with the whole batch.
    """
    _insist_on_sense(acts)
    rows = statements.run(
        _TAKE_IN,
        {
            "platform": platform_id,
            "user": actor.user_id,
            "visitor": actor.visitor,
            "source": source[:40],
            "now": now,
            "said": now.isoformat(),
            "kinds": [act.kind for act in acts],
            "listings": [act.listing_id for act in acts],
            "placements": [act.placement[:30] for act in acts],
            "positions": [
                None if act.position is None else max(0, min(act.position, _FURTHEST)) for act in acts
            ],
            "found": [act.found for act in acts],
            "words": [act.words[:200] for act in acts],
            "requests": [act.request_id[:40] for act in acts],
        },
    )
    counted, unknown = rows[0]
    if unknown:
        raise InvalidInput(f"no such listings here: {sorted(unknown)}")
    return int(counted)


def _insist_on_sense(acts: Sequence[Act]) -> None:
    if len(acts) > MOST_AT_ONCE:
        raise InvalidInput(f"at most {MOST_AT_ONCE} acts at once")
    for act in acts:
        if act.kind not in OBSERVED:
            raise InvalidInput(f"{act.kind!r} is not told from outside: {', '.join(OBSERVED)} are")
        if act.kind == Kind.SEARCH:
            if act.listing_id is not None or not act.words.strip():
                raise InvalidInput("a search has words and no listing")
            if not 0 <= (act.found or 0) <= _BIGGEST:
                raise InvalidInput("a search finds no less than nothing")
        elif act.listing_id is None or not 0 < act.listing_id <= _BIGGEST:
            raise InvalidInput(f"{act.listing_id} is no listing")
        if "\x00" in act.words + act.placement + act.request_id:
            raise InvalidInput("words are made of letters")


_TAKE_IN = """
with given as materialized (
  select g.*, l.id as good_id, l.merchant_id, l.offer_id, l.product_id
  from unnest(
    %(kinds)s::text[], %(listings)s::bigint[], %(placements)s::text[], %(positions)s::int[], %(found)s::bigint[],
    %(words)s::text[], %(requests)s::text[]
  ) with ordinality as g (kind, listing_id, placement, position, found, words, request_id, place)
  left join catalogue_listing l on l.id = g.listing_id and l.platform_id = %(platform)s
), seen as (
  insert into behaviour_behaviourevent (
    platform_id, kind, user_id, visitor, listing_id, merchant_id, placement, position, value, words, source,
    request_id, at
  )
  select %(platform)s, kind, %(user)s::bigint, %(visitor)s, good_id, merchant_id, placement, position, found, words,
    %(source)s, request_id, %(now)s
  from given
  where %(user)s::bigint is null
    or exists (select from accounts_user where id = %(user)s and consents_to_personalisation)
  order by place
  on conflict do nothing
  returning id, kind, listing_id
), told as (
  select jsonb_agg(jsonb_build_object(
    'behaviour_id', seen.id, 'kind', seen.kind, 'listing_id', seen.listing_id, 'offer_id', l.offer_id,
    'product_id', l.product_id
  ) order by seen.id) as acts
  from seen join catalogue_listing l on l.id = seen.listing_id
  where seen.kind not in ('impression', 'click')
), tell as (
  insert into outbox_event (platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason)
  select %(platform)s, 'ActsSeen', jsonb_build_object(
    'platform_id', %(platform)s::bigint, 'user_id', %(user)s::bigint, 'visitor', %(visitor)s::text,
    'acts', acts, 'at', %(said)s::text), now(), now(), 0, ''
  from told where acts is not null
)
select (select count(*) from seen),
  (select array_agg(distinct listing_id) from given where listing_id is not null and good_id is null)
"""
