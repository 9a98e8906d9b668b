"""What payments leave to the worker's clock."""

from __future__ import annotations

from datetime import timedelta

from procrastinate.contrib.django import app

from hansa.commerce.payments import gateways, reconciliation
from hansa.kernel.clock import system_clock

BACK = timedelta(days=3)  # longer than any provider repeats its webhooks


@app.periodic(cron="*/10 * * * *")
@app.task(name="payments.reconcile", queueing_lock="payments.reconcile", pass_context=False)
def reconcile(timestamp: int) -> None:
    now = system_clock()
    reconciliation.reconcile_all(since=now - BACK, until=now, now=now, names=gateways.set_up())
