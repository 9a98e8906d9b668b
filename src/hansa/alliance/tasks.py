"""What the worker does for the alliance."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.alliance import runs
from hansa.alliance.lake import services as lake
from hansa.kernel.clock import system_clock

MANY_FILES = 400


@app.periodic(cron="* * * * *")
@app.task(name="alliance.flush_lake", queueing_lock="alliance.flush_lake", lock="alliance.lake")
def flush_lake(timestamp: int) -> None:
    """Every minute: what waits goes into the lake."""
    lake.flush(now=system_clock())


@app.periodic(cron="30 2 * * *")
@app.task(name="alliance.compact_lake", queueing_lock="alliance.compact_lake", lock="alliance.lake")
def compact_lake(timestamp: int) -> None:
    """Every night: small files are melted together where there are many."""
    lake.compact(least_files=MANY_FILES)


@app.periodic(cron="0 3 * * *")
@app.task(name="alliance.run_nightly", queueing_lock="alliance.run_nightly", lock="alliance.joint_job")
def run_nightly(timestamp: int) -> None:
    """Every night: which products go together, once two members have filled the lake."""
    if runs.is_possible():
        runs.run_job("co-purchase", engine=runs.engine_named("duckdb"), actor_name="the schedule")


@app.task(name="alliance.run_joint_job", lock="alliance.joint_job")
def run_joint_job(job: str, engine: str, actor_name: str) -> None:
    """A steward asked for a joint job, run on the newest tables of the lake with its usual parameters."""
    runs.run_job(job, engine=runs.engine_named(engine), actor_name=actor_name)
