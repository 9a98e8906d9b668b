"""What reviews, votes, questions and answers promise."""

from hansa.foundation.invariants import Invariant

_SEEN = "state in ('published', 'reported')"

INVARIANTS = [
    Invariant(
        "review-of-a-purchase",
        "every review is by the buyer of the line it speaks of",
        "select r.id from reviews_review r join orders_orderline l on l.id = r.line_id"
        " where r.author_id is distinct from l.buyer_id or r.platform_id <> l.platform_id",
    ),
    Invariant(
        "rating-is-its-reviews",
        "a listing's stars are the sum of the reviews that can be seen",
        "select l.id from catalogue_listing l"
        f" left join reviews_review r on r.listing_id = l.id and r.{_SEEN} group by l.id"
        " having l.rating_count <> count(r.id) or l.rating_sum <> coalesce(sum(r.stars), 0)",
    ),
    Invariant(
        "score-is-its-reviews",
        "a merchant's score on a platform is the sum of the reviews of it that can be seen",
        "select merchant_id from reviews_merchantscore s full join ("
        " select platform_id, merchant_id, sum(stars) product_sum, count(*) product_count,"
        " coalesce(sum(merchant_stars), 0) merchant_sum, count(merchant_stars) merchant_count,"
        " coalesce(sum(delivery_stars), 0) delivery_sum, count(delivery_stars) delivery_count"
        f" from reviews_review where {_SEEN} group by 1, 2) r using (platform_id, merchant_id)"
        " where (coalesce(s.product_sum, 0), coalesce(s.product_count, 0), coalesce(s.merchant_sum, 0),"
        " coalesce(s.merchant_count, 0), coalesce(s.delivery_sum, 0), coalesce(s.delivery_count, 0))"
        " is distinct from (coalesce(r.product_sum, 0), coalesce(r.product_count, 0), coalesce(r.merchant_sum, 0),"
        " coalesce(r.merchant_count, 0), coalesce(r.delivery_sum, 0), coalesce(r.delivery_count, 0))",
    ),
    Invariant(
        "votes-are-counted",
        "what is helpful is the count of the votes on it",
        "select 'review', r.id from reviews_review r left join reviews_vote v on v.review_id = r.id group by r.id"
        " having r.helpful <> count(*) filter (where v.is_helpful)"
        " or r.unhelpful <> count(*) filter (where not v.is_helpful)"
        " union all"
        " select 'answer', a.id from reviews_answer a left join reviews_vote v on v.answer_id = a.id group by a.id"
        " having a.helpful <> count(*) filter (where v.is_helpful)"
        " or a.unhelpful <> count(*) filter (where not v.is_helpful)",
    ),
    Invariant(
        "nobody-votes-for-themselves",
        "no vote is by the author of what it is on",
        "select v.id from reviews_vote v left join reviews_review r on r.id = v.review_id"
        " left join reviews_answer a on a.id = v.answer_id where v.voter_id in (r.author_id, a.author_id)",
    ),
    Invariant(
        "answer-in-its-place",
        "an answer stands on the platform of its question",
        "select a.id from reviews_answer a join reviews_question q on q.id = a.question_id"
        " where a.platform_id <> q.platform_id",
    ),
    Invariant(
        "three-reports-hide",
        "nothing can be seen against which three reports are open",
        "select review_id, question_id, answer_id from reviews_report p where settled_at is null"
        " and ("
        f" exists (select from reviews_review s where s.id = p.review_id and s.{_SEEN})"
        f" or exists (select from reviews_question s where s.id = p.question_id and s.{_SEEN})"
        f" or exists (select from reviews_answer s where s.id = p.answer_id and s.{_SEEN})"
        " ) group by 1, 2, 3 having count(*) >= 3",
    ),
]
