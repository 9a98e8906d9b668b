from django.db import migrations

# Orders of our own that left before fulfilments were kept: one fulfilment with everything in it.
FILL = """
insert into orders_fulfilment (platform_id, order_id, reference, actor, shipped_at, delivered_at)
select o.platform_id, o.id, 'rest', 'system',
  coalesce((select min(at) from orders_orderstatuschange c where c.order_id = o.id and c.new = 'shipped'), o.placed_at),
  case when o.status = 'delivered' then
    coalesce((select min(at) from orders_orderstatuschange c where c.order_id = o.id and c.new = 'delivered'), o.placed_at)
  end
from orders_order o join orders_ordergroup g on g.id = o.group_id
where g.source <> 'import' and o.status in ('shipped', 'delivered');

insert into orders_fulfilmentline (platform_id, fulfilment_id, line_id, quantity)
select l.platform_id, f.id, l.id, l.quantity
from orders_fulfilment f join orders_orderline l on l.order_id = f.order_id where l.quantity > 0;

update orders_orderline l set shipped = p.quantity,
  delivered = case when f.delivered_at is null then 0 else p.quantity end
from orders_fulfilmentline p join orders_fulfilment f on f.id = p.fulfilment_id where p.line_id = l.id;

update orders_order o set shipped = l.shipped
from (select order_id, sum(shipped) shipped from orders_orderline where shipped > 0 group by 1) l
where l.order_id = o.id;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_units_and_fulfilments")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
