"""What the worker does for payouts by the clock."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.payouts import services
from hansa.kernel.clock import system_clock


@app.periodic(cron="30 2 * * *")
@app.task(name="payouts.schedule_all", queueing_lock="payouts.schedule_all", pass_context=False)
def schedule_all(timestamp: int) -> None:
    """Every night: make up the payouts of the periods that are over."""
    for platform in accounts.platforms():
        services.schedule_all(platform_id=platform.pk, actor=None, now=system_clock())


@app.periodic(cron="* * * * *")
@app.task(name="payouts.look_after", queueing_lock="payouts.look_after", pass_context=False)
def look_after(timestamp: int) -> None:
    """Every minute: ask the bank about what is under way there."""
    for platform in accounts.platforms():
        services.look_after(platform_id=platform.pk, now=system_clock())
