"""What the worker does for discovery."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.discovery import services
from hansa.kernel.clock import system_clock


@app.periodic(cron="30 2 * * *")
@app.task(name="discovery.classify_all", queueing_lock="discovery.classify_all")
def classify_all(timestamp: int) -> None:
    """Every night, after the recommenders: fresh classes for each platform, each in a job of its own."""
    for platform in accounts.platforms():
        classify.configure(lock=f"discovery.classify.{platform.pk}").defer(platform_id=platform.pk)


@app.task(name="discovery.classify")
def classify(platform_id: int) -> None:
    services.classify(platform_id=platform_id, now=system_clock())
