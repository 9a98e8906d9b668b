"""What the worker does for gift cards, credit and points by the clock."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.wallets import services
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock


@app.periodic(cron="15 1 * * *")
@app.task(name="wallets.expire", queueing_lock="wallets.expire", pass_context=False)
def expire(timestamp: int) -> None:
    """Every night: empty what has run out of time."""
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            services.expire(now=system_clock())
