import django.db.models.deletion
from django.db import migrations, models

# The weights are those of ``gtin.py``; a test compares the two.
GTIN = """
create or replace function gtin_checks_out(number text) returns boolean language sql immutable as $$
  select number = '' or (number ~ '^([0-9]{8}|[0-9]{12,14})$' and (
    select sum(substr(reverse(number), place, 1)::int * (case when place % 2 = 0 then 3 else 1 end)) % 10
    from generate_series(1, length(number)) place
  ) = 0)
$$;
update catalogue_product set gtin = '' where not gtin_checks_out(gtin);
alter table catalogue_product add constraint product_gtin_checks_out check (gtin_checks_out(gtin));
"""
NO_GTIN = """
alter table catalogue_product drop constraint product_gtin_checks_out;
drop function gtin_checks_out(text);
"""
FLAT = """
create or replace function bundle_is_flat() returns trigger language plpgsql as $$
begin
  -- Locked first, so that two bundles made at once cannot become parts of each other.
  perform from catalogue_offer where id in (new.bundle_id, new.component_id) order by id for no key update;
  if (select count(distinct merchant_id) from catalogue_offer where id in (new.bundle_id, new.component_id)) <> 1 then
    raise exception 'a bundle holds offers of its own merchant only' using errcode = 'check_violation';
  end if;
  if exists (select from catalogue_bundlecomponent
             where bundle_id = new.component_id or component_id = new.bundle_id) then
    raise exception 'a bundle holds no bundle' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger bundle_is_flat before insert on catalogue_bundlecomponent
  for each row execute function bundle_is_flat();
"""
NOT_FLAT = """
drop trigger bundle_is_flat on catalogue_bundlecomponent;
drop function bundle_is_flat();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_search")]

    operations = [
        migrations.CreateModel(
            name="BundleComponent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.PositiveIntegerField()),
                (
                    "bundle",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="components",
                        to="catalogue.offer",
                    ),
                ),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bundles",
                        to="catalogue.offer",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.AddConstraint(
            model_name="bundlecomponent",
            constraint=models.UniqueConstraint(
                fields=("bundle", "component"), name="one_row_per_bundle_component"
            ),
        ),
        migrations.AddConstraint(
            model_name="bundlecomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gt", 0), models.Q(("bundle", models.F("component")), _negated=True)
                ),
                name="bundle_holds_others",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                condition=models.Q(("gtin", ""), _negated=True), fields=["gtin"], name="product_by_gtin"
            ),
        ),
        migrations.RunSQL(FLAT, NOT_FLAT),
        migrations.RunSQL(GTIN, NO_GTIN),
    ]
