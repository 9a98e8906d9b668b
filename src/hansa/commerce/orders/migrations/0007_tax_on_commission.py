from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_tendered")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="commission_tax",
            field=models.PositiveBigIntegerField(db_default=0, default=0, help_text="On top of it."),
        ),
        migrations.AddField(
            model_name="linerefund",
            name="commission_tax",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.RemoveConstraint(model_name="order", name="commission_within_total"),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=Q(commission__lte=F("items_total") + F("platform_discount") - F("commission_tax")),
                name="commission_within_total",
            ),
        ),
    ]
