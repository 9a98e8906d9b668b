"""Profiles kept up: the acts that were just told added, a person's whole profile made again, or taken away.

Everything happens under the lock of the profile's row, behind a shared lock of the person's, so that no profile is
made beside a consent that is withdrawn. What the lines are is said in `learning`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from django.db import transaction

from hansa.commerce.behaviour import learning
from hansa.commerce.behaviour.models import Profile
from hansa.foundation import statements, tenancy

PEOPLE_AT_ONCE = 200


@transaction.atomic(savepoint=False)
def take_in(*, platform_id: int, user_id: int, act_ids: Sequence[int]) -> None:
    """Add acts that are in the log to the person's profile, in the transaction that proves that they were told.

    A profile that is not there yet is made of the whole log. Without the person's consent nothing is kept.
    """
    person = {"platform": platform_id, "people": [user_id], "acts": list(act_ids)}
    if not statements.run(_CONSENTING, person):
        return
    is_new = bool(statements.run(_OPEN, person))
    statements.run(_LOCK, person)
    statements.run(_REBUILD if is_new else _ADD, person)


def lock(*, platform_id: int, user_id: int) -> None:
    """Keep everybody else from changing this person's profile until the running transaction ends."""
    statements.run(_LOCK, {"platform": platform_id, "people": [user_id]})


@transaction.atomic
def rebuild(*, platform_id: int, user_ids: Sequence[int]) -> int:
    """Make the profiles of those who consent anew from the log; answers how many lines that changed: none, where all is well."""
    consenting = [row[0] for row in statements.run(_CONSENTING, {"people": list(user_ids)})]
    people = {"platform": platform_id, "people": consenting}
    statements.run(_OPEN, people)
    statements.run(_LOCK, people)
    return int(statements.run(_REBUILD, people)[0][0])


def rebuild_all(*, platform_id: int) -> int:
    """Make every profile of a platform anew, some hundred people in a transaction; answers how many lines changed.

    Opens its own scopes. Acts that are told meanwhile are left to the outbox, which adds them.
    """
    with tenancy.as_platform(platform_id):
        people = iter([row[0] for row in statements.run(_PEOPLE, {"platform": platform_id})])
    changed = 0
    while some := list(islice(people, PEOPLE_AT_ONCE)):
        with tenancy.as_platform(platform_id):
            changed += rebuild(platform_id=platform_id, user_ids=some)
    return changed


@transaction.atomic
def drop(*, user_id: int) -> None:
    """Take a person's profiles away on every platform that is in sight, unless they consent again by now."""
    if not statements.run(_CONSENTING, {"people": [user_id]}):
        Profile.objects.filter(user_id=user_id).delete()


_CONSENTING = """
select id from accounts_user where id = any(%(people)s) and consents_to_personalisation order by id for share
"""
_OPEN = """
insert into behaviour_profile (platform_id, user_id, since)
select %(platform)s, person, now() from unnest(%(people)s::bigint[]) person order by person
on conflict (platform_id, user_id) do nothing returning id
"""
_LOCK = """
select id from behaviour_profile where platform_id = %(platform)s and user_id = any(%(people)s) order by id for update
"""
_PEOPLE = """
select distinct user_id from behaviour_behaviourevent
where platform_id = %(platform)s and user_id is not null and kind not in ('impression', 'click')
union select user_id from behaviour_profile where platform_id = %(platform)s order by 1
"""
_ADD = f"""
with {learning.lines_of("e.id = any(%(acts)s) and e.user_id = any(%(people)s)", leave_waiting=False)}
insert into behaviour_profileline as kept (platform_id, profile_id, axis, key, mass, acts, last_at)
select lines.platform_id, p.id, axis, key, mass, acts, last_at
from lines join behaviour_profile p on p.platform_id = lines.platform_id and p.user_id = lines.user_id
where p.platform_id = %(platform)s
on conflict (profile_id, axis, key) do update set
  mass = kept.mass + excluded.mass, acts = kept.acts + excluded.acts,
  last_at = greatest(kept.last_at, excluded.last_at)
"""
_WHOLE = "e.platform_id = %(platform)s and e.visitor = any(select 'user-' || person from unnest(%(people)s::bigint[]) person)"
_REBUILD = f"""
with {learning.lines_of(_WHOLE, leave_waiting=True)}
, mine as materialized (
  select lines.platform_id, p.id as profile_id, axis, key, mass, acts, last_at
  from lines join behaviour_profile p on p.platform_id = lines.platform_id and p.user_id = lines.user_id
), gone as (
  delete from behaviour_profileline kept using behaviour_profile p
  where p.id = kept.profile_id and p.platform_id = %(platform)s and p.user_id = any(%(people)s)
    and not exists (
      select from mine where mine.profile_id = kept.profile_id and mine.axis = kept.axis and mine.key = kept.key
    )
  returning 1
), put as (
  insert into behaviour_profileline as kept (platform_id, profile_id, axis, key, mass, acts, last_at)
  select * from mine
  on conflict (profile_id, axis, key) do update set
    mass = excluded.mass, acts = excluded.acts, last_at = excluded.last_at
    where (kept.mass, kept.acts, kept.last_at) is distinct from (excluded.mass, excluded.acts, excluded.last_at)
  returning 1
)
select (select count(*) from gone) + (select count(*) from put)
"""
