"""The worker: one thread delivers the outbox, the rest runs jobs and the schedule (procrastinate)."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from django.db import Error as DatabaseError
from django.db import connections
from procrastinate.contrib.django import app

from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.1
JOBS_AT_ONCE = 2


class Relay(threading.Thread):
    """Delivers waiting events until it is told to stop."""

    def __init__(self) -> None:
        super().__init__(name="outbox", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not outbox.deliver_waiting(SUBSCRIPTIONS):
                    self._stopping.wait(IDLE_SECONDS)
            except DatabaseError as failure:
                # The database may be restarting: claims run out by themselves, so nothing is lost by waiting.
                log.warning("the database does not answer: %s", failure)
                connections.close_all()
                time.sleep(1)
        connections.close_all()

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self.join(timeout=20)


def run() -> None:
    """Work until SIGTERM or SIGINT, finishing what is in hand."""
    relay = Relay()
    relay.start()
    log.info("the worker is at work")
    try:
        asyncio.run(_run_jobs())
    finally:
        relay.stop()
        log.info("the worker has stopped")


async def _run_jobs() -> None:
    jobs = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's has it
    async with jobs.open_async():
        await jobs.run_worker_async(concurrency=JOBS_AT_ONCE, wait=True, delete_jobs="successful")
