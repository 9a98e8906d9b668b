"""Parcels of recent purchases: promised windows, deliveries (some late), and what is still to be sent. Seeded, pure.

Purchases of the last two days are partly left open, paid and promised for the days after today, so that
the dispatcher has routes to plan and the stock of the centres has allocations. Some of the days before are
due: promised for the days that followed, so that tours can be planned and driven for days that are past.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from hansa.commerce.delivery.domain import CUT_OFF, HOURS
from hansa.commerce.importing import chance
from hansa.commerce.importing.generator.settings import DUE_DAYS, OPEN_DAYS, Setting
from hansa.commerce.importing.history.purchases import COLLECTED, DUE, OPEN, SENT, WAITING

LATE_SHARE, FAILED_SHARE = 0.12, 0.03
_LATEST_S = 3 * 3600
_TIME = pl.Datetime("us")


def decide(lines: pl.DataFrame, setting: Setting, *, can_be_sent: pl.Expr) -> pl.DataFrame:
    """Add ``parcel`` to lines by their basket_key and placed_at: collected, sent, due or open."""
    volumes, keys = setting.volumes, lines["basket_key"]
    draw = pl.Series(chance.uniform(keys, seed=setting.seed, about="parcel"))
    age = pl.lit(setting.data_ends, _TIME) - pl.col("placed_at")
    is_new = age <= timedelta(days=OPEN_DAYS)
    is_just_past = age <= timedelta(days=OPEN_DAYS + DUE_DAYS)
    is_recent = age <= timedelta(weeks=volumes.parcel_weeks)
    return lines.with_columns(
        parcel=pl.when(can_be_sent & is_new & (draw < volumes.open_share))
        .then(pl.lit(OPEN))
        .when(can_be_sent & ~is_new & is_just_past & (draw < volumes.due_share))
        .then(pl.lit(DUE))
        .when(can_be_sent & ~is_new & is_recent & (draw < volumes.sent_share))
        .then(pl.lit(SENT))
        .otherwise(pl.lit(COLLECTED))
    )


def addressed(groups: pl.DataFrame, buyers: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    """Give purchases that are sent their buyer's address and a promised window; the others neither."""
    is_sent = pl.col("parcel") != COLLECTED
    places = ["recipient", "street", "city", "postal_code", "country"]
    marks = ["latitude", "longitude"]
    known = groups.join(
        buyers.drop("buyer_ref", "language"), on="buyer_id", how="left", maintain_order="left"
    )
    start = _window_start(groups, setting)
    return known.with_columns(
        *(pl.when(is_sent).then(pl.col(name)).otherwise(pl.lit("")).fill_null("") for name in places),
        *(pl.when(is_sent).then(pl.col(name)) for name in marks),
        window_start=pl.when(is_sent).then(start),
        window_end=pl.when(is_sent).then(start + pl.duration(hours=HOURS[0][1] - HOURS[0][0])),
    )


def _window_start(groups: pl.DataFrame, setting: Setting) -> pl.Expr:
    keys = groups["basket_key"]
    hours = np.array([first for first, _ in HOURS])[
        chance.pick(keys, len(HOURS), seed=setting.seed, about="window")
    ]
    ahead = 1 + (chance.uniform(keys, seed=setting.seed, about="window day") < 0.3).astype(np.int64)
    next_day = pl.when(pl.col("placed_at").dt.hour() < CUT_OFF.hour).then(1).otherwise(2)
    usual = pl.col("placed_at").dt.truncate("1d") + pl.duration(days=next_day)
    after_today = pl.lit(setting.today, _TIME) + pl.duration(days=pl.lit(pl.Series(ahead)))
    day = pl.when(pl.col("parcel") == OPEN).then(after_today).otherwise(usual)
    return day + pl.duration(hours=pl.lit(pl.Series(hours)))


def shipments(
    groups: pl.DataFrame, weights: pl.DataFrame, centres: pl.DataFrame, setting: Setting
) -> pl.DataFrame:
    """Make the parcels of stored purchases that are sent.

    In: groups with id, basket_key, parcel, placed_at and windows; weights (group_id, weight_g); centres.
    Out: the columns of a shipment and ``is_late``, ``failed_once``.
    """
    sent = groups.filter(pl.col("parcel") != COLLECTED)
    keys, seed = sent["basket_key"], setting.seed
    late = pl.Series(chance.uniform(keys, seed=seed, about="late") < LATE_SHARE)
    failed = pl.Series(chance.uniform(keys, seed=seed, about="failed") < FAILED_SHARE)
    inside = pl.lit(pl.Series(chance.uniform(keys, seed=seed, about="moment")))
    width = (pl.col("window_end") - pl.col("window_start")).dt.total_seconds()
    in_time = pl.col("window_start") + pl.duration(seconds=(width * inside).floor().cast(pl.Int64))
    too_late = pl.col("window_end") + pl.duration(seconds=60 + (_LATEST_S * inside).floor().cast(pl.Int64))
    is_waiting = pl.col("parcel").is_in(WAITING)
    return (
        sent.with_columns(is_late=late & ~is_waiting, failed_once=failed & late & ~is_waiting)
        .with_columns(
            delivered_at=pl.when(is_waiting).then(None).when("is_late").then(too_late).otherwise(in_time)
        )
        .join(weights, left_on="id", right_on="group_id", how="left", maintain_order="left")
        .join(centres, on="platform_id", how="left", maintain_order="left")
        .select(
            "platform_id",
            pl.col("id").alias("group_id"),
            pl.col("centre_id").alias("warehouse_id"),
            pl.when(is_waiting).then(pl.lit("planned")).otherwise(pl.lit("delivered")).alias("status"),
            pl.col("weight_g").fill_null(1).clip(1),
            pl.col("window_start").alias("promised_from"),
            pl.col("window_end").alias("promised_until"),
            "delivered_at",
            pl.col("placed_at").alias("created_at"),
            "failed_once",
        )
    )


def tracking(stored: pl.DataFrame) -> pl.DataFrame:
    """Tell the way of each stored shipment: planned, picked, out, perhaps once in vain, delivered."""
    done = stored.filter(pl.col("delivered_at").is_not_null())
    out = pl.col("promised_from") - pl.duration(minutes=45)
    steps = [
        _step(stored, "planned", pl.col("created_at")),
        _step(done, "picked", pl.col("promised_from") - pl.duration(minutes=105)),
        _step(done, "out", out),
        _step(
            done.filter("failed_once"),
            "failed",
            pl.col("promised_until") - pl.duration(minutes=5),
            "Nobody at home",
        ),
        _step(done, "delivered", pl.col("delivered_at")),
    ]
    return pl.concat(steps).sort("shipment_id", "at", maintain_order=True)


def _step(shipments: pl.DataFrame, status: str, at: pl.Expr, note: str = "") -> pl.DataFrame:
    # A parcel ordered shortly before its window is on its way at once: no step comes before the order.
    moment = pl.max_horizontal(at, "created_at")
    return shipments.select(
        "platform_id",
        pl.col("id").alias("shipment_id"),
        pl.lit(status).alias("status"),
        pl.lit(note).alias("note"),
        moment.alias("at"),
    )
