from django.db import migrations, models

# A plan made before counts the kilometres of its vehicles, and no cost to be compared with.
COST_OF_OLD_PLANS = """
update delivery_routeplan p set cost = coalesce((
  select round(sum(r.distance_m / 1000.0 * v.cost_per_km))
  from delivery_route r join delivery_vehicle v on v.id = r.vehicle_id where r.plan_id = p.id
), 0)
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_fewer_indexes")]

    operations = [
        migrations.AddField(
            model_name="routeplan",
            name="cost",
            field=models.PositiveBigIntegerField(default=0, help_text="Of vehicles and way, in minor units."),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="routeplan",
            name="baseline_cost",
            field=models.PositiveBigIntegerField(
                default=0, help_text="What the savings heuristic alone would cost."
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(COST_OF_OLD_PLANS, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="routeplan", name="baseline_distance_m"),
    ]
