"""The worker: one thread delivers the outbox, the rest runs jobs and the schedule (procrastinate)."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from django.db import Error as DatabaseError
from django.db import connections
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.1
JOBS_AT_ONCE = 2
DEAD_AFTER_S = 60  # a worker tells that it lives every ten seconds


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
        rescuer = asyncio.create_task(_rescue_for_ever(jobs))
        try:
            await jobs.run_worker_async(concurrency=JOBS_AT_ONCE, wait=True, delete_jobs="successful")
        finally:
            rescuer.cancel()


async def rescue(jobs: App) -> int:
    """Put back the jobs of workers who gave no sign of life for a minute; answers how many there were.

    A job whose like is waiting already is not put back beside it.
    """
    left = list(await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S))
    for job in left:
        log.warning("job %s (%s) was left by a worker that died", job.id, job.task_name)
        try:
            await jobs.job_manager.retry_job(job)
        except UniqueViolation:
            await jobs.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    return len(left)


async def _rescue_for_ever(jobs: App) -> None:
    while True:
        try:
            await rescue(jobs)
        except ConnectorException as failure:
            log.warning("the jobs of dead workers cannot be looked at: %s", failure)
        await asyncio.sleep(DEAD_AFTER_S)
