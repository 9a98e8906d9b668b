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
        "delivered-parcel-is-delivered-order",
        "a parcel is delivered when its orders are",
        "select s.id from delivery_shipment s join orders_order o on o.group_id = s.group_id"
        " where (s.status = 'delivered') <> (o.status = 'delivered')",
    ),
]
