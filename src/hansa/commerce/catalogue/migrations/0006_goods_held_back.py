"""Goods that a suspension hid say so themselves; until now only the history of their merchant knew."""

from django.db import migrations, models

MARK = """
update catalogue_listing l set is_held_back = true
from merchants_merchant m, lateral (
  select c.after from catalogue_cataloguechange c
  where c.what = 'merchant' and c.key = m.id and c.after ->> 'status' = 'suspended' order by c.id desc limit 1
) last
where l.merchant_id = m.id and m.status = 'suspended' and not l.is_active
  and coalesce(last.after -> 'hidden', '[]'::jsonb) @> to_jsonb(l.id);
set constraints all immediate;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0005_pictures_and_edits"),
        ("merchants", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="is_held_back",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Hidden while its merchant is suspended, and shown again after it.",
            ),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
