"""What the worker does for the alliance."""

from __future__ import annotations

from procrastinate.contrib.django import app

from hansa.alliance import runs


@app.task(name="alliance.run_joint_job")
def run_joint_job(job: str, engine: str, actor_name: str) -> None:
    """A steward asked for a joint job, run on the newest tables of the lake with its usual parameters."""
    runs.run_job(job, engine=runs.engine_named(engine), params=runs.usual_params(), actor_name=actor_name)
