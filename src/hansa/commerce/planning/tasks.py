"""What the worker plans at night."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.planning import services
from hansa.kernel.clock import system_clock


@app.periodic(cron="0 3 * * *")
@app.task(name="planning.plan_all", queueing_lock="planning.plan_all")
def plan_all(timestamp: int) -> None:
    """Every night: forecasts and proposals for each platform, each in a job of its own."""
    for platform in accounts.platforms():
        plan_platform.defer(platform_id=platform.pk)


@app.task(name="planning.plan_platform")
def plan_platform(platform_id: int) -> None:
    services.plan_platform(platform_id=platform_id, now=system_clock())


@app.task(name="planning.plan_merchant")
def plan_merchant(platform_id: int, merchant_id: int) -> None:
    """One merchant asked for a fresh plan."""
    services.plan_platform(platform_id=platform_id, merchant_ids=[merchant_id], now=system_clock())
