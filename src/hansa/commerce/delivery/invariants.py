"""What delivery promises."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "parcel-on-one-active-route",
        "no parcel is on two routes that are driven",
        "select s.shipment_id from delivery_stop s join delivery_route r on r.id = s.route_id"
        " join delivery_routeplan p on p.id = r.plan_id where p.status <> 'superseded'"
        " group by s.shipment_id having count(*) > 1 and count(*) filter (where p.status = 'draft') > 0",
    ),
    Invariant(
        "delivered-parcel-is-delivered-goods",
        "what a parcel carries has arrived when the parcel has",
        "select s.id from delivery_shipment s join delivery_shipmentpart p on p.shipment_id = s.id"
        " join orders_fulfilment f on f.id = p.fulfilment_id"
        " where (s.status = 'delivered') <> (f.delivered_at is not null)",
    ),
    Invariant(
        "parcel-is-its-last-news",
        "a parcel stands where the last thing that happened to it left it",
        "select s.id from delivery_shipment s join lateral (select status from delivery_trackingevent t"
        "   where t.shipment_id = s.id order by t.at desc, t.id desc limit 1) t on true where t.status <> s.status",
    ),
    Invariant(
        "paid-purchase-has-its-parcel",
        "what is paid is brought: a purchase has its parcel as soon as the outbox has told of it, at the latest after a day",
        "select g.number from outbox_event e join orders_ordergroup g on g.id = (e.payload ->> 'group_id')::bigint"
        " left join delivery_shipment s on s.group_id = g.id where e.kind = 'PurchasePaid' and s.id is null"
        " and (e.done_at is not null or e.recorded_at < now() - interval '1 day')"
        " and exists (select from orders_order o where o.group_id = g.id and o.status in ('paid', 'shipped'))",
    ),
]
