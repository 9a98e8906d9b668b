"""What following promises."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "profile-by-consent",
        "a profile is shown only while its person allows it",
        "select p.user_id from following_profile p left join lateral ("
        " select agrees from accounts_consent c where c.user_id = p.user_id and c.purpose = 'profile'"
        " order by c.id desc limit 1) latest on true where latest.agrees is not true",
    ),
    Invariant(
        "followed-by-consent",
        "nobody is followed who shows no profile",
        "select f.id from following_personfollow f left join following_profile p on p.user_id = f.followed_id"
        " where p.id is null",
    ),
]
