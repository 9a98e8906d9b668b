"""When agents are told, as soon as there is something and every minute; and what is forgotten by and by."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.ucp import agents, completing, webhooks
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock


@app.periodic(cron="* * * * *")
@app.task(name="ucp.tell_due", queueing_lock="ucp.tell_due")
def tell_due(timestamp: int) -> None:
    webhooks.tell_due(clock=system_clock)


@app.periodic(cron="40 2 * * *")
@app.task(name="ucp.forget", queueing_lock="ucp.forget", lock="ucp.forget")
def forget(timestamp: int) -> None:
    """Every night: sessions that came to nothing, and profiles that nobody asks for."""
    now = system_clock()
    with tenancy.as_alliance():
        completing.forget_old(now=now)
        agents.forget_strangers(now=now)
        webhooks.forget_given_up(now=now)
