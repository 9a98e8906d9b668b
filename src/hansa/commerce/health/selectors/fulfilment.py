"""What parcels, tours and stock say: in time, on hand, and at what cost."""

# ruff: noqa: S608 - the statements are put together from our own words only

from __future__ import annotations

from hansa.commerce.health.selectors.measure import WEEKS, Measure, week_of

_LISTED = """stock_stocklevel l
        join stock_warehouse h on h.id = l.warehouse_id and h.kind = 'centre'
        join catalogue_listing c on c.platform_id = l.platform_id and c.offer_id = l.offer_id and c.is_active"""

# What was on hand at a week's end is what is on hand now less what has moved since. A platform's stock
# counts from the week in which its first movement was written down; before it nothing is known.
DELIVERY = Measure(
    ("delivery_efficiency", "experience"),
    f"""
    with {WEEKS}, delivered as (
      select coalesce(platform_id, 0) as platform, week, count(*) as parcels,
             avg((delivered_at <= promised_until)::int) as on_time
      from (
        select s.platform_id, {week_of("s.delivered_at")} as week, s.delivered_at, s.promised_until
        from delivery_shipment s
        where s.platform_id = any(%(platforms)s) and s.status = 'delivered'
          and s.delivered_at >= %(since)s and s.delivered_at < %(until)s
      ) parcels
      group by grouping sets ((platform_id, week), (week))
    ), begun as (
      select w.week, w.ends, m.platform_id
      from weeks w
        join (
          select platform_id, min(moved_at) as at from stock_stockmovement
          where platform_id = any(%(platforms)s) group by platform_id
        ) m on m.at <= w.ends
    ), changes as (
      select b.week, l.platform_id, l.offer_id, l.on_hand as units
      from begun b join ({_LISTED}) on l.platform_id = b.platform_id and c.listed_at < b.ends
      union all
      select b.week, l.platform_id, l.offer_id, -m.quantity
      from begun b
        join stock_stockmovement m on m.platform_id = b.platform_id and m.moved_at > b.ends
        join ({_LISTED}) on l.id = m.level_id and c.listed_at < b.ends
    ), held as (
      select week, platform_id, sum(units) as units from changes group by week, platform_id, offer_id
    ), stocked as (
      select coalesce(platform_id, 0) as platform, week, avg((units > 0)::int) as on_hand
      from held group by grouping sets ((platform_id, week), (week))
    )
    select 'delivery_efficiency', platform, week, on_time, parcels from delivered
    union all
    select 'experience', d.platform, d.week, d.on_time * s.on_hand, d.parcels
    from delivered d join stocked s on s.platform = d.platform and s.week = d.week
    """,
)

TOURS = Measure(
    ("logistics", "logistics_cost"),
    """
    with driven as (
      select p.platform_id, date_trunc('week', p.day)::date as week, p.cost as planned_cost, p.baseline_cost,
             (select sum(r.distance_m / 1000.0 * v.cost_per_km)
              from delivery_route r join delivery_vehicle v on v.id = r.vehicle_id
              where r.plan_id = p.id) as cost,
             (select count(*)
              from delivery_route r
                join delivery_stop t on t.route_id = r.id
                join delivery_shipment s on s.id = t.shipment_id
              where r.plan_id = p.id and s.status = 'delivered') as parcels
      from delivery_routeplan p
      where p.platform_id = any(%(platforms)s) and p.status = 'released'
        and p.day between %(first)s and %(last)s::date + 6
    ), counted as (
      select coalesce(platform_id, 0) as platform, week, count(*) as plans, sum(parcels) as parcels,
             1 - sum(planned_cost)::float8 / nullif(sum(baseline_cost), 0) as saved,
             sum(cost)::float8 / nullif(sum(parcels), 0) as cost
      from driven group by grouping sets ((platform_id, week), (week))
    )
    select 'logistics', platform, week, saved, plans from counted
    union all
    select 'logistics_cost', platform, week, cost, parcels from counted
    """,
)

MEASURES = (DELIVERY, TOURS)
