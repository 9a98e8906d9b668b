"""Refuse any statement whose entries do not sum to zero, per journal and currency."""

from django.db import migrations

FORWARDS = """
create or replace function refuse_unbalanced_entries() returns trigger language plpgsql as $$
declare unbalanced bigint;
begin
  select journal_id into unbalanced from new_entries group by journal_id, currency having sum(amount) <> 0 limit 1;
  if found then
    raise exception 'journal % does not sum to zero', unbalanced using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger entries_balance after insert on ledger_ledgerentry
  referencing new table as new_entries for each statement execute function refuse_unbalanced_entries();
"""

BACKWARDS = """
drop trigger entries_balance on ledger_ledgerentry;
drop function refuse_unbalanced_entries();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
