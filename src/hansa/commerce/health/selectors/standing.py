"""What the books, the reviews, the followers and the merchants' tools say."""

# ruff: noqa: S608 - the statements are put together from our own words only

from __future__ import annotations

from hansa.commerce.health.selectors.measure import WEEKS, Measure, week_of

BOOKS = Measure(
    ("platform_revenue", "merchant_income"),
    f"""
    with counted as (
      select coalesce(platform_id, 0) as platform, week,
             -sum(amount) filter (where kind in ('commission', 'delivery')) as own,
             count(distinct journal_id) filter (where kind in ('commission', 'delivery')) as journals,
             -sum(amount) filter (where kind = 'payable') as merchants_part,
             count(distinct merchant_id) filter (where kind = 'payable') as merchants
      from (
        select j.platform_id, {week_of("j.posted_at")} as week, e.journal_id, e.amount, a.kind, a.merchant_id
        from ledger_journalentry j
          join ledger_ledgerentry e on e.journal_id = j.id
          join ledger_account a on a.id = e.account_id
        where j.platform_id = any(%(platforms)s) and j.posted_at >= %(since)s and j.posted_at < %(until)s
          and j.kind <> 'payout' and a.kind in ('commission', 'delivery', 'payable')
      ) legs
      group by grouping sets ((platform_id, week), (week))
    )
    select 'platform_revenue', platform, week, own::float8, journals from counted
    union all
    select 'merchant_income', platform, week, merchants_part::float8, merchants from counted
    """,
)

REVIEWS = Measure(
    ("satisfaction", "product_quality"),
    f"""
    with counted as (
      select coalesce(platform_id, 0) as platform, week, count(*) as reviews, avg(stars) as stars,
             avg((stars >= 4)::int) as good
      from (
        select r.platform_id, {week_of("r.written_at")} as week, r.stars from reviews_review r
        where r.platform_id = any(%(platforms)s) and r.written_at >= %(since)s and r.written_at < %(until)s
      ) written
      group by grouping sets ((platform_id, week), (week))
    )
    select 'satisfaction', platform, week, stars, reviews from counted
    union all
    select 'product_quality', platform, week, good, reviews from counted
    """,
)

# A follow belongs to the alliance; it counts on every platform where the merchant keeps a store.
FOLLOWERS = Measure(
    ("goodwill",),
    f"""
    select 'goodwill', coalesce(platform_id, 0), week, count(distinct id)::float8, count(distinct user_id)
    from (
      select s.platform_id, {week_of("f.since")} as week, f.id, f.user_id
      from behaviour_follow f
        join merchants_store s on s.merchant_id = f.merchant_id and s.is_open and s.platform_id = any(%(platforms)s)
      where f.since >= %(since)s and f.since < %(until)s
    ) begun
    group by grouping sets ((platform_id, week), (week))
    """,
)

TOOLS = Measure(
    ("merchant_empowerment",),
    f"""
    with {WEEKS}, facts as (
      select w.week, s.platform_id, s.merchant_id, true as is_store
      from weeks w
        join merchants_merchant m on m.joined_at < w.ends
        join merchants_store s on s.merchant_id = m.id and s.is_open and s.platform_id = any(%(platforms)s)
      union
      select w.week, p.platform_id, p.merchant_id, false
      from weeks w join promotions_promotion p
        on p.merchant_id is not null and p.starts_at < w.ends and p.ends_at > w.begins
      union
      select w.week, r.platform_id, r.merchant_id, false
      from weeks w join planning_forecastrun r on r.made_at >= w.begins and r.made_at < w.ends
      union
      select w.week, o.platform_id, o.merchant_id, false
      from weeks w join planning_purchaseorder o on o.ordered_at >= w.begins and o.ordered_at < w.ends
    ), merchants as (
      select week, platform_id, bool_or(is_store) as has_store, bool_or(not is_store) as used
      from facts group by week, platform_id, merchant_id
    )
    select 'merchant_empowerment', coalesce(platform_id, 0), week, avg(used::int), count(*)
    from merchants where has_store
    group by grouping sets ((platform_id, week), (week))
    """,
)

CAMPAIGNS = Measure(
    ("brand_promotion",),
    f"""
    with {WEEKS}
    select 'brand_promotion', coalesce(c.platform_id, 0), w.week, count(distinct r.user_id)::float8,
           count(distinct c.id)
    from weeks w
      join marketing_campaign c on c.starts_at < w.ends and c.ends_at > w.begins
        and c.platform_id = any(%(platforms)s)
      left join marketing_campaignrecipient r on r.campaign_id = c.id
    group by grouping sets ((c.platform_id, w.week), (w.week))
    """,
)

MEASURES = (BOOKS, REVIEWS, FOLLOWERS, TOOLS, CAMPAIGNS)
