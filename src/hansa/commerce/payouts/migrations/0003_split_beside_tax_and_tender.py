"""What a payment took beside the goods is delivery and tax; accounts may have paid a part that no payment took."""

from django.db import migrations

# As in 0002, with tax on top beside the delivery fee. Of a refund that gave a part back into accounts, what went
# back beside the goods is taken in the proportion in which the refund was money.
SPLIT = """
create or replace function payouts_paymentsplits(payments bigint[])
returns table (payment_id bigint, order_id bigint, authorised bigint, captured bigint, refunded bigint)
language sql stable as $$
with purchase as (
  select p.id as payment_id, p.platform_id, p.reference, p.authorised, p.captured, p.refunded, g.id as group_id,
    g.delivery_fee + g.tax_added as beside
  from payments_payment p join orders_ordergroup g on g.number = p.reference
  where payments is null or p.id = any(payments)
), sold as (
  select u.payment_id, a.merchant_id, -sum(e.amount) as owed
  from purchase u
    join ledger_journalentry j on j.platform_id = u.platform_id and j.kind = 'capture' and j.reference = u.reference
    join ledger_ledgerentry e on e.journal_id = j.id
    join ledger_account a on a.id = e.account_id and a.kind = 'payable'
  group by 1, 2
), part as (
  select u.payment_id, o.id as order_id, o.merchant_id, o.items_total as weight, s.owed, u.authorised, u.captured,
    u.refunded
  from purchase u join orders_order o on o.group_id = u.group_id
    left join sold s on s.payment_id = u.payment_id and s.merchant_id = o.merchant_id
  union all
  select payment_id, null, null, beside, null, authorised, captured, refunded from purchase
), weighed as (
  select *, sum(weight) over w as whole,
    floor(authorised::numeric * weight / nullif(sum(weight) over w, 0)) as authorised_floor,
    authorised::numeric * weight % nullif(sum(weight) over w, 0) as authorised_rest,
    floor(captured::numeric * weight / nullif(sum(weight) over w, 0)) as captured_floor,
    captured::numeric * weight % nullif(sum(weight) over w, 0) as captured_rest
  from part window w as (partition by payment_id)
), back as (
  select r.payment_id, case when a.kind in ('delivery', 'tax_collected') then 'beside' else a.kind end as kind,
    a.merchant_id, sum(e.amount) as amount
  from purchase u join payments_refund r on r.payment_id = u.payment_id
    join ledger_journalentry j on j.platform_id = r.platform_id and j.kind = 'refund' and j.reference = r.reference
    join ledger_ledgerentry e on e.journal_id = j.id
    join ledger_account a on a.id = e.account_id and a.kind in ('payable', 'delivery', 'tax_collected', 'provider', 'tender')
  group by 1, 2, 3
), taken as (
  select w.*,
    authorised_floor + (row_number() over (partition by w.payment_id order by authorised_rest desc, order_id)
      <= authorised - sum(authorised_floor) over p)::int as authorised_part,
    captured_floor + (row_number() over (partition by w.payment_id order by captured_rest desc, order_id)
      <= captured - sum(captured_floor) over p)::int as captured_part,
    floor(coalesce(fee.amount, 0) * refunded
      / nullif((select -sum(b.amount) from back b where b.payment_id = w.payment_id and b.kind in ('provider', 'tender')), 0)
    ) as beside_back,
    case when w.order_id is null then 0
      else coalesce(goods.amount, 0)::numeric * w.weight / nullif(w.owed, 0) end as back_weight
  from weighed w
    left join back fee on fee.payment_id = w.payment_id and fee.kind = 'beside'
    left join back goods on goods.payment_id = w.payment_id and goods.kind = 'payable'
      and goods.merchant_id = w.merchant_id
  window p as (partition by w.payment_id)
), returned as (
  select *, case when order_id is null then coalesce(beside_back, 0)
      else floor((refunded - coalesce(beside_back, 0)) * back_weight / nullif(sum(back_weight) over p, 0)) end as back_floor,
    (refunded - coalesce(beside_back, 0)) * back_weight / nullif(sum(back_weight) over p, 0)
      - floor((refunded - coalesce(beside_back, 0)) * back_weight / nullif(sum(back_weight) over p, 0)) as back_rest
  from taken window p as (partition by payment_id)
)
select payment_id, order_id, authorised_part::bigint, captured_part::bigint,
  (coalesce(back_floor, 0) + (order_id is not null and row_number() over (
      partition by payment_id order by (order_id is null), back_rest desc nulls last, order_id)
    <= refunded - sum(coalesce(back_floor, 0)) over (partition by payment_id))::int)::bigint
from returned
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0002_closed_means_closed"),
        ("orders", "0006_tendered"),
        ("ledger", "0007_tax_collected"),
    ]
    operations = [migrations.RunSQL(SPLIT, migrations.RunSQL.noop)]
