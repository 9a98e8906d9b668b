"""A group knows its good, how many it needs, when it ended, and whose money is held."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# No door opened a group before this; where a program did all the same, its promotion says what it is of.
_FILL = """
update promotions_buyinggroup g set needed = coalesce(p.needed_buyers, greatest(g.joined, 2)),
  ended_at = case when g.state <> 'open' then g.deadline end,
  listing_id = (
    select l.id from catalogue_listing l where l.platform_id = g.platform_id and (p.covers_all or exists (
      select from promotions_promotedoffer d where d.promotion_id = p.id and d.offer_id = l.offer_id))
    order by l.id limit 1)
from promotions_promotion p where p.id = g.promotion_id;
set constraints all immediate;
set constraints all deferred
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogue", "0005_pictures_and_edits"),
        ("promotions", "0003_kinds_flash_sales_and_groups"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            "buyinggroup",
            "listing",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.listing",
                null=True,
            ),
        ),
        migrations.AddField(
            "buyinggroup",
            "needed",
            models.PositiveIntegerField(help_text="Frozen when it was opened.", null=True),
        ),
        migrations.AddField(
            "buyinggroup",
            "ended_at",
            models.DateTimeField(help_text="When it formed or failed.", null=True),
        ),
        migrations.AddField("groupmember", "is_held", models.BooleanField(db_default=False, default=False)),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            "buyinggroup",
            "listing",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.listing"
            ),
        ),
        migrations.AlterField(
            "buyinggroup", "needed", models.PositiveIntegerField(help_text="Frozen when it was opened.")
        ),
        migrations.AddConstraint(
            "buyinggroup",
            models.CheckConstraint(condition=Q(joined__lte=F("needed")), name="group_not_overfull"),
        ),
        migrations.AddConstraint(
            "buyinggroup",
            models.CheckConstraint(
                condition=~Q(state="formed") | Q(joined=F("needed")), name="group_forms_when_full"
            ),
        ),
        migrations.AddConstraint(
            "buyinggroup",
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="group_ends_once",
            ),
        ),
        migrations.AddIndex(
            "promotion",
            models.Index(
                fields=["platform", "ends_at"], condition=Q(kind="group"), name="promotion_of_groups"
            ),
        ),
    ]
