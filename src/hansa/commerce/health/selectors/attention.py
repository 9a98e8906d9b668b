"""What behaviour says: what is shown, what is clicked, who comes and who then buys."""

# ruff: noqa: S608 - the statements are put together from our own words only

from __future__ import annotations

from hansa.commerce.health.selectors.measure import PAID, Measure, week_of

_SEEN = "b.platform_id = any(%(platforms)s) and b.at >= %(since)s and b.at < %(until)s"
_BOUGHT = "g.platform_id = any(%(platforms)s) and g.placed_at >= %(since)s and g.placed_at < %(until)s"

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

# Whoever is signed in is called user-<id> in the behaviour log, so that visits and purchases meet by name.
VISITS = Measure(
    ("visits", "conversion"),
    f"""
    with acts as (
      select b.platform_id, b.visitor, (b.at at time zone 'UTC')::date as day, true as is_visit
      from behaviour_behaviourevent b where {_SEEN} and b.kind = 'view'
      union
      select g.platform_id, 'user-' || g.buyer_id, (g.placed_at at time zone 'UTC')::date, false
      from orders_ordergroup g
      where {_BOUGHT} and g.buyer_id is not null
        and exists (select from orders_order o where o.group_id = g.id and o.status in {PAID})
    ), days as (
      select platform_id, visitor, day, bool_or(is_visit) as visited, bool_or(not is_visit) as bought
      from acts group by 1, 2, 3
      union all
      select 0, visitor, day, bool_or(is_visit), bool_or(not is_visit) from acts group by 2, 3
    ), counted as (
      select platform_id, date_trunc('week', day)::date as week, count(*) as visits,
             count(distinct visitor) as visitors, avg(bought::int) as converted
      from days where visited group by 1, 2
    )
    select 'visits', platform_id, week, visits::float8, visitors from counted
    union all
    select 'conversion', platform_id, week, converted, visits from counted
    """,
)

TRAFFIC_SUPPORT = Measure(
    ("traffic_support",),
    f"""
    with facts as (
      select o.platform_id, {week_of("g.placed_at")} as week, o.merchant_id, o.items_total as paid, 0 as times
      from orders_ordergroup g join orders_order o on o.group_id = g.id
      where {_BOUGHT} and o.status in {PAID}
      union all
      select b.platform_id, {week_of("b.at")}, b.merchant_id, null, 1
      from behaviour_behaviourevent b where {_SEEN} and b.kind = 'impression'
    ), merchants as (
      select platform_id, week, merchant_id, sum(paid) as paid, sum(times) as times from facts group by 1, 2, 3
    ), ranked as (
      select platform_id, week, paid, times,
             row_number() over (partition by platform_id, week order by paid desc nulls last, merchant_id) as place,
             count(paid) over (partition by platform_id, week) as sellers
      from merchants
    )
    select 'traffic_support', coalesce(platform_id, 0), week,
           (sum(times) filter (where place > greatest(1, ceil(sellers * %(leading_share)s))))::float8
             / nullif(sum(times), 0),
           sum(times)
    from ranked where sellers > 0
    group by grouping sets ((platform_id, week), (week))
    """,
)

MEASURES = (EXPOSURE, VISITS, TRAFFIC_SUPPORT)
