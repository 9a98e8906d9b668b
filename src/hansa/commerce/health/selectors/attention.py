"""What behaviour says: what is shown, what is clicked, who comes and who then buys."""

# ruff: noqa: S608 - the statements are put together from our own words only

from __future__ import annotations

from hansa.commerce.health.selectors.measure import PAID, Measure, week_of

_SEEN = "b.platform_id = any(%(platforms)s) and b.at >= %(since)s and b.at < %(until)s"

EXPOSURE = Measure(
    ("exposure", "click_rate", "recommendation"),
    f"""
    with counted as (
      select coalesce(platform_id, 0) as platform, week,
             count(*) filter (where is_shown) as shown,
             count(*) filter (where not is_shown) as clicked,
             count(*) filter (where is_shown and is_chosen) as chosen_shown,
             count(*) filter (where not is_shown and is_chosen) as chosen_clicked,
             count(distinct visitor) filter (where is_shown) as visitors
      from (
        select b.platform_id, {week_of("b.at")} as week, b.visitor, b.kind = 'impression' as is_shown,
               b.placement <> all(%(asked_for)s) as is_chosen
        from behaviour_behaviourevent b where {_SEEN} and b.kind in ('impression', 'click')
      ) seen
      group by grouping sets ((platform_id, week), (week))
    )
    select 'exposure', platform, week, shown::float8, visitors from counted
    union all
    select 'click_rate', platform, week, clicked::float8 / nullif(shown, 0), shown from counted
    union all
    select 'recommendation', platform, week, chosen_clicked::float8 / nullif(chosen_shown, 0), chosen_shown
    from counted
    """,
)

VISITS = Measure(
    ("visits", "conversion"),
    f"""
    with visited as (
      select distinct b.platform_id, b.visitor, b.user_id, (b.at at time zone 'UTC')::date as day
      from behaviour_behaviourevent b where {_SEEN} and b.kind = 'view'
    ), visits as (
      select platform_id, visitor, user_id, day from visited
      union all
      select distinct 0, visitor, user_id, day from visited
    ), bought as (
      select distinct g.platform_id, g.buyer_id, (g.placed_at at time zone 'UTC')::date as day
      from orders_ordergroup g
      where g.platform_id = any(%(platforms)s) and g.placed_at >= %(since)s and g.placed_at < %(until)s
        and g.buyer_id is not null
        and exists (select from orders_order o where o.group_id = g.id and o.status in {PAID})
    ), purchases as (
      select platform_id, buyer_id, day from bought
      union all
      select distinct 0, buyer_id, day from bought
    ), counted as (
      select v.platform_id, date_trunc('week', v.day)::date as week, count(*) as visits,
             count(distinct v.visitor) as visitors, avg((p.buyer_id is not null)::int) as converted
      from visits v
        left join purchases p on p.platform_id = v.platform_id and p.buyer_id = v.user_id and p.day = v.day
      group by 1, 2
    )
    select 'visits', platform_id, week, visits::float8, visitors from counted
    union all
    select 'conversion', platform_id, week, converted, visits from counted
    """,
)

TRAFFIC_SUPPORT = Measure(
    ("traffic_support",),
    f"""
    with earned as (
      select o.platform_id, {week_of("g.placed_at")} as week, o.merchant_id, sum(o.items_total) as paid
      from orders_ordergroup g join orders_order o on o.group_id = g.id
      where g.platform_id = any(%(platforms)s) and g.placed_at >= %(since)s and g.placed_at < %(until)s
        and o.status in {PAID}
      group by 1, 2, 3
    ), ranked as (
      select platform_id, week, merchant_id,
             row_number() over (partition by platform_id, week order by paid desc, merchant_id) as place,
             count(*) over (partition by platform_id, week) as sellers
      from earned
    ), leaders as (
      select platform_id, week, merchant_id from ranked
      where place <= greatest(1, ceil(sellers * %(leading_share)s))
    ), shown as (
      select b.platform_id, {week_of("b.at")} as week, b.merchant_id, count(*) as times
      from behaviour_behaviourevent b where {_SEEN} and b.kind = 'impression'
      group by 1, 2, 3
    )
    select 'traffic_support', coalesce(s.platform_id, 0), s.week,
           coalesce(sum(s.times) filter (where l.merchant_id is null), 0)::float8 / sum(s.times), sum(s.times)
    from shown s
      join (select distinct platform_id, week from leaders) sold
        on sold.platform_id = s.platform_id and sold.week = s.week
      left join leaders l on l.platform_id = s.platform_id and l.week = s.week and l.merchant_id = s.merchant_id
    group by grouping sets ((s.platform_id, s.week), (s.week))
    """,
)

MEASURES = (EXPOSURE, VISITS, TRAFFIC_SUPPORT)
