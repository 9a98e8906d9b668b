import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

# Exchanges from before: their units stand apart, and what was kept of what they cost more is what the books say.
FILL = """
update orders_orderline l set exchanged = x.units, exchanged_paid = x.paid
from (select r.line_id, sum(x.quantity) units, sum(least(x.price, x.worth)) paid
  from aftersale_exchange x join aftersale_returnline r on r.request_id = x.request_id group by 1) x
where x.line_id = l.id;

update aftersale_exchange x set commission = -e.amount
from aftersale_returnrequest q join ledger_journalentry j on j.reference = q.number and j.kind = 'exchange'
  join ledger_ledgerentry e on e.journal_id = j.id join ledger_account a on a.id = e.account_id
where q.id = x.request_id and a.kind = 'commission' and x.price > x.worth;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_invitations_and_profiles"),
        ("aftersale", "0001_returns_exchanges_disputes"),
        ("catalogue", "0005_pictures_and_edits"),
        ("ledger", "0007_tax_collected"),
        ("orders", "0008_units_exchanged"),
    ]

    operations = [
        migrations.AddField(
            model_name="exchange",
            name="coming_back",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="Units in an open return."),
        ),
        migrations.AddField(
            model_name="exchange",
            name="commission",
            field=models.PositiveBigIntegerField(
                db_default=0, default=0, help_text="Kept of what they cost more."
            ),
        ),
        migrations.AddField(
            model_name="exchange",
            name="commission_tax",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="exchange",
            name="returned",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="exchange",
            name="tax",
            field=models.PositiveBigIntegerField(
                db_default=0,
                default=0,
                help_text="On top of what they cost more, where prices do not contain it.",
            ),
        ),
        migrations.AddField(
            model_name="returnrequest",
            name="sends_back",
            field=models.ForeignKey(
                help_text="The goods came in this exchange.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="returns",
                to="aftersale.exchange",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="exchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "quantity__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("returned"), "+", models.F("coming_back")
                        ),
                    )
                ),
                name="exchange_takes_back_what_went_out",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("commission", 0), ("commission_tax", 0), ("tax", 0)),
                    ("price__gt", models.F("worth")),
                    _connector="OR",
                ),
                name="exchange_keeps_of_what_came_in",
            ),
        ),
    ]
