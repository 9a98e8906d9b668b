"""What aftersale leaves to the worker."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.aftersale import disputes
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock


@app.periodic(cron="*/10 * * * *")
@app.task(name="aftersale.advance_late", queueing_lock="aftersale.advance_late", pass_context=False)
def advance_late(timestamp: int) -> None:
    """Every ten minutes: disputes whose next word is overdue move on."""
    with tenancy.as_alliance():
        disputes.advance_late(now=system_clock())
