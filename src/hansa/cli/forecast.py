"""`hansa forecast`: demand of many series from a file to a file. The engine forecasts; this reads and writes."""

from __future__ import annotations

import time
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from hansa.cli.demand_files import check_writable, history_of, read_table, write_table
from hansa.cli.output import AsJson, Seed, console, show
from hansa.engines.forecast import QUICK, THOROUGH, Frequency, Params, Result, forecast

app = typer.Typer(no_args_is_help=True, help="Forecast demand from a CSV or Parquet file.")


class Missing(StrEnum):
    UNKNOWN = "unknown"
    ZERO = "zero"


@app.callback()
def group() -> None:
    """Forecast demand from a CSV or Parquet file."""


@app.command()
def run(
    source: Annotated[
        Path, typer.Option("--input", help="CSV or Parquet with columns unique_id, ds, y [, in_stock].")
    ],
    freq: Annotated[Frequency, typer.Option(help="Days, weeks, months or hours between two rows.")],
    horizon: Annotated[int, typer.Option(min=1, max=5_000, help="Periods to forecast.")],
    out: Annotated[Path, typer.Option(help="CSV or Parquet to write: unique_id, ds, mean, q0.025 …")],
    levels: Annotated[
        str, typer.Option(help="Central intervals in percent; 80 gives q0.1 and q0.9. q0.5 is always there.")
    ] = "50,80,95",
    season: Annotated[
        int | None, typer.Option(min=1, max=2_000, help="Periods in a season, instead of the usual ones.")
    ] = None,
    missing: Annotated[
        Missing, typer.Option(help="What a period without a row means, once a series has begun.")
    ] = Missing.UNKNOWN,
    windows: Annotated[int, typer.Option(min=1, max=20, help="Backtest windows, a horizon apart.")] = 4,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Let statsforecast's models compete too: about 100 times slower."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="CSV to write: model, backtest error and remarks of each series.")
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Forecast every series of a file: mean and quantiles, the models chosen by backtest.

    A row is one period of one series. ds is a date such as 2024-01-31, for hours 2024-01-31 13:00. An
    empty y is unknown, not zero; so is a y with in_stock 0, because sold-out days hide demand. Other
    columns are left aside. Months come out dated as they came in: on their first or their last day.

    Example: hansa forecast run --input sales.csv --freq D --horizon 28 --out forecast.csv
    """
    quantiles = _quantile_levels(levels)
    for target in (out, *([report] if report else [])):
        check_writable(target, source)
    started = time.process_time()
    table = read_table(source)
    fill = 0.0 if missing is Missing.ZERO else float("nan")
    problem = history_of(table, source, frequency=freq, seasons=(season,) if season else (), missing=fill)
    params = Params(
        horizon=horizon, levels=quantiles, windows=windows, families=THOROUGH if thorough else QUICK
    )
    with console.status(f"Forecasting {len(problem.series)} series"):
        result = forecast(problem, params, seed=seed)
    write_table(_forecast_table(result, freq, _ends_months(table, freq)), out)
    if report:
        write_table(_report_table(result), report)
    aside = [name for name in table.columns if name not in ("unique_id", "ds", "y", "in_stock")]
    show(
        {
            "series": len(result.series),
            "periods": len(problem.periods),
            "unknown values": int(np.isnan(problem.values).sum()),
            "horizon": horizon,
            "models chosen": dict(Counter(result.chosen).most_common()),
            "backtest RMSE below naive": _gain(result),
            "series with remarks": sum(1 for reason in result.reasons if reason),
            "columns left aside": aside,
            "seed": seed,
            "CPU seconds": round(time.process_time() - started, 2),
            "out": str(out),
        },
        as_json=as_json,
    )


def _quantile_levels(levels: str) -> tuple[float, ...]:
    """Turn "50,80,95" into the quantiles that bound those central intervals, and the median."""
    found = {0.5}
    for part in levels.split(","):
        try:
            percent = float(part)
        except ValueError:
            raise typer.BadParameter(f"{part!r} is not a number", param_hint="--levels") from None
        if not 0 < percent < 100:
            raise typer.BadParameter(f"{part} is not between 0 and 100", param_hint="--levels")
        found |= {round(0.5 - percent / 200, 6), round(0.5 + percent / 200, 6)}
    return tuple(sorted(found))


def _ends_months(table: pl.DataFrame, freq: Frequency) -> bool:
    """Tell whether a monthly file dates its months by their last day."""
    if freq is not Frequency.MONTH:
        return False
    given = table["ds"]
    dates = (
        given.cast(pl.Date)
        if given.dtype.is_temporal()
        else given.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    )
    return bool(dates.is_not_null().all() and (dates == dates.dt.month_end()).all())


def _forecast_table(result: Result, freq: Frequency, ends_months: bool) -> pl.DataFrame:
    steps = len(result.periods)
    unit = "us" if freq is Frequency.HOUR else "D"
    when = pl.Series(np.tile(result.periods.astype(f"datetime64[{unit}]"), len(result.series)))
    if ends_months:
        when = when.dt.month_end()
    stamp = when.dt.strftime("%Y-%m-%d %H:%M:%S") if freq is Frequency.HOUR else when.dt.strftime("%Y-%m-%d")
    columns = {
        "unique_id": np.repeat(np.array(result.series, dtype=object), steps).tolist(),
        "ds": stamp,
        "mean": result.mean.ravel(),
    }
    for place, level in enumerate(result.levels):
        columns[f"q{level:g}"] = np.ascontiguousarray(result.quantiles[:, :, place]).ravel()
    return pl.DataFrame(columns)


def _report_table(result: Result) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unique_id": list(result.series),
            "kind": list(result.kinds),
            "chosen": list(result.chosen),
            "weight": result.weights.max(axis=1),
            "backtest_rmse": result.errors[:, -1],
            "naive_rmse": result.errors[:, 0],
            "remark": list(result.reasons),
        }
    )


def _gain(result: Result) -> str:
    """Say in percent how far the median series' backtest error lies below the seasonal naive's."""
    gains = result.gain_over_naive()
    gains = gains[~np.isnan(gains)]
    return f"{np.median(gains):.1%}" if len(gains) else "not tested: too little history"
