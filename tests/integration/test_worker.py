"""The jobs of a worker that died are put back, once, and never beside their like."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.db import connections
from procrastinate.contrib.django import app

from hansa.config import worker
from hansa.foundation.database_roles import OWNER

LEFT = """
insert into procrastinate_workers (last_heartbeat) values (now() - interval '5 minutes');
insert into procrastinate_jobs (queue_name, task_name, queueing_lock, lock, status, worker_id)
select 'default', 'checkout.finish_unfinished', 'one', 'one', 'doing', max(id) from procrastinate_workers;
"""


@pytest.fixture(autouse=True)
def no_jobs(database: str) -> Iterator[None]:
    yield
    run("delete from procrastinate_jobs")
    run("delete from procrastinate_workers")


def run(statement: str) -> list[tuple[object, ...]]:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def rescue() -> int:
    async def once() -> int:
        jobs = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's has it
        async with jobs.open_async():
            return await worker.rescue(jobs)

    return asyncio.run(once())


def states() -> list[str]:
    return [str(row[0]) for row in run("select status from procrastinate_jobs order by id")]


def test_a_job_that_a_dead_worker_left_is_put_back_once() -> None:
    run(LEFT)

    assert (rescue(), states()) == (1, ["todo"])
    assert (rescue(), states()) == (0, ["todo"])


def test_a_job_in_the_hands_of_a_living_worker_is_left_alone() -> None:
    run(LEFT)
    run("update procrastinate_workers set last_heartbeat = now()")

    assert (rescue(), states()) == (0, ["doing"])


def test_a_job_whose_like_is_waiting_is_not_put_back_beside_it() -> None:
    run(LEFT)
    run(
        "insert into procrastinate_jobs (queue_name, task_name, queueing_lock, status)"
        " values ('default', 'checkout.finish_unfinished', 'one', 'todo')"
    )

    assert (rescue(), states()) == (1, ["failed", "todo"])
