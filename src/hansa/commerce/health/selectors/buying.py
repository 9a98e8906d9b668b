"""What orders say: sales, choice, shares, discounts, and who comes back."""

# ruff: noqa: S608 - the statements are put together from our own words only

from __future__ import annotations

from hansa.commerce.health.selectors.measure import PAID, Measure, week_of

_IN_TIME = "g.platform_id = any(%(platforms)s) and g.placed_at >= %(since)s and g.placed_at < %(until)s"
_SINCE_FOUR_WEEKS_BEFORE = (
    "g.platform_id = any(%(platforms)s) and g.placed_at < %(until)s"
    " and g.placed_at >= %(since)s::timestamptz - interval '28 days'"
)

SALES = Measure(
    ("sales", "competitiveness", "market_share"),
    f"""
    with sold as (
      select o.platform_id, {week_of("g.placed_at")} as week, o.group_id, o.merchant_id, o.items_total
      from orders_ordergroup g join orders_order o on o.group_id = g.id
      where {_IN_TIME} and o.status in {PAID}
    ), totals as (
      select coalesce(platform_id, 0) as platform, week, sum(items_total)::float8 as paid,
             count(distinct group_id) as purchases, count(distinct merchant_id) as merchants
      from sold group by grouping sets ((platform_id, week), (week))
    ), largest as (
      select week, max(paid) as paid from totals where platform <> 0 group by week
    )
    select 'sales', platform, week, paid, purchases from totals
    union all
    select 'competitiveness', platform, week, merchants, purchases from totals
    union all
    select 'market_share', one.platform, one.week,
           case one.platform when 0 then 1 - largest.paid / nullif(everyone.paid, 0)
                else one.paid / nullif(everyone.paid, 0) end,
           everyone.purchases
    from totals one
      join totals everyone on everyone.week = one.week and everyone.platform = 0
      join largest on largest.week = one.week
    """,
)

DISCOUNTS = Measure(
    ("marketing_tools",),
    f"""
    select 'marketing_tools', coalesce(platform_id, 0), week,
           sum(discount)::float8 / nullif(sum(total + discount), 0), count(distinct group_id)
    from (
      select o.platform_id, {week_of("g.placed_at")} as week, o.group_id, l.discount, l.total
      from orders_ordergroup g
        join orders_order o on o.group_id = g.id
        join orders_orderline l on l.order_id = o.id
      where {_IN_TIME} and o.status in {PAID}
    ) bought
    group by grouping sets ((platform_id, week), (week))
    """,
)

# A buyer's weeks in order, on each platform and (platform 0) anywhere in the alliance.
RETURNING_BUYERS = Measure(
    ("stickiness", "loyalty"),
    f"""
    with bought as (
      select distinct g.platform_id, g.buyer_id, {week_of("g.placed_at")} as week
      from orders_ordergroup g
      where {_SINCE_FOUR_WEEKS_BEFORE} and g.buyer_id is not null
        and exists (select from orders_order o where o.group_id = g.id and o.status in {PAID})
    ), spots as (
      select platform_id, buyer_id, week from bought
      union all
      select distinct 0, buyer_id, week from bought
    ), followed as (
      select platform_id, week, lead(week) over (partition by platform_id, buyer_id order by week) as next
      from spots
    )
    select 'stickiness', platform_id, week + 7, avg((coalesce(next = week + 7, false))::int), count(*)
    from followed where week + 7 between %(first)s and %(last)s group by platform_id, week
    union all
    select 'loyalty', platform_id, week + 28, avg((coalesce(next <= week + 28, false))::int), count(*)
    from followed where week + 28 between %(first)s and %(last)s group by platform_id, week
    """,
)

RETURNING_TO_A_MERCHANT = Measure(
    ("repurchase",),
    f"""
    with bought as (
      select distinct o.platform_id, o.merchant_id, g.buyer_id, {week_of("g.placed_at")} as week
      from orders_ordergroup g join orders_order o on o.group_id = g.id
      where {_SINCE_FOUR_WEEKS_BEFORE} and g.buyer_id is not null and o.status in {PAID}
    ), spots as (
      select platform_id, merchant_id, buyer_id, week from bought
      union all
      select distinct 0, merchant_id, buyer_id, week from bought
    ), preceded as (
      select platform_id, week,
             lag(week) over (partition by platform_id, merchant_id, buyer_id order by week) as before
      from spots
    )
    select 'repurchase', platform_id, week, avg((coalesce(before >= week - 28, false))::int), count(*)
    from preceded where week between %(first)s and %(last)s group by platform_id, week
    """,
)

MEASURES = (SALES, DISCOUNTS, RETURNING_BUYERS, RETURNING_TO_A_MERCHANT)
