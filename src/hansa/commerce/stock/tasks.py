"""What the stock leaves to the worker."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.stock import availability


@app.periodic(cron="* * * * *")
@app.task(name="stock.tell_every_search", queueing_lock="stock.tell_every_search", pass_context=False)
def tell_every_search(timestamp: int) -> None:
    """Every minute: what is sold out leaves the filter "in stock", what came back returns."""
    availability.tell_every_search()
