"""Which platform each store of the source belongs to, and which households make up the small slice. Pure."""

from __future__ import annotations

import polars as pl

from hansa.commerce.importing import chance

SLICE_SHARE = 0.09  # of all households: a demo of some 130,000 lines
_SLICE_SEED = (
    2017  # part of what "the small slice" is: another seed of the generator keeps the same households
)


def platform_of_stores(transactions: pl.DataFrame, platforms: int) -> pl.DataFrame:
    """Deal the stores out, the busiest first, each to the platform with the fewest lines so far.

    Columns: store_id, platform (row number of the platform), lines. The same for every scale.
    """
    stores = (
        transactions.group_by("store_id").len("lines").sort(["lines", "store_id"], descending=[True, False])
    )
    held = [0] * platforms
    dealt = []
    for lines in stores["lines"].to_list():
        least = held.index(min(held))
        held[least] += lines
        dealt.append(least)
    return stores.with_columns(pl.Series("platform", dealt, pl.Int64))


def households_of_slice(household_ids: pl.Series) -> pl.Series:
    """Pick the households of the small slice; everything they touch comes along, nothing else."""
    ids = household_ids.unique().sort()
    chosen = chance.uniform(ids, seed=_SLICE_SEED, about="household in small slice") < SLICE_SHARE
    return ids.filter(pl.Series(chosen))
