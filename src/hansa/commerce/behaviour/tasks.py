"""What the schedule does for profiles."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.behaviour import profiles


@app.periodic(cron="40 1 * * *")
@app.task(name="behaviour.rebuild_profiles", queueing_lock="behaviour.rebuild_profiles")
def rebuild_profiles(timestamp: int) -> None:
    """Every night: profiles of people whose acts came by an import are made, and the others found as they should be."""
    for platform in accounts.platforms():
        profiles.rebuild_all(platform_id=platform.pk)
