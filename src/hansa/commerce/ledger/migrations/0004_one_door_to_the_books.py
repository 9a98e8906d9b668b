"""A function that posts one journal with its legs, opening the accounts that are missing."""

from typing import ClassVar

from django.db import migrations

# The unique index answers each of the three kinds of account; one join with "is not distinct from" could not use it.
_POST = """
create or replace function ledger_post(
  in_platform bigint, in_kind text, in_reference text, in_currency text, kinds text[], merchants bigint[],
  partners bigint[], amounts bigint[], in_at timestamptz
) returns bigint language plpgsql as $$
declare
  journal bigint;
  accounts bigint[];
begin
  insert into ledger_journalentry (platform_id, kind, reference, posted_at)
  values (in_platform, in_kind, in_reference, in_at)
  on conflict do nothing returning id into journal;
  if journal is null then
    select id into strict journal from ledger_journalentry
    where platform_id = in_platform and kind = in_kind and reference = in_reference;
    return journal;
  end if;
  accounts := ledger_accounts(in_platform, in_currency, kinds, merchants, partners);
  if array_position(accounts, null) is not null then
    insert into ledger_account (platform_id, kind, merchant_id, partner_id, currency)
    select in_platform, l.kind, l.merchant, l.partner, in_currency
    from unnest(kinds, merchants, partners) as l (kind, merchant, partner) order by 2, 3, 4
    on conflict do nothing;
    accounts := ledger_accounts(in_platform, in_currency, kinds, merchants, partners);
  end if;
  insert into ledger_ledgerentry (platform_id, journal_id, account_id, currency, amount)
  select in_platform, journal, l.account, in_currency, l.amount
  from unnest(accounts, amounts) as l (account, amount);
  return journal;
end $$;

create or replace function ledger_accounts(
  in_platform bigint, in_currency text, kinds text[], merchants bigint[], partners bigint[]
) returns bigint[] language sql stable as $$
  select array_agg(coalesce(own.id, theirs.id, partners.id) order by l.n)
  from unnest(kinds, merchants, partners) with ordinality as l (kind, merchant, partner, n)
  left join ledger_account own on l.merchant is null and l.partner is null
    and own.platform_id = in_platform and own.kind = l.kind and own.merchant_id is null
    and own.partner_id is null and own.currency = in_currency
  left join ledger_account theirs on l.merchant is not null and l.partner is null
    and theirs.platform_id = in_platform and theirs.kind = l.kind and theirs.merchant_id = l.merchant
    and theirs.partner_id is null and theirs.currency = in_currency
  left join ledger_account partners on l.merchant is null and l.partner is not null
    and partners.platform_id = in_platform and partners.kind = l.kind and partners.merchant_id is null
    and partners.partner_id = l.partner and partners.currency = in_currency
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0003_fewer_indexes")]

    operations: ClassVar = [
        migrations.RunSQL(
            _POST,
            "drop function ledger_post; drop function ledger_accounts;",
        )
    ]
