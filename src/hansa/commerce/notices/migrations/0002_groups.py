from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("notices", "0001_initial")]

    operations: ClassVar = [
        migrations.AlterField(
            "notice",
            "kind",
            models.CharField(
                choices=[
                    ("answered", "Your question has an answer"),
                    ("replied", "The merchant replied to your review"),
                    ("turned_down", "What you wrote was turned down"),
                    ("cheaper", "Something on your list costs less"),
                    ("back", "Something on your list can be had again"),
                    ("group_formed", "Your group has formed"),
                    ("group_failed", "Your group has failed"),
                ],
                max_length=12,
            ),
        ),
    ]
