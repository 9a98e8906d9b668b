"""A payout that was made up never changes; and how payments are divided between their orders is one function."""

from django.db import migrations

CLOSED = """
create or replace function refuse_change_of_payout() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'payout % is kept', old.id using errcode = 'restrict_violation';
  end if;
  if (new.platform_id, new.merchant_id, new.currency, new.period_first, new.period_last, new.amount,
      new.destination, new.scheduled_at)
    is distinct from
     (old.platform_id, old.merchant_id, old.currency, old.period_first, old.period_last, old.amount,
      old.destination, old.scheduled_at)
    or new.proposed_by_id is distinct from old.proposed_by_id
    or (old.journal_id is not null and new.journal_id is distinct from old.journal_id)
    or (old.approved_by_id is not null and new.approved_by_id is distinct from old.approved_by_id)
    or (old.confirmed_by_id is not null and new.confirmed_by_id is distinct from old.confirmed_by_id)
  then
    raise exception 'payout % is closed', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger payout_is_closed before update or delete on payouts_payout
  for each row execute function refuse_change_of_payout();
"""

# Largest remainder, as kernel.money.split does it: each part gets its floor, the units left over go to the largest
# remainders, the earlier order first. The delivery fee is a part of its own, without an order. What was given back is
# divided as the refunds' journals divided it: the fee by its own leg, each merchant's goods by the share of what the
# merchant was owed that the refunds took back.
SPLIT = """
create function payouts_paymentsplits(payments bigint[])
returns table (payment_id bigint, order_id bigint, authorised bigint, captured bigint, refunded bigint)
language sql stable as $$
with purchase as (
  select p.id as payment_id, p.platform_id, p.reference, p.authorised, p.captured, p.refunded, g.id as group_id,
    g.delivery_fee
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
  select payment_id, null, null, delivery_fee, null, authorised, captured, refunded from purchase
), weighed as (
  select *, sum(weight) over w as whole,
    floor(authorised::numeric * weight / nullif(sum(weight) over w, 0)) as authorised_floor,
    authorised::numeric * weight % nullif(sum(weight) over w, 0) as authorised_rest,
    floor(captured::numeric * weight / nullif(sum(weight) over w, 0)) as captured_floor,
    captured::numeric * weight % nullif(sum(weight) over w, 0) as captured_rest
  from part window w as (partition by payment_id)
), back as (
  select r.payment_id, a.kind, a.merchant_id, sum(e.amount) as amount
  from purchase u join payments_refund r on r.payment_id = u.payment_id
    join ledger_journalentry j on j.platform_id = r.platform_id and j.kind = 'refund' and j.reference = r.reference
    join ledger_ledgerentry e on e.journal_id = j.id
    join ledger_account a on a.id = e.account_id and a.kind in ('payable', 'delivery')
  group by 1, 2, 3
), taken as (
  select w.*,
    authorised_floor + (row_number() over (partition by w.payment_id order by authorised_rest desc, order_id)
      <= authorised - sum(authorised_floor) over p)::int as authorised_part,
    captured_floor + (row_number() over (partition by w.payment_id order by captured_rest desc, order_id)
      <= captured - sum(captured_floor) over p)::int as captured_part,
    coalesce(fee.amount, 0) as fee_back,
    case when w.order_id is null then 0
      else coalesce(goods.amount, 0)::numeric * w.weight / nullif(w.owed, 0) end as back_weight
  from weighed w
    left join back fee on fee.payment_id = w.payment_id and fee.kind = 'delivery'
    left join back goods on goods.payment_id = w.payment_id and goods.kind = 'payable'
      and goods.merchant_id = w.merchant_id
  window p as (partition by w.payment_id)
), returned as (
  select *, case when order_id is null then fee_back
      else floor((refunded - fee_back) * back_weight / nullif(sum(back_weight) over p, 0)) end as back_floor,
    (refunded - fee_back) * back_weight / nullif(sum(back_weight) over p, 0)
      - floor((refunded - fee_back) * back_weight / nullif(sum(back_weight) over p, 0)) as back_rest
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
        ("payouts", "0001_payouts"),
        ("orders", "0002_fewer_indexes"),
        ("payments", "0003_events_differences_chargebacks"),
    ]
    operations = [
        migrations.RunSQL(
            CLOSED,
            "drop trigger payout_is_closed on payouts_payout; drop function refuse_change_of_payout();",
        ),
        migrations.RunSQL(SPLIT, "drop function payouts_paymentsplits;"),
    ]
