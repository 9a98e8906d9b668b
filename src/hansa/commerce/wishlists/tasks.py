"""What the schedule does for lists: stock comes back in many ways, so it is looked at, not listened for."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.wishlists import services
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock


@app.periodic(cron="*/5 * * * *")
@app.task(name="wishlists.note_stock", queueing_lock="wishlists.note_stock")
def note_stock(timestamp: int) -> None:
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            services.note_stock(platform_id=platform.pk, now=system_clock())
