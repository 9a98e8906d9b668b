"""What reviews promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "review-of-a-purchase",
        "every review is by the buyer of the line it speaks of",
        "select r.id from reviews_review r join orders_orderline l on l.id = r.line_id"
        " where r.author_id is distinct from l.buyer_id or r.platform_id <> l.platform_id",
    ),
    Invariant(
        "rating-is-its-reviews",
        "a listing's stars are the sum of its reviews",
        "select l.id from catalogue_listing l left join reviews_review r on r.listing_id = l.id group by l.id"
        " having l.rating_count <> count(r.id) or l.rating_sum <> coalesce(sum(r.stars), 0)",
    ),
]
