"""Rows that a load of many brings are counted by the load, at once; one by one, loaders would wait for each other."""

from django.db import migrations

_COUNTED = """
drop trigger stars_written on reviews_review;
create trigger stars_written after insert or delete on reviews_review
  for each row when (current_setting('hansa.counts_itself', true) is distinct from 'on')
  execute function reviews_stars_changed();
"""

_UNDO = """
drop trigger stars_written on reviews_review;
create trigger stars_written after insert or delete on reviews_review
  for each row execute function reviews_stars_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0004_kept_in_step")]

    operations = [migrations.RunSQL(_COUNTED, _UNDO)]
