"""Running a joint job: tables pinned, an engine asked, the result looked at and kept with its audit line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import psutil
import pyarrow as pa
from django.db import connection, transaction

from hansa.alliance.governance import audit
from hansa.alliance.governance import selectors as governance
from hansa.alliance.jobs import co_purchase
from hansa.alliance.jobs.engines import DuckDBEngine, Engine, SparkEngine
from hansa.alliance.jobs.registry import Job, get_job
from hansa.alliance.jobs.tables import PinnedTable, content_hash
from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import CONTRACTS
from hansa.alliance.lake.query import query
from hansa.alliance.lake.services import lake_root
from hansa.alliance.models import CoPurchase, JobRun
from hansa.commerce.catalogue import selectors as catalogue
from hansa.foundation.java import java_home
from hansa.foundation.state import state_dir
from hansa.kernel.clock import Clock, system_clock
from hansa.kernel.errors import NotFound, Refused

WINDOW_DAYS = 365


def engine_named(name: str) -> Engine:
    """The engine of this name: `duckdb` inside this process, or `spark`."""
    if name == "duckdb":
        return DuckDBEngine()
    if name == "spark":
        return SparkEngine(java_home=java_home(state_dir()))
    raise NotFound(f"there is no engine {name!r}; there are: duckdb, spark")


def is_possible() -> bool:
    """Say whether two members are active and the lake has been filled at least once."""
    return governance.active_members().count() >= 2 and tables.exists(lake_root(), CONTRACTS["order_lines"])


def usual_params(*, window_days: int = WINDOW_DAYS, **changes: int) -> co_purchase.Params:
    """What co-purchase runs with unless told: all active members, the last days that the lake knows of.

    The window ends with the newest line, not with today, so that a history of last year gives a result.
    """
    members = [member.platform.code for member in governance.active_members()]
    if len(members) < 2:
        raise Refused(f"a joint job takes two active members, there are {len(members)}")
    until = _newest_line() + timedelta(microseconds=1)
    return co_purchase.Params(
        members=tuple(sorted(members)), since=until - timedelta(days=window_days), until=until, **changes
    )


def run_job(
    name: str,
    *,
    engine: Engine,
    actor_name: str,
    params: co_purchase.Params | None = None,
    clock: Clock = system_clock,
) -> JobRun:
    """Run a joint job on the newest version of its tables and keep the result in place of the last one.

    Without parameters it runs with the usual ones. Refuses a job over data of a member that is not
    active. Nothing is kept of a run that fails.
    """
    job = get_job(name)
    params = params or usual_params()
    _insist_on_active(params.members)
    pinned = [tables.pin(lake_root(), CONTRACTS[table]) for table in job.reads]
    started_at, cpu_before = clock(), _cpu_seconds()
    result = engine.run(lambda bound: job.expression(bound, params), pinned, job.result)
    cpu_seconds = max(0.0, _cpu_seconds() - cpu_before)
    job.check_release(result, params)
    run = JobRun(
        job=job.name,
        engine=engine.name,
        code_hash=job.code_hash,
        params=_said(params),
        inputs={table.name: table.version for table in pinned},
        content_hash=content_hash(result),
        rows=result.num_rows,
        cpu_seconds=round(cpu_seconds, 3),
        started_at=started_at,
        finished_at=clock(),
    )
    _keep(run, job, result, pinned, actor_name)
    return run


@transaction.atomic
def _keep(run: JobRun, job: Job, result: pa.Table, pinned: Sequence[PinnedTable], actor_name: str) -> None:
    run.save()
    known = set(catalogue.products().values_list("pk", flat=True))
    pairs = [row for row in result.to_pylist() if row["product_id"] in known and row["other_id"] in known]
    CoPurchase.objects.exclude(run=run).delete()
    _copy_pairs(run, pairs)
    audit.record(
        act="job.run",
        actor=actor_name,
        body={
            "job": job.name,
            "engine": run.engine,
            "code": run.code_hash,
            "params": run.params,
            "inputs": {table.name: table.version for table in pinned},
            "content": run.content_hash,
            "rows": run.rows,
            "rows_of_unknown_products": run.rows - len(pairs),
        },
        now=run.finished_at,
    )


def _copy_pairs(run: JobRun, pairs: Sequence[Mapping[str, int]]) -> None:
    names = ["product_id", "other_id", "buyers", "members", "strength_ppm", "rank"]
    text = io.StringIO()
    csv.writer(text).writerows([run.pk, *(pair[name] for name in names)] for pair in pairs)
    table = CoPurchase._meta.db_table
    with connection.cursor() as cursor:
        into = f"copy {table} (run_id, {', '.join(names)}) from stdin with (format csv)"
        with cursor.copy(into) as copy:
            copy.write(text.getvalue())


def _insist_on_active(codes: Sequence[str]) -> None:
    active = {member.platform.code for member in governance.active_members()}
    outside = sorted(set(codes) - active)
    if outside:
        raise Refused(f"data of {', '.join(outside)} may not be used: no active member of the alliance")


def _newest_line() -> datetime:
    if not tables.exists(lake_root(), CONTRACTS["order_lines"]):
        raise NotFound("the lake is empty: run `hansa lake backfill` first")
    newest = query(lake_root(), "select epoch_us(max(placed_at)) from order_lines").rows[0][0]
    if not isinstance(newest, int):
        raise NotFound("the lake holds no order lines yet: run `hansa lake backfill` first")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=newest)


def _said(params: co_purchase.Params) -> dict[str, object]:
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in asdict(params).items()
    }


def _cpu_seconds() -> float:
    """CPU time of this process and its children so far: Spark works in a child."""
    me = psutil.Process()
    total = 0.0
    for process in [me, *me.children(recursive=True)]:
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total
