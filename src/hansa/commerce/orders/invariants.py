"""What orders promise."""

from hansa.commerce.orders.domain import LEGAL_CHANGES
from hansa.foundation.invariants import Invariant

_LEGAL = ", ".join(f"('{old}', '{new}')" for old, new in sorted(LEGAL_CHANGES))

INVARIANTS = [
    Invariant(
        "purchase-is-its-orders",
        "a purchase's items are the sum of its orders, and an order's total the sum of its lines",
        "select g.id from orders_ordergroup g left join orders_order o on o.group_id = g.id group by g.id"
        " having g.items_total <> coalesce(sum(o.items_total), 0)"
        " union all select o.id from orders_order o left join orders_orderline l on l.order_id = o.id group by o.id"
        " having o.items_total <> coalesce(sum(l.total), 0)"
        " or o.platform_discount <> coalesce(sum(l.platform_discount), 0)",
    ),
    Invariant(
        "paid-in-full",
        "every paid purchase was captured in full, in its own currency; partner sales are settled between platforms",
        "select g.number from orders_ordergroup g join orders_order o on o.group_id = g.id"
        " left join payments_payment p on p.reference = g.number"
        " where o.status in ('paid', 'shipped', 'delivered') and g.source <> 'partner' and g.grand_total > 0"
        " and (p.captured is distinct from g.grand_total or p.currency <> g.currency)",
    ),
    Invariant(
        "no-money-kept",
        "every cancelled purchase that was paid has been given back in full",
        "select g.number from orders_ordergroup g join orders_order o on o.group_id = g.id"
        " join payments_payment p on p.reference = g.number"
        " where o.status = 'cancelled' and p.captured <> p.refunded",
    ),
    Invariant(
        "sold-is-promised",
        "every line of a paid purchase has its units allocated or dispatched",
        "select g.number, l.offer_id from orders_ordergroup g join orders_order o on o.group_id = g.id"
        " join orders_orderline l on l.order_id = o.id"
        " left join (select r.reference, s.offer_id, sum(r.quantity) quantity from stock_reservation r"
        "   join stock_stocklevel s on s.id = r.level_id where r.state in ('allocated', 'dispatched') group by 1, 2) r"
        "   on r.reference = g.number and r.offer_id = l.offer_id"
        " where o.status in ('paid', 'shipped', 'delivered') and g.source <> 'import'"
        " group by g.number, l.offer_id, r.quantity having sum(l.quantity) is distinct from r.quantity",
    ),
    Invariant(
        "legal-steps-only",
        "every step an order took is legal, and the last one led where it stands",
        f"select c.order_id from orders_orderstatuschange c where (c.old, c.new) not in (values {_LEGAL})"
        " union all select o.id from orders_order o join orders_ordergroup g on g.id = o.group_id"
        " left join lateral (select new from orders_orderstatuschange c where c.order_id = o.id"
        "   order by c.id desc limit 1) c on true"
        " where g.source <> 'import' and c.new is distinct from o.status",
    ),
    Invariant(
        "child-agrees-with-parent",
        "orders and lines belong to the platform of their purchase",
        "select o.id from orders_order o join orders_ordergroup g on g.id = o.group_id"
        " where o.platform_id <> g.platform_id or o.currency <> g.currency"
        " union all select l.id from orders_orderline l join orders_order o on o.id = l.order_id"
        " where l.platform_id <> o.platform_id",
    ),
    Invariant(
        "paid-purchase-is-told",
        "every paid purchase has told the outbox, once",
        "select g.number from orders_ordergroup g where g.source <> 'import' and"
        " exists (select from orders_order o where o.group_id = g.id and o.status in ('paid', 'shipped', 'delivered'))"
        " and (select count(*) from outbox_event e where e.kind = 'PurchasePaid'"
        "      and (e.payload ->> 'group_id')::bigint = g.id) <> 1",
    ),
]
