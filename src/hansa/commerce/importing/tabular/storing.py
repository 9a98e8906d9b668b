"""Storing spooled purchases on one platform, week by week, by the same path as every other history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import polars as pl

from hansa.commerce.importing.history import foundations, resolving
from hansa.commerce.importing.history.loading import UNPAID_WEEKS
from hansa.commerce.importing.history.purchases import shape
from hansa.commerce.importing.history.resolving import Maps
from hansa.commerce.importing.history.storing import Period, open_accounts, store
from hansa.commerce.importing.history.world import PERSON, PLACE, PROFILE, Ground, empty
from hansa.commerce.importing.loading.copying import Database
from hansa.commerce.importing.loading.tasks import Outcome, Run, Task
from hansa.commerce.importing.platforms import PlatformSpec
from hansa.commerce.importing.tabular.spool import end_of_week


@dataclass(frozen=True)
class Target:
    """Where a file goes: the platform, and the offers its lines may name (`offers_by_product`'s columns)."""

    platform: PlatformSpec
    source: str
    offers: pl.DataFrame | None = None


def store_ground(db: Database, platform: PlatformSpec) -> int:
    """Open the platform if need be, with a centre if it has none: purchases must have been made somewhere."""
    rows = foundations.store_ground(db, Ground((platform,), empty(PLACE)))
    centre = (f"centre:{platform.code}", platform.code, f"{platform.name} Centre", "centre")
    place = pl.DataFrame([(*centre, platform.latitude, platform.longitude)], schema=PLACE, orient="row")
    centres = db.read(
        "select p.code, min(w.id) from stock_warehouse w join accounts_platform p on p.id = w.platform_id"
        " where w.kind = 'centre' group by p.code",
        {"platform": pl.String, "centre_id": pl.Int64},
    )
    missing = place.join(centres, on="platform", how="anti")
    return rows + foundations.store_ground(db, Ground((), missing))


def store_buyers(db: Database, platform: PlatformSpec, buyers: pl.DataFrame) -> int:
    """Sign up the buyers (ref, username, joined_at) whom nobody knows yet."""
    people = buyers.with_columns(
        pl.col("username").alias("display_name"),
        pl.lit("en").alias("language"),
        pl.lit(platform.code).alias("home"),
        *(
            pl.lit(None, PERSON[name]).alias(name)
            for name in PERSON
            if name not in {*buyers.columns, "display_name", "language", "home"}
        ),
    ).select(PERSON.keys())
    return foundations.store_people(db, people, empty(PROFILE))


def buyers_of(lines: pl.LazyFrame, *, prefix: str) -> pl.DataFrame:
    """The buyers of spooled lines. Columns: ref, username, joined_at."""
    return (
        lines.filter(pl.col("buyer_ref").is_not_null())
        .group_by("buyer_ref")
        .agg(pl.col("placed_at").min().alias("joined_at"))
        .sort("buyer_ref")
        .select(
            pl.col("buyer_ref").alias("ref"),
            (prefix + pl.col("buyer_ref").str.split(":").list.last()).str.slice(0, 150).alias("username"),
            "joined_at",
        )
        .collect(engine="streaming")
    )


def store_weeks(run: Run, lines: pl.LazyFrame, target: Target) -> Outcome:
    """Store the purchases, a chunk for each week."""
    run.in_order([Task("accounts", open_accounts)])
    maps = resolving.read_maps(run.db)
    if target.offers is not None:
        maps = replace(maps, offers=target.offers)
    weeks = lines.group_by("monday").len().sort("monday").collect(engine="streaming")
    tasks = [
        Task(
            f"week-{monday}",
            partial(_store_week, lines=lines, target=target, maps=maps, monday=monday),
            count,
        )
        for monday, count in weeks.iter_rows()
    ]
    return run.side_by_side(tasks, step="purchases")


def _store_week(db: Database, *, lines: pl.LazyFrame, target: Target, maps: Maps, monday: date) -> int:
    week = lines.filter(pl.col("monday") == monday).sort("file", "row").collect(engine="streaming")
    made = shape(_resolved(week, target.platform.code, maps))
    ends = end_of_week(monday)
    is_paid_out = ends < datetime.now(UTC).replace(tzinfo=None) - timedelta(weeks=UNPAID_WEEKS)
    period = Period(
        reference=f"{target.source}:{monday}",
        ends_at=ends - timedelta(seconds=1),
        paid_out_at=ends + timedelta(days=2, hours=9) if is_paid_out else None,
    )
    return store(db, made, period, maps.accounts).rows


def _resolved(week: pl.DataFrame, platform: str, maps: Maps) -> pl.DataFrame:
    centre = maps.platforms.filter(pl.col("platform") == platform).join(maps.centres, on="platform_id")
    outlets = centre.select(pl.lit("here").alias("outlet_ref"), pl.col("centre_id").alias("outlet_id"))
    named = week.with_columns(
        pl.lit(platform).alias("platform"),
        pl.lit("here").alias("outlet_ref"),
        pl.lit(value=False).alias("is_void"),
        pl.lit(0, pl.Int64).alias("platform_discount"),
        (pl.col("quantity") * pl.col("unit_price") - pl.col("discount")).alias("total"),
    ).drop("file", "row", "monday")
    return resolving.resolve(named, replace(maps, places=outlets))
