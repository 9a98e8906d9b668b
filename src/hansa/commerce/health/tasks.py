"""What the worker counts for the health of the ecosystem."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.health import services
from hansa.kernel.clock import system_clock


@app.periodic(cron="*/10 * * * *")
@app.task(name="health.refresh", queueing_lock="health.refresh", lock="health.refresh")
def refresh(timestamp: int) -> None:
    """Every ten minutes: the running week and the two before it."""
    services.refresh(now=system_clock())
