"""What accounts promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "merchant-has-an-owner",
        "a merchant with clerks has an owner, unless the operator took the last one away",
        "select m.merchant_id from accounts_membership m where m.role = 'clerk' and not exists ("
        " select from accounts_membership o where o.merchant_id = m.merchant_id and o.role = 'merchant')"
        " and not exists (select from accounts_rolechange c where c.merchant_id = m.merchant_id"
        " and c.role = 'merchant' and not c.is_given)",
    ),
    Invariant(
        "invitation-kept",
        "who accepted an invitation was given its role",
        "select i.id from accounts_invitation i where i.accepted_by_id is not null and not exists ("
        " select from accounts_rolechange c where c.person_id = i.accepted_by_id and c.role = i.role and c.is_given"
        " and c.merchant_id is not distinct from i.merchant_id and c.platform_id is not distinct from i.platform_id)",
    ),
    Invariant(
        "consent-as-decided",
        "what shapes recommendations is the latest decision about it",
        "select u.id from accounts_user u join lateral ("
        " select agrees from accounts_consent c where c.user_id = u.id and c.purpose = 'personalisation'"
        " order by c.id desc limit 1) latest on true"
        " where latest.agrees <> u.consents_to_personalisation and u.is_active",
    ),
]
