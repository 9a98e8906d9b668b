"""The year 2017 moved next to today by whole weeks, so that weekdays and hours keep their meaning. Pure.

The source's times are UTC; its trading weeks begin on Mondays at midnight in New York. We keep the clock
on the wall of the shop and call it UTC, as every platform's time here: a busy 17 o'clock stays 17 o'clock.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

_SHOP_ZONE = "America/New_York"
_WEEK = 7


def on_the_wall(column: str) -> pl.Expr:
    """Turn the source's UTC times into the shop's wall clock."""
    zoned = (
        pl.col(column).dt.cast_time_unit("us").dt.replace_time_zone("UTC").dt.convert_time_zone(_SHOP_ZONE)
    )
    return zoned.dt.replace_time_zone(None)


def shift_days(last_day: date, as_of: date) -> int:
    """Say by how many days to move the data: the most whole weeks that leave its last day before ``as_of``."""
    return (as_of - timedelta(days=1) - last_day).days // _WEEK * _WEEK
