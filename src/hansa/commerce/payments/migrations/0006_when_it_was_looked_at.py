from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_the_step_of_a_payment"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="looked_at",
            field=models.DateTimeField(
                blank=True, help_text="When the worker last looked what became of it.", null=True
            ),
        ),
    ]
