"""When messages are sent: as soon as one is written down, and every minute for those that are tried again."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.webhooks import services
from hansa.kernel.clock import system_clock


@app.periodic(cron="* * * * *")
@app.task(name="webhooks.send_due", queueing_lock="webhooks.send_due")
def send_due(timestamp: int) -> None:
    services.send_due(clock=system_clock)


@app.periodic(cron="23 4 * * *")
@app.task(name="webhooks.drop_old_log", queueing_lock="webhooks.drop_old_log")
def drop_old_log(timestamp: int) -> None:
    services.drop_old_log(now=system_clock())
