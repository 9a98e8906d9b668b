"""What the schedule does for people's data."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.privacy import services


@app.periodic(cron="17 * * * *")
@app.task(name="privacy.drop_old_exports", queueing_lock="privacy.drop_old_exports")
def drop_old_exports(timestamp: int) -> None:
    services.drop_old_exports()
