"""What the checkout leaves to the worker."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.checkout import paying
from hansa.kernel.clock import system_clock


@app.periodic(cron="* * * * * */15")
@app.task(name="checkout.finish_unfinished", queueing_lock="checkout.finish_unfinished", pass_context=False)
def finish_unfinished(timestamp: int) -> None:
    paying.finish_unfinished(now=system_clock())
