from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_tax_on_commission")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="exchanged",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Units that are back, for which others went out."
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="exchanged_paid",
            field=models.PositiveBigIntegerField(
                db_default=0, default=0, help_text="What is left of the price for the units that went out."
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("exchanged__lte", models.F("returned"))),
                name="line_exchanges_what_came_back",
            ),
        ),
    ]
