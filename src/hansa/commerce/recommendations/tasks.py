"""What the worker does for recommendations."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.recommendations import services
from hansa.kernel.clock import system_clock


@app.periodic(cron="0 2 * * *")
@app.task(name="recommendations.refit_all", queueing_lock="recommendations.refit_all")
def refit_all(timestamp: int) -> None:
    """Every night: a fresh model for each platform, each in a job of its own."""
    for platform in accounts.platforms():
        refit.defer(platform_id=platform.pk)


@app.task(name="recommendations.refit")
def refit(platform_id: int) -> None:
    services.refit(platform_id=platform_id, now=system_clock())
