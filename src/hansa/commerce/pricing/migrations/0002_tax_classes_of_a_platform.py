"""A tax class belongs to a platform: each that taxes in its country takes it over as its own."""

import django.db.models.deletion
from django.db import migrations, models

TAKE_OVER = """
insert into pricing_categorytax (platform_id, country, category_id, tax_class)
select s.platform_id, t.country, t.category_id, t.tax_class
from pricing_categorytax t join pricing_taxsettings s on s.country = t.country
where t.platform_id is null;
delete from pricing_categorytax where platform_id is null;
set constraints all immediate;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_invitations_and_profiles"),
        ("catalogue", "0001_initial"),
        ("pricing", "0001_price_lists_and_tax"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="categorytax", name="one_tax_class_per_category"),
        migrations.AddField(
            model_name="categorytax",
            name="platform",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.platform",
            ),
        ),
        migrations.RunSQL(TAKE_OVER, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="categorytax",
            name="platform",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.platform",
            ),
        ),
        migrations.AddConstraint(
            model_name="categorytax",
            constraint=models.UniqueConstraint(
                fields=("platform", "country", "category"), name="one_tax_class_per_category"
            ),
        ),
    ]
