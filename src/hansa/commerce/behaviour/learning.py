"""How acts become lines of a profile, said once in SQL: for the act that was just told, for a rebuild and for the check.

An act gives each thing it has to do with a weight, and older acts fade: their weight halves every sixty days. Instead
of shrinking what was written, each act is written at the scale of its own day, which doubles every sixty days, and
who reads divides by today's. So sums can be added to in any order, twice the same is twice the same, and a rebuild
gives the same numbers to the last digit.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

HALF_LIFE_S = 60 * 86_400
SCALE_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
# What an act says about taste, in looks. A click is followed by the look it leads to; searches name no good.
WEIGHTS = {
    "view": 1,
    "cart": 3,
    "share": 3,
    "purchase": 5,
    "follow": 5,
    "unfollow": -5,  # takes back at least what following gave
    "return": -5,  # and so for a purchase
}
RATING_MIDDLE, RATING_STEP = 3, 2  # five stars say +4, one star -4
KINDS = (*WEIGHTS, "rating")
# Prices fall into bands that grow as coins do. In minor units: below 1.00, from 1.00, 2.00, 5.00, 10.00 …
BAND_BOUNDS = tuple(step * 10**power for power in range(2, 9) for step in (1, 2, 5))
CONSUMER = "behaviour.keep_profile"


def faded(mass: Decimal, now: datetime) -> float:
    """What a sum weighs now, in looks of today."""
    return float(mass) * math.exp2(-(now - SCALE_BEGAN).total_seconds() / HALF_LIFE_S)


def band_of(price: int) -> int:
    """The number of a price's band; as PostgreSQL's width_bucket."""
    return sum(price >= bound for bound in BAND_BOUNDS)


def bounds_of(band: int) -> tuple[int, int | None]:
    """From which price a band goes to below which, in minor units; the last has no end."""
    lowest = BAND_BOUNDS[band - 1] if band else 0
    return lowest, BAND_BOUNDS[band] if band < len(BAND_BOUNDS) else None


def lines_of(acts: str, *, leave_waiting: bool) -> str:
    """The common table expressions that end in ``lines``: what the acts for which the condition on ``e`` holds amount to.

    With ``leave_waiting`` those that are still on their way to the profile's consumer are left to it; an act whose
    telling was given up is not, so that a rebuild makes good for it. The columns of ``lines``: platform_id, user_id,
    axis, key, mass, acts, last_at.
    """
    left = " and not exists (select from waiting w where w.id = e.id)" if leave_waiting else ""
    return f"{_WAITING if leave_waiting else ''}{_LINES.replace('{acts}', acts + left)}"


_KIND_LIST = ", ".join(f"'{kind}'" for kind in KINDS)
_WEIGHT = " ".join(f"when '{kind}' then {weight}" for kind, weight in WEIGHTS.items())
_BOUNDS = ", ".join(map(str, BAND_BOUNDS))

_WAITING = f"""
told as materialized (
  select o.kind, o.payload from outbox_event o
  where o.done_at is null and o.parked_reason = '' and o.kind in ('BehaviourSeen', 'ActsSeen')
    and not exists (select from outbox_effect f where f.event_id = o.id and f.consumer = '{CONSUMER}')
), waiting as materialized (
  select (payload->>'behaviour_id')::bigint as id from told where kind = 'BehaviourSeen'
  union
  select (act->>'behaviour_id')::bigint from told, jsonb_array_elements(payload->'acts') act where kind = 'ActsSeen'
),"""

_LINES = f"""
act as materialized (
  select e.platform_id, e.user_id, e.kind, e.category_id, e.brand_id, e.merchant_id, e.price, e.at,
    case e.kind {_WEIGHT} when 'rating' then {RATING_STEP} * (coalesce(e.value, 3) - {RATING_MIDDLE}) end as weight
  from behaviour_behaviourevent e
  where e.kind in ({_KIND_LIST}) and e.user_id is not null and e.visitor = 'user-' || e.user_id and {{acts}}
), touch as (
  select act.platform_id, act.user_id, line.axis, line.key, act.at,
    (line.weight * power(2::float8,
      (extract(epoch from act.at)::float8 - {int(SCALE_BEGAN.timestamp())}) / {HALF_LIFE_S}))::numeric as mass
  from act cross join lateral (values
    ('category', act.category_id, act.weight),
    ('brand', act.brand_id, act.weight),
    ('merchant', act.merchant_id, act.weight),
    ('price', width_bucket(act.price, array[{_BOUNDS}]::bigint[])::bigint, act.weight),
    -- when somebody shops, not when their parcel came back
    ('hour', case when act.kind <> 'return' then extract(hour from act.at at time zone 'UTC')::bigint end, 1)
  ) line (axis, key, weight)
  where line.key is not null and line.weight <> 0
), lines as (
  select platform_id, user_id, axis, key, sum(mass) as mass, count(*) as acts, max(at) as last_at
  from touch where not exists (
    select from behaviour_removedline r where r.platform_id = touch.platform_id and r.user_id = touch.user_id
      and r.axis = touch.axis and r.key = touch.key and touch.at <= r.until
  )
  group by platform_id, user_id, axis, key
)"""
