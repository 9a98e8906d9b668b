"""What payments leave to the worker's clock."""

from __future__ import annotations

import logging
from datetime import timedelta

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from hansa.commerce.payments import gateways, reconciliation
from hansa.kernel.clock import system_clock

log = logging.getLogger(__name__)
BACK = timedelta(days=3)  # longer than any provider repeats its webhooks


@app.periodic(cron="*/10 * * * *")
@app.task(name="payments.reconcile", queueing_lock="payments.reconcile", pass_context=False)
def reconcile(timestamp: int) -> None:
    """Every book of every platform, each in a job of its own: whatever happens to one, the others are compared."""
    for platform_id, name in reconciliation.books_to_compare(names=gateways.set_up()):
        lock = f"payments.reconcile_one:{platform_id}:{name}"
        try:
            reconcile_one.configure(queueing_lock=lock).defer(platform_id=platform_id, provider_name=name)
        except AlreadyEnqueued:
            log.warning("the book of %s for platform %s is still to be compared", name, platform_id)


@app.task(name="payments.reconcile_one")
def reconcile_one(platform_id: int, provider_name: str) -> None:
    now = system_clock()
    reconciliation.reconcile(
        platform_id=platform_id, provider_name=provider_name, since=now - BACK, until=now, now=now
    )
