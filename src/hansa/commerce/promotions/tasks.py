"""What promotions leave to the worker's clock."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.promotions import groups
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock


@app.periodic(cron="* * * * * */20")
@app.task(name="promotions.settle_groups", queueing_lock="promotions.settle_groups", pass_context=False)
def settle_groups(timestamp: int) -> None:
    """Three times a minute: close the groups whose deadline has come."""
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            groups.settle_due(platform_id=platform.pk, now=system_clock())
