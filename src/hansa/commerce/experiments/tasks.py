"""What the worker does for experiments."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.experiments import selectors, services
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock


@app.periodic(cron="30 3 * * *")
@app.task(name="experiments.look_at_all", queueing_lock="experiments.look_at_all")
def look_at_all(timestamp: int) -> None:
    """Every night: a look at each running experiment, each in a job of its own."""
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            waiting = list(selectors.running(platform.pk).values_list("pk", flat=True))
        for experiment_id in waiting:
            look.defer(platform_id=platform.pk, experiment_id=experiment_id)


@app.task(name="experiments.look")
def look(platform_id: int, experiment_id: int) -> None:
    with tenancy.as_platform(platform_id):
        services.look(platform_id=platform_id, experiment_id=experiment_id, now=system_clock())
