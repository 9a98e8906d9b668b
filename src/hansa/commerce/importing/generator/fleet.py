"""The vehicles of a platform's centre. Seeded, pure."""

from __future__ import annotations

from datetime import time

import polars as pl

from hansa.commerce.importing import chance

_VAN = (280_000, 48)  # grams, minor units a kilometre
_BIKE = (70_000, 15)


def vehicles(centres: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Give each centre (platform_id, centre_id) two or three vans and one or two cargo bikes."""
    keys = centres["platform_id"]
    vans = 2 + chance.pick(keys, 2, seed=seed, about="vans")
    bikes = 1 + chance.pick(keys, 2, seed=seed, about="bikes")
    rows = [
        (platform_id, f"{kind} {number}", centre_id, capacity, time(8), time(19), cost, True)
        for (platform_id, centre_id), van_count, bike_count in zip(
            centres.select("platform_id", "centre_id").iter_rows(), vans, bikes, strict=True
        )
        for kind, count, (capacity, cost) in (("Van", van_count, _VAN), ("Cargo bike", bike_count, _BIKE))
        for number in range(1, count + 1)
    ]
    schema = {
        "platform_id": pl.Int64,
        "name": pl.String,
        "home_id": pl.Int64,
        "capacity_g": pl.Int64,
        "shift_start": pl.Time,
        "shift_end": pl.Time,
        "cost_per_km": pl.Int64,
        "is_active": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
