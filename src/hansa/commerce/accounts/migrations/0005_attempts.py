from django.db import migrations


class Migration(migrations.Migration):
    """The shared memory of attempts to sign in, in the shape of Django's database cache."""

    dependencies = [("accounts", "0004_role_changes")]

    operations = [
        migrations.RunSQL(
            """
            create table accounts_attempts (
              cache_key varchar(255) primary key,
              value text not null,
              expires timestamp with time zone not null
            );
            create index accounts_attempts_expires on accounts_attempts (expires);
            """,
            "drop table accounts_attempts",
        )
    ]
