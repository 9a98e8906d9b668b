"""Opening stock of the centres: where each good lies and how many weeks of demand it covers. Seeded, pure."""

from __future__ import annotations

import numpy as np
import polars as pl

from hansa.commerce.importing import chance

AISLES, SLOTS = 16, 60
NEARLY_OUT_SHARE = 0.08
DEMAND_WEEKS = 4


def levels(listed: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Decide what lies on the shelves.

    In, one row a good and platform: product_key, platform_id, offer_id, centre_id, category_id, recent (units
    sold in the last `DEMAND_WEEKS`), promised (units of open purchases), pack_size. Out: the columns of a stock level.
    On hand covers two to four weeks of recent demand, a little of it for the nearly sold out, and always what is promised.
    """
    keys = listed["product_key"].to_numpy() * 31 + listed["platform_id"].to_numpy()
    weekly = listed["recent"].to_numpy() / DEMAND_WEEKS
    weeks = 2.0 + 2.0 * chance.uniform(keys, seed=seed, about="cover")
    scarce = chance.uniform(keys, seed=seed, about="scarce")
    weeks = np.where(scarce < NEARLY_OUT_SHARE, 0.4 * scarce / NEARLY_OUT_SHARE, weeks)
    spare = np.where(scarce < NEARLY_OUT_SHARE, 0, 1 + chance.pick(keys, 4, seed=seed, about="spare"))
    free = np.ceil(weekly * weeks).astype(np.int64) + spare
    aisle = listed.select(pl.col("category_id").rank("dense") % AISLES).to_series().cast(pl.Int64)
    return listed.select(
        "platform_id",
        "offer_id",
        pl.col("centre_id").alias("warehouse_id"),
        (pl.Series(free) + pl.col("promised")).alias("on_hand"),
        pl.lit(0, pl.Int64).alias("reserved"),
        pl.col("promised").alias("allocated"),
        (aisle + 1).alias("aisle"),
        (pl.Series(chance.pick(keys, SLOTS, seed=seed, about="slot")) + 1).alias("slot"),
    )
