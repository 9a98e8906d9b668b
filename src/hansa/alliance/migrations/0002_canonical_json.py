"""The spelling that audit lines are hashed in, known to the database too, so that it can check them itself."""

from typing import ClassVar

from django.db import migrations

_MAKE = """
create function canonical_json(said jsonb) returns text language sql immutable strict parallel safe as $$
  select case jsonb_typeof(said)
    when 'object' then '{' || (
      select coalesce(string_agg(to_json(key) || ':' || canonical_json(value), ',' order by key collate "C"), '')
      from jsonb_each(said)) || '}'
    when 'array' then '[' || (
      select coalesce(string_agg(canonical_json(value), ',' order by place), '')
      from jsonb_array_elements(said) with ordinality each (value, place)) || ']'
    else said::text end
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("alliance", "0001_initial")]

    operations: ClassVar = [migrations.RunSQL(_MAKE, "drop function canonical_json(jsonb)")]
