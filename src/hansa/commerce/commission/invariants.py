"""What commission promises."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "commission-is-its-lines",
        "where commission was frozen by line, the lines of an order sum to the order's commission",
        "select o.id from orders_order o join orders_orderline l on l.order_id = o.id"
        " join commission_commissionline c on c.order_line_id = l.id and c.reference = ''"
        " group by o.id having sum(c.commission) <> o.commission or count(*) <>"
        " (select count(*) from orders_orderline all_lines where all_lines.order_id = o.id)",
    ),
    Invariant(
        "commission-given-back-within",
        "no line gives back more commission or tax than was kept of it",
        "select order_line_id from commission_commissionline group by order_line_id"
        " having sum(commission) < 0 or sum(tax) < 0 or count(*) filter (where reference = '') <> 1",
    ),
]
