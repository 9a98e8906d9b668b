from django.db import migrations

# Exposure is a hundred times as frequent as acts and enters no profile: it goes without.
FACTS = """
create or replace function behaviour_note_facts() returns trigger language plpgsql as $$
begin
  select l.category_id, b.id, l.price into new.category_id, new.brand_id, new.price
  from catalogue_listing l
  join catalogue_product p on p.id = l.product_id
  left join catalogue_brand b on b.name = p.brand and p.brand <> ''
  where l.id = new.listing_id;
  return new;
end $$;

create trigger note_facts before insert on behaviour_behaviourevent
  for each row when (new.listing_id is not null and new.kind not in ('impression', 'click'))
  execute function behaviour_note_facts();
"""
NO_FACTS = """
drop trigger note_facts on behaviour_behaviourevent;
drop function behaviour_note_facts();
"""
# Acts from before get what their goods are now; what was hidden stays hidden.
FILL = """
select set_config('hansa.erasing', 'yes', true);
update behaviour_behaviourevent e set category_id = l.category_id, brand_id = b.id, price = l.price
  from catalogue_listing l
  join catalogue_product p on p.id = l.product_id
  left join catalogue_brand b on b.name = p.brand and p.brand <> ''
  where l.id = e.listing_id and e.kind not in ('impression', 'click');
select set_config('hansa.erasing', '', true);
insert into behaviour_mute (platform_id, user_id, visitor, kind, key, at)
  select e.platform_id, max(e.user_id), e.visitor, 'good', l.product_id, max(e.at)
  from behaviour_behaviourevent e join catalogue_listing l on l.id = e.listing_id
  where e.kind = 'hide' group by e.platform_id, e.visitor, l.product_id
  on conflict do nothing;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("behaviour", "0003_profiles"),
        ("catalogue", "0006_goods_held_back"),
    ]

    operations = [
        migrations.RunSQL(FACTS, NO_FACTS),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
