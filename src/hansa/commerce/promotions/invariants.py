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
    Invariant(
        "coupon-within-budget",
        "what a coupon has spent is the sum of its live redemptions and within its budget",
        "select c.id from promotions_coupon c left join promotions_redemption r on r.coupon_id = c.id"
        " and not r.released group by c.id having c.spent <> coalesce(sum(r.amount), 0) or c.spent > c.budget",
    ),
    Invariant(
        "flash-sold-is-claimed",
        "what a flash sale has sold is the sum of its live claims and within its stock",
        "select d.id from promotions_promotedoffer d left join promotions_flashclaim c on c.promoted_id = d.id"
        " and not c.released where d.flash_stock is not null group by d.id"
        " having d.flash_sold <> coalesce(sum(c.units), 0) or d.flash_sold > d.flash_stock",
    ),
    Invariant(
        "flash-per-buyer",
        "nobody holds more of a flash sale than one buyer may, and each counter is the sum of the claims",
        "select b.promoted_id, b.buyer_id from (select promoted_id, buyer_id, sum(units) as units"
        " from promotions_flashclaim where not released group by 1, 2) c"
        " full join promotions_flashbuyer b using (promoted_id, buyer_id)"
        " left join promotions_promotedoffer d on d.id = promoted_id"
        " left join promotions_promotion p on p.id = d.promotion_id"
        " where coalesce(b.units, 0) <> coalesce(c.units, 0) or coalesce(c.units, 0) > p.most_per_buyer",
    ),
    Invariant(
        "group-counts-its-members",
        "a group buy's counter is the number of its members who have not left, never more than it needs, and it has"
        " formed only with the money of all of them",
        "select g.id from promotions_buyinggroup g left join promotions_groupmember m on m.group_id = g.id"
        " and not m.has_left group by g.id having g.joined <> count(m.id) or g.joined > g.needed"
        " or (g.state = 'formed' and count(m.id) filter (where m.is_held) <> g.needed)",
    ),
]
