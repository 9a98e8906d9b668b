"""What promotions promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "coupon-counts-its-uses",
        "a coupon's counter is the number of its live redemptions and within its limit",
        "select c.id from promotions_coupon c left join promotions_redemption r on r.coupon_id = c.id"
        " and not r.released group by c.id having c.uses <> count(r.id) or count(r.id) > c.most_uses",
    ),
    Invariant(
        "coupon-per-buyer",
        "nobody used a coupon more often than one buyer may",
        "select r.coupon_id, r.buyer_id from promotions_redemption r join promotions_coupon c on c.id = r.coupon_id"
        " where not r.released group by r.coupon_id, r.buyer_id, c.most_per_buyer having count(*) > c.most_per_buyer",
    ),
]
