"""`hansa plan`: orders from files of history and stock. The engines forecast and decide; this reads and writes."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from hansa.cli.demand_files import (
    check_writable,
    history_of,
    names_in,
    numbers_in,
    read_table,
    require,
    write_table,
)
from hansa.cli.output import AsJson, Seed, console, show
from hansa.engines import forecast, inventory
from hansa.kernel.errors import InvalidInput

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ALIASES = {"End Inventory": "on_hand"}
IN_TRANSIT = re.compile(r"(?:in_transit_|In Transit W\+)(\d+)")
NAIVE_WEEKS, NAIVE_COVER = 13, 4  # the VN2 organisers' benchmark: mean of 13 weeks, 4 weeks of cover

app = typer.Typer(no_args_is_help=True, help="Plan stock from state and history.")


@dataclass(frozen=True)
class State:
    """What the state file says, item by item, in its order."""

    items: tuple[str, ...]
    on_hand: np.ndarray
    on_order: np.ndarray
    pack_size: np.ndarray
    minimum_order: np.ndarray


@app.callback()
def group() -> None:
    """Plan stock from state and history."""


@app.command()
def stock(
    history: Annotated[
        Path,
        typer.Option(
            help="Weekly sales: long (unique_id, ds, y [, in_stock]) or wide, a column for each week."
        ),
    ],
    state: Annotated[
        Path,
        typer.Option(
            help="unique_id, on_hand [, in_transit_1, in_transit_2 … , pack_size, minimum_order]; "
            "VN2's own names are understood."
        ),
    ],
    out: Annotated[Path, typer.Option(help="CSV or Parquet to write: one order and its reasons an item.")],
    lead_time_weeks: Annotated[
        int, typer.Option(min=0, max=52, help="Whole weeks that pass before an order can be sold.")
    ] = 2,
    review_weeks: Annotated[int, typer.Option(min=1, max=52, help="Weeks until the next order.")] = 1,
    holding_cost: Annotated[float, typer.Option(help="Per unit left at the end of a week.")] = 0.2,
    shortage_cost: Annotated[float, typer.Option(help="Per unit of lost demand.")] = 1.0,
    service_level: Annotated[
        float | None, typer.Option(help="Wanted chance of not selling out, instead of the costs' ratio.")
    ] = None,
    in_stock: Annotated[
        Path | None, typer.Option(help="Wide file shaped like --history: false where an item was sold out.")
    ] = None,
    paths: Annotated[int, typer.Option(min=10, max=10_000, help="Simulated futures of each item.")] = 500,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Order weekly: project each item's stock to the order's arrival, then cover what follows.

    Demand that finds no stock is lost. The history ends with the week before the one about to begin;
    in_transit_1 arrives at the beginning of that coming week, in_transit_2 a week later. An order
    placed now arrives lead-time-weeks later. Items without history are not ordered, and said to be so.

    Example: hansa plan stock --history sales.csv --state stock.csv --lead-time-weeks 2 --out orders.csv
    """
    check_writable(out, history, state, in_stock)
    started = time.process_time()
    stand = _state(state)
    demand, unknown = _histories(history, in_stock, stand.items)
    reach = lead_time_weeks + review_weeks
    with console.status(f"Planning {len(stand.items)} items"):
        futures = forecast.forecast(demand, forecast.Params(horizon=reach, sample_paths=paths), seed=seed)
        problem = inventory.Problem(
            stand.items, np.maximum(futures.paths, 0.0), stand.on_hand, stand.on_order
        )
        terms = inventory.Params(
            lead_time=lead_time_weeks,
            review=review_weeks,
            holding_cost=holding_cost,
            shortage_cost=shortage_cost,
            service_level=service_level,
            pack_size=stand.pack_size,
            minimum_order=stand.minimum_order,
        )
        result = inventory.plan(problem, terms, seed=seed)
    write_table(_orders_table(result, futures), out)
    recent = np.nan_to_num(np.array([_recent_mean(row) for row in demand.values]))
    naive = inventory.order_to_cover(problem, terms, mean_per_period=recent, cover_periods=NAIVE_COVER)
    show(
        {
            "items": len(result.items),
            "without history": unknown,
            "items ordered": int((result.order > 0).sum()),
            "units ordered": int(result.order.sum()),
            "expected cost": round(float(result.cost_after.sum()), 2),
            "expected cost, naive rule": round(
                float(inventory.expected_costs(problem, terms, naive, seed=seed).sum()), 2
            ),
            "expected cost, no order": round(float(result.cost_before.sum()), 2),
            "units ordered, naive rule": int(naive.sum()),
            "seed": seed,
            "CPU seconds": round(time.process_time() - started, 2),
            "out": str(out),
        },
        as_json=as_json,
    )


def _state(path: Path) -> State:
    table = _with_ids(read_table(path).rename(ALIASES, strict=False), path)
    require(table, ("on_hand",), path)
    items = names_in(table, "unique_id", path)
    weeks = {int(found[1]): name for name in table.columns if (found := IN_TRANSIT.fullmatch(name))}
    on_order = np.zeros((len(items), max(weeks, default=0)))
    for week, name in weeks.items():
        if not 1 <= week <= 104:
            raise InvalidInput(f"{path}: column {name!r} must be a week from 1 to 104")
        on_order[:, week - 1] = np.nan_to_num(numbers_in(table, name, path))
    return State(
        tuple(items),
        _filled(table, "on_hand", path, 0),
        on_order,
        _filled(table, "pack_size", path, 1),
        _filled(table, "minimum_order", path, 0),
    )


def _filled(table: pl.DataFrame, column: str, path: Path, otherwise: float) -> np.ndarray:
    if column not in table.columns:
        return np.full(table.height, float(otherwise))
    return np.asarray(np.nan_to_num(numbers_in(table, column, path), nan=otherwise))


def _histories(path: Path, in_stock: Path | None, items: tuple[str, ...]) -> tuple[forecast.Problem, int]:
    """Read the history of the items of the state, in that order; the second number counts those without."""
    table = read_table(path)
    if "ds" in table.columns:
        if in_stock is not None:
            raise InvalidInput(f"{in_stock}: a long history has its own column in_stock")
        long = table
    else:
        long = _long(table, path, "y")
        if in_stock is not None:
            long = long.join(
                _long(read_table(in_stock), in_stock, "in_stock"), on=["unique_id", "ds"], how="left"
            )
    known = history_of(long, path, frequency=forecast.Frequency.WEEK, seasons=(), missing=float("nan"))
    place = {name: row for row, name in enumerate(known.series)}
    values = np.full((len(items), len(known.periods)), np.nan)
    for row, item in enumerate(items):
        if item in place:
            values[row] = known.values[place[item]]
    found = forecast.Problem(items, known.periods, _since_first_sale(values), known.frequency, known.seasons)
    return found, sum(1 for item in items if item not in place)


def _long(table: pl.DataFrame, path: Path, name: str) -> pl.DataFrame:
    """Unfold a table with a column for each week."""
    weeks = [column for column in table.columns if DATE.fullmatch(column[:10])]
    if not weeks:
        raise InvalidInput(
            f"{path}: neither columns unique_id, ds, y nor a column for each week, like 2024-04-08"
        )
    named = _with_ids(table, path)
    names_in(named, "unique_id", path)
    if name == "y":  # checked here, where a line is still a line of the file
        named = named.with_columns(pl.Series(week, numbers_in(named, week, path)) for week in weeks)
    return named.select("unique_id", *weeks).unpivot(
        on=weeks, index="unique_id", variable_name="ds", value_name=name
    )


def _with_ids(table: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Name items by unique_id, or by Store and Product as VN2 does."""
    if "unique_id" in table.columns:
        return table
    if {"Store", "Product"} <= set(table.columns):
        return table.with_columns(
            unique_id=pl.concat_str(
                pl.col("Store", "Product").cast(pl.String).str.strip_chars(), separator="-"
            )
        )
    raise InvalidInput(
        f"{path}: no column 'unique_id' (or 'Store' and 'Product'); there are {table.columns[:12]}"
    )


def _since_first_sale(values: np.ndarray) -> np.ndarray:
    """Let a series begin with its first sale: zeros before it say "not listed", not "not wanted"."""
    sold = np.cumsum(np.nan_to_num(values) > 0, axis=1) > 0
    never = ~np.any(sold, axis=1, keepdims=True)
    return np.where(sold | never, values, np.nan)


def _recent_mean(row: np.ndarray) -> float:
    recent = row[-NAIVE_WEEKS:][~np.isnan(row[-NAIVE_WEEKS:])]
    return float(recent.mean()) if len(recent) else 0.0


def _orders_table(result: inventory.Result, futures: forecast.Result) -> pl.DataFrame:
    remarks = [
        f"{said}; {why}" if why else said for said, why in zip(result.reasons, futures.reasons, strict=True)
    ]
    return pl.DataFrame(
        {
            "unique_id": list(result.items),
            "order": result.order,
            "target": result.target,
            "safety_demand": result.safety_demand,
            "safety_lead_time": result.safety_lead_time,
            "stockout_before": result.stockout_before,
            "stockout_after": result.stockout_after,
            "cost_before": result.cost_before,
            "cost_after": result.cost_after,
            "mean_demand": futures.mean.sum(axis=1),
            "model": list(futures.chosen),
            "reason": remarks,
        }
    )
