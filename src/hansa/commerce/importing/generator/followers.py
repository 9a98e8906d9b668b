"""Who follows which house: people follow where they spend. Seeded, pure."""

from __future__ import annotations

import polars as pl

from hansa.commerce.importing import chance


def follows(spent: pl.DataFrame, *, a_person: float, seed: int) -> pl.DataFrame:
    """Choose follows among the five houses on which each person spent most.

    In: buyer_ref, merchant_ref, buyer_key, merchant_key, total, first_at. Out: buyer_ref, merchant_ref, since.
    """
    favourites = (
        spent.sort(["buyer_key", "total", "merchant_key"], descending=[False, True, False])
        .group_by("buyer_key", maintain_order=True)
        .head(5)
    )
    key = pl.Series(favourites["buyer_key"].to_numpy() * 1_000_003 + favourites["merchant_key"].to_numpy())
    chosen = pl.Series(chance.uniform(key, seed=seed, about="follow") < a_person / 5)
    return favourites.filter(chosen).select("buyer_ref", "merchant_ref", pl.col("first_at").alias("since"))
