"""What profiles promise."""

from hansa.commerce.behaviour import learning
from hansa.foundation.invariants import Invariant

_WITH_A_PROFILE = (
    "exists (select from behaviour_profile p where p.platform_id = e.platform_id and p.user_id = e.user_id)"
)

INVARIANTS = [
    Invariant(
        "profile-from-acts",
        "a rebuild of every profile from the log would give the same numbers, to the last digit",
        f"with {learning.lines_of(_WITH_A_PROFILE, leave_waiting=True)}, kept as ("
        "  select l.platform_id, p.user_id, l.axis, l.key, l.mass, l.acts, l.last_at"
        "  from behaviour_profileline l join behaviour_profile p on p.id = l.profile_id)"
        " select platform_id, user_id, axis, key, kept.mass, lines.mass as should_be"
        " from kept full join lines using (platform_id, user_id, axis, key)"
        " where (kept.mass, kept.acts, kept.last_at) is distinct from (lines.mass, lines.acts, lines.last_at)",
    ),
    Invariant(
        "no-profile-without-consent",
        "nobody who does not consent to personalisation has a profile, once that was told",
        "select p.id, p.user_id from behaviour_profile p join accounts_user u on u.id = p.user_id"
        " where not u.consents_to_personalisation and not exists (select from outbox_event o"
        "   where o.kind = 'PersonalisationDecided' and o.done_at is null"
        "   and (o.payload->>'user_id')::bigint = u.id)",
    ),
]
