"""What orders promise."""

from hansa.commerce.orders.domain import LEGAL_CHANGES
from hansa.foundation.invariants import Invariant

_LEGAL = ", ".join(f"('{old}', '{new}')" for old, new in sorted(LEGAL_CHANGES))

INVARIANTS = [
    Invariant(
        "purchase-is-its-orders",
        "a purchase's items are the sum of its orders, an order's total the sum of its lines, and each of them adds up",
        "select g.id from orders_ordergroup g left join orders_order o on o.group_id = g.id group by g.id"
        " having g.items_total <> coalesce(sum(o.items_total), 0) or g.grand_total <> g.items_total + g.delivery_fee + g.tax_added"
        " union all select o.id from orders_order o left join orders_orderline l on l.order_id = o.id group by o.id"
        " having o.items_total <> coalesce(sum(l.total), 0)"
        " or o.platform_discount <> coalesce(sum(l.platform_discount), 0)"
        " or bool_or(l.total <> l.quantity * l.unit_price - l.discount or least(l.total, l.unit_price, l.discount) < 0"
        "   or l.quantity < 1 and not l.is_void)",
    ),
    Invariant(
        "paid-in-full",
        "every paid purchase was captured in full, apart from what accounts paid, in its own currency; partner sales are settled between platforms",
        "select g.number from orders_ordergroup g join orders_order o on o.group_id = g.id"
        " left join payments_payment p on p.reference = g.number"
        " where o.status in ('paid', 'shipped', 'delivered') and g.source <> 'partner' and g.grand_total > 0"
        " and (p.captured is distinct from g.grand_total - g.tendered or p.currency <> g.currency)",
    ),
    Invariant(
        "tender-is-spent",
        "what a purchase was paid from gift cards, credit and points is what they spent on it; of a cancelled one it is back",
        "select g.number from orders_ordergroup g left join (select split_part(reference, '/', 1) number,"
        "   -coalesce(sum(worth) filter (where reason = 'spent'), 0) spent,"
        "   coalesce(sum(worth) filter (where reason = 'given_back'), 0) back"
        "   from wallets_movement where reason in ('spent', 'given_back') group by 1) w on w.number = g.number"
        " where g.tendered <> coalesce(w.spent, 0) or (g.tendered > 0 and coalesce(w.back, 0) <> g.tendered"
        "   and not exists (select from orders_order o where o.group_id = g.id and o.status <> 'cancelled'))",
    ),
    Invariant(
        "no-money-kept",
        "every purchase that was paid and is cancelled has been given back in full, and so has every cancelled part",
        "select g.number from orders_ordergroup g join orders_order o on o.group_id = g.id"
        " join payments_payment p on p.reference = g.number where p.captured > 0"
        " group by g.number having (bool_and(o.status = 'cancelled') and max(p.captured) <> max(p.refunded))"
        " or (bool_or(o.status <> 'cancelled') and bool_or(o.status = 'cancelled' and o.refunded <> o.items_total))",
    ),
    Invariant(
        "open-group-waits",
        "a purchase that waits for a group is neither paid nor called off, and its place is held just when its money is",
        "select m.reference from promotions_groupmember m join promotions_buyinggroup b on b.id = m.group_id"
        " join orders_ordergroup g on g.number = m.reference join orders_order o on o.group_id = g.id"
        " left join payments_payment p on p.reference = m.reference where b.state = 'open' and not m.has_left"
        " and (o.status <> 'placed' or p.state is null or p.state not in ('created', 'authorised')"
        "   or (m.is_held and p.state <> 'authorised'))",
    ),
    Invariant(
        "formed-group-pays",
        "every purchase of a group that has formed is paid or called off within the hour, and until then its money is held",
        "select m.reference from promotions_groupmember m join promotions_buyinggroup b on b.id = m.group_id"
        " left join orders_ordergroup g on g.number = m.reference"
        " left join orders_order o on o.group_id = g.id left join payments_payment p on p.reference = m.reference"
        " where b.state = 'formed' and not m.has_left and o.status is distinct from 'cancelled'"
        " and (p.state is null or p.state not in ('captured', 'authorised')"
        "   or (p.state = 'authorised' and b.ended_at < now() - interval '1 hour'))",
    ),
    Invariant(
        "failed-group-holds-nothing",
        "an hour after a group has failed no purchase of it stands, and no money of it is held or kept",
        "select m.reference from promotions_groupmember m join promotions_buyinggroup b on b.id = m.group_id"
        " join orders_ordergroup g on g.number = m.reference join orders_order o on o.group_id = g.id"
        " left join payments_payment p on p.reference = m.reference where b.state = 'failed' and not m.has_left"
        " and b.ended_at < now() - interval '1 hour' and (o.status <> 'cancelled'"
        "   or p.state in ('created', 'authorised') or p.captured > p.refunded)",
    ),
    Invariant(
        "tax-adds-up",
        "the tax on top of a purchase is that of its lines and its delivery, or nought where prices contain it",
        "select g.number from orders_ordergroup g join orders_order o on o.group_id = g.id"
        " join orders_orderline l on l.order_id = o.id group by g.id"
        " having g.tax_added not in (0, g.delivery_tax + sum(l.tax))",
    ),
    Invariant(
        "sold-is-promised",
        "every line of a paid purchase has its units (of a bundle its components') allocated or dispatched, apart from those called off",
        "select g.number, l.offer_id from orders_ordergroup g join orders_order o on o.group_id = g.id"
        " join (select l.order_id, coalesce(b.component_id, l.offer_id) offer_id,"
        "   (l.quantity - l.cancelled) * coalesce(b.quantity, 1) units from orders_orderline l"
        "   left join catalogue_bundlecomponent b on b.bundle_id = l.offer_id) l on l.order_id = o.id"
        " left join (select split_part(r.reference, '/', 1) reference, s.offer_id, sum(r.quantity) quantity"
        "   from stock_reservation r join stock_stocklevel s on s.id = r.level_id where r.state in ('allocated', 'dispatched') group by 1, 2) r"
        "   on r.reference = g.number and r.offer_id = l.offer_id"
        " where o.status in ('paid', 'shipped', 'delivered') and g.source <> 'import'"
        " group by g.number, l.offer_id, r.quantity having sum(l.units) <> coalesce(r.quantity, 0)",
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
        "select g.number from orders_ordergroup g join (select distinct group_id from orders_order"
        "   where status in ('paid', 'shipped', 'delivered')) o on o.group_id = g.id"
        " left join (select (payload ->> 'group_id')::bigint as group_id, count(*) told from outbox_event"
        "   where kind = 'PurchasePaid' group by 1) e on e.group_id = g.id"
        " where g.source <> 'import' and e.told is distinct from 1",
    ),
    Invariant(
        "shipped-is-fulfilled",
        "the units that a line says have left and arrived are those of its fulfilments; a shipped order has no more to send, an unpaid or cancelled one has sent none",
        "select l.id from orders_orderline l join orders_order o on o.id = l.order_id"
        " left join (select f.line_id, sum(f.quantity) shipped,"
        "   sum(f.quantity) filter (where p.delivered_at is not null) delivered"
        "   from orders_fulfilmentline f join orders_fulfilment p on p.id = f.fulfilment_id group by 1) f"
        "   on f.line_id = l.id"
        " where l.shipped <> coalesce(f.shipped, 0) or l.delivered <> coalesce(f.delivered, 0)"
        " union all select o.id from orders_order o join orders_ordergroup g on g.id = o.group_id"
        " join orders_orderline l on l.order_id = o.id where g.source <> 'import' group by o.id"
        " having o.shipped <> sum(l.shipped) or (o.status in ('shipped', 'delivered')"
        "   and sum(l.shipped + l.cancelled) <> sum(l.quantity))"
        " or (o.status in ('placed', 'cancelled') and sum(l.shipped) > 0)",
    ),
    Invariant(
        "shipped-left-the-shelf",
        "the units that a purchase says have left (of a bundle its components) are those that its dispatches took away",
        "select coalesce(l.number, r.number), coalesce(l.offer_id, r.offer_id), l.units, r.units from"
        " (select g.number, coalesce(b.component_id, l.offer_id) offer_id, sum(l.shipped * coalesce(b.quantity, 1)) units"
        "   from orders_ordergroup g join orders_order o on o.group_id = g.id"
        "   join orders_orderline l on l.order_id = o.id left join catalogue_bundlecomponent b on b.bundle_id = l.offer_id"
        "   where g.source <> 'import' and l.shipped > 0 group by 1, 2) l"
        " full join (select g.number, s.offer_id, -sum(m.quantity) units from stock_stockmovement m"
        "   join stock_stocklevel s on s.id = m.level_id"
        "   join orders_ordergroup g on g.number = split_part(m.reference, '/', 1) and g.source <> 'import'"
        "   where m.reason = 'dispatch' group by 1, 2) r using (number, offer_id)"
        " where l.units is distinct from r.units",
    ),
    Invariant(
        "never-more-than-was-delivered",
        "no line sends more than was ordered, takes back more than arrived, or gives back more than was paid",
        "select id from orders_orderline where shipped + cancelled > quantity or delivered > shipped"
        " or returned + coming_back > delivered or refunded > total",
    ),
    Invariant(
        "refund-is-its-lines",
        "what was given back of a line, an order and a purchase is the sum of its refunds, money and credit together,"
        " with no more discount and commission than they carried",
        "select l.id::text from orders_orderline l left join (select line_id, sum(paid) paid, sum(units) units,"
        "   sum(platform_discount) discount from orders_linerefund group by 1) r on r.line_id = l.id"
        " where l.refunded <> coalesce(r.paid, 0) or coalesce(r.units, 0) > l.cancelled + l.returned"
        " or coalesce(r.discount, 0) > l.platform_discount"
        " union all select o.id::text from orders_order o join orders_orderline l on l.order_id = o.id"
        " left join (select line_id, sum(commission) commission, sum(tax) tax from orders_linerefund group by 1) r"
        "   on r.line_id = l.id group by o.id"
        " having o.refunded <> sum(l.refunded) or coalesce(sum(r.commission), 0) > o.commission"
        " or bool_or(coalesce(r.tax, 0) > l.tax)"
        " union all select g.number from orders_ordergroup g join (select o.group_id, sum(o.refunded) refunded,"
        "   sum(r.money) money from orders_order o left join (select l.order_id,"
        "     sum(r.paid + r.tax) filter (where not r.as_credit) money from orders_linerefund r"
        "     join orders_orderline l on l.id = r.line_id group by 1) r on r.order_id = o.id group by 1) o"
        "   on o.group_id = g.id join payments_payment p on p.reference = g.number"
        " left join (select split_part(reference, '/', 1) number, sum(worth) back from wallets_movement"
        "   where reason = 'given_back' group by 1) w on w.number = g.number"
        " where o.refunded > 0 and p.refunded + coalesce(w.back, 0) - coalesce(o.money, 0) not in (0, g.delivery_refunded"
        "   + case when g.tax_added > 0 and g.delivery_refunded > 0 then g.delivery_tax else 0 end)",
    ),
]
