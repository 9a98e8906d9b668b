from django.db import migrations

# Of a started experiment only the end can be written, once; its arms stay as they are.
SETTLED = """
create or replace function experiments_keep_settled() returns trigger language plpgsql as $$
declare
  settled bool;
begin
  if tg_table_name = 'experiments_arm' then
    select e.started_at is not null into settled from experiments_experiment e
      where e.id = coalesce(new.experiment_id, old.experiment_id);
  elsif tg_op = 'DELETE' then
    settled := old.started_at is not null;
  else
    settled := old.started_at is not null and (
      old.stopped_at is not null
      or to_jsonb(new) - 'stopped_at' - 'stopped_because' <> to_jsonb(old) - 'stopped_at' - 'stopped_because'
    );
  end if;
  if settled then
    raise exception 'an experiment that was started keeps what was settled' using errcode = 'restrict_violation';
  end if;
  return coalesce(new, old);
end $$;

create trigger keep_settled before update or delete on experiments_experiment
  for each row execute function experiments_keep_settled();
create trigger keep_settled before insert or update or delete on experiments_arm
  for each row execute function experiments_keep_settled();
"""
OPEN = """
drop trigger keep_settled on experiments_arm;
drop trigger keep_settled on experiments_experiment;
drop function experiments_keep_settled();
"""


class Migration(migrations.Migration):
    dependencies = [("experiments", "0001_experiments")]

    operations = [migrations.RunSQL(SETTLED, OPEN)]
