"""Forecast and inventory engines on M4, an M5 slice and VN2, beside seasonal naive and statsforecast's AutoETS.

Without ../shared/data a seeded synthetic panel takes their place. The peer is slow, so it runs on evenly
spaced series, and the engine is scored on the same ones beside it. About 100 CPU seconds in all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from hansa.engines import inventory
from hansa.engines.forecast import Params, Problem, Result, forecast

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "forecast"
Floats = np.ndarray[Any, np.dtype[np.float64]]

# Official Naive2 (sMAPE, MASE) of the M4 competition, the reference of its OWA; and what others reached there.
M4 = {
    "Weekly": ("W", 13, 1, (9.161, 2.777), {"competition_winner": 0.851, "best_of_category": 0.739}, 60),
    "Hourly": ("H", 48, 24, (18.383, 2.395), {"competition_winner": 0.440, "best_of_category": 0.410}, 30),
}
M5_LEVELS = (0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995)
M5_DAYS, M5_HORIZON, M5_PEER = 365, 28, 80
VN2_HOLDING, VN2_SHORTAGE, VN2_LEAD, VN2_WEEKS, VN2_ORDERS = 0.2, 1.0, 2, 8, 6


class Peer(NamedTuple):
    """What AutoETS says of some rows: means, quantiles at the levels asked for, CPU seconds."""

    rows: np.ndarray[Any, np.dtype[np.intp]]
    mean: Floats
    quantiles: Floats
    cpu: float


def run(*, seed: int) -> dict[str, Any]:
    """Measure everything that has its data here; figures are plain numbers, CPU seconds of one process."""
    started = time.process_time()
    figures: dict[str, Any] = {}
    parts: dict[str, tuple[Path, Callable[..., dict[str, Any]]]] = {
        "m4_weekly": (DATA / "m4", lambda seed: _m4("Weekly", seed)),
        "m4_hourly": (DATA / "m4", lambda seed: _m4("Hourly", seed)),
        "m5_slice": (DATA / "m5", _m5),
        "vn2": (DATA / "vn2", _vn2),
    }
    for name, (folder, measure) in parts.items():
        if folder.is_dir():
            figures[name] = measure(seed)
    if not figures:
        figures["synthetic"] = _synthetic(seed)
    figures["throughput"] = _throughput(seed)
    return {
        "seed": seed,
        "data": "shared" if "synthetic" not in figures else "synthetic: ../shared/data/forecast is not here",
        "figures": figures,
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def _m4(name: str, seed: int) -> dict[str, Any]:
    frequency, horizon, season, reference, published, peers = M4[name]
    history, future = (_rows(DATA / "m4" / f"{name}-{part}.parquet") for part in ("train", "test"))
    history = _right_aligned(history)
    result, cpu = _timed(_problem(history, frequency), Params(horizon=horizon), seed)
    naive = history[:, -season:][:, np.arange(horizon) % season]

    def owa(guess: Floats, rows: np.ndarray[Any, np.dtype[np.intp]]) -> float:
        smape = 200 * np.mean(np.abs(guess - future[rows]) / (np.abs(guess) + np.abs(future[rows])))
        errors = np.abs(guess - future[rows]).mean(axis=1)
        mase = np.mean(errors / [_seasonal_step(history[row], season, np.abs) for row in rows])
        return round(float((smape / reference[0] + mase / reference[1]) / 2), 4)

    every = np.arange(len(history))
    peer = _auto_ets(history, result, season, peers)
    return {
        "series": len(history),
        "owa": owa(result.mean, every),
        "owa_seasonal_naive": owa(naive, every),
        "owa_published": published,
        "coverage": _coverage(result, future),
        "cpu_seconds": cpu,
        "beside_auto_ets": {
            "series": len(peer.rows),
            "owa": owa(result.mean[peer.rows], peer.rows),
            "owa_auto_ets": owa(peer.mean, peer.rows),
            "owa_seasonal_naive": owa(naive[peer.rows], peer.rows),
            "cpu_seconds_auto_ets": peer.cpu,
        },
    }


def _m5(seed: int) -> dict[str, Any]:
    """Score days 1942 to 1969 of 823 products of one department by WRMSSE and scaled pinball loss (SPL)."""
    history, future, weight = _m5_files()
    started = np.cumsum(history > 0, axis=1) > 0
    known = np.where(started, history, np.nan)[:, -M5_DAYS:]
    result, cpu = _timed(_problem(known, "D"), Params(horizon=M5_HORIZON, levels=M5_LEVELS), seed)
    naive = history[:, -7:][:, np.arange(M5_HORIZON) % 7]
    recent = np.quantile(history[:, -56:], M5_LEVELS, axis=1).T[:, None, :].repeat(M5_HORIZON, axis=1)
    square = np.array([_seasonal_step(_sold(row), 1, np.square) for row in history])
    step = np.array([_seasonal_step(_sold(row), 1, np.abs) for row in history])

    def wrmsse(guess: Floats, rows: Any) -> float:
        error = np.sqrt(((guess - future[rows]) ** 2).mean(axis=1) / square[rows])
        return round(float(np.average(error, weights=weight[rows])), 4)

    def spl(quantiles: Floats, rows: Any) -> float:
        away = future[rows][:, :, None] - quantiles
        loss = np.maximum(np.array(M5_LEVELS) * away, (np.array(M5_LEVELS) - 1) * away).mean(axis=(1, 2))
        return round(float(np.average(loss / step[rows], weights=weight[rows])), 4)

    def level9(guess: Floats) -> float:
        scale = np.mean(np.diff(history.sum(axis=0)) ** 2)
        return round(float(np.sqrt(np.mean((guess.sum(axis=0) - future.sum(axis=0)) ** 2) / scale)), 4)

    every = np.arange(len(history))
    peer = _auto_ets(known, result, 7, M5_PEER)
    return {
        "series": len(history),
        "wrmsse_l12": wrmsse(result.mean, every),
        "wrmsse_l12_seasonal_naive": wrmsse(naive, every),
        "rmsse_l9_sum_of_items": level9(result.mean),
        "rmsse_l9_seasonal_naive": level9(naive),
        "spl_l12": spl(result.quantiles, every),
        "spl_l12_last_56_days": spl(recent, every),
        "cpu_seconds": cpu,
        "beside_auto_ets": {
            "series": len(peer.rows),
            "wrmsse_l12": wrmsse(result.mean[peer.rows], peer.rows),
            "wrmsse_l12_auto_ets": wrmsse(peer.mean, peer.rows),
            "spl_l12": spl(result.quantiles[peer.rows], peer.rows),
            "spl_l12_auto_ets": spl(peer.quantiles, peer.rows),
            "cpu_seconds_auto_ets": peer.cpu,
        },
    }


def _vn2(seed: int) -> dict[str, Any]:
    """Play the VN2 challenge: six weekly orders, lead time two weeks, eight weeks of cost, defaults only."""
    sales, flags, first, demand = _vn2_files()
    known = np.where(flags, sales, np.nan)
    known = np.where(np.cumsum(np.nan_to_num(known) > 0, axis=1) > 0, known, np.nan)
    started = time.process_time()
    ours = _play(
        known,
        first,
        demand,
        lambda problem, terms, history: inventory.plan(problem, terms, seed=seed).order,
        seed,
    )
    cpu = round(time.process_time() - started, 1)
    naive = _play(known, first, demand, _naive_order, None)
    return {
        "items": len(sales),
        "cost_weeks_3_to_8": round(sum(ours[2:]), 1),
        "cost_weeks_1_to_8": round(sum(ours), 1),
        "cost_weeks_3_to_8_naive_rule": round(sum(naive[2:]), 1),
        "fixed_weeks_1_and_2": [round(ours[0], 1), round(ours[1], 1)],
        "published_weeks_3_to_8": {"official_benchmark": 4334, "official_winner": 3763},
        "cpu_seconds": cpu,
    }


Policy = Callable[[inventory.Problem, inventory.Params, Floats], Any]


def _play(
    known: Floats, first: inventory.Stock, demand: Floats, policy: Policy, seed: int | None
) -> list[float]:
    """Walk the weeks; as in the challenge, each week's demand becomes known to all after it."""
    terms = inventory.Params(lead_time=VN2_LEAD, holding_cost=VN2_HOLDING, shortage_cost=VN2_SHORTAGE)
    stock, costs = first, []
    for week in range(VN2_WEEKS):
        order = np.zeros(len(known))
        if week < VN2_ORDERS:
            history = np.hstack([known, demand[:, :week]])
            futures = np.zeros((len(known), 1, VN2_LEAD + 1))
            if seed is not None:
                params = Params(horizon=VN2_LEAD + 1, sample_paths=300)
                futures = forecast(_problem(history, "W"), params, seed=seed).paths
            names = tuple(str(row) for row in range(len(known)))
            problem = inventory.Problem(names, np.maximum(futures, 0), stock.on_hand, stock.on_order)
            order = policy(problem, terms, history)
        outcome = inventory.next_period(stock, order=order, lead_time=VN2_LEAD, demand=demand[:, week])
        stock = outcome.stock
        costs.append(float(VN2_HOLDING * stock.on_hand.sum() + VN2_SHORTAGE * outcome.lost.sum()))
    return costs


def _naive_order(problem: inventory.Problem, terms: inventory.Params, history: Floats) -> Any:
    """Fill up to four weeks of the mean of the last thirteen, as the organisers' benchmark does."""
    known = ~np.isnan(history[:, -13:])
    mean = np.nan_to_num(history[:, -13:]).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return inventory.order_to_cover(problem, terms, mean_per_period=mean, cover_periods=4)


def _synthetic(seed: int) -> dict[str, Any]:
    """Score a seeded panel of weekly-seasonal counts, for machines without the public data."""
    random = np.random.default_rng(seed)
    week = np.array([0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 0.9])[np.arange(168) % 7]
    mean = random.gamma(2.0, 4.0, 300)[:, None] * week
    units = random.negative_binomial(4, 4 / (4 + mean)).astype(float)
    history, future = units[:, :140], units[:, 140:]
    result, cpu = _timed(_problem(history, "D"), Params(horizon=28), seed)
    peer = _auto_ets(history, result, 7, 30)

    def rmse(guess: Floats, truth: Floats) -> float:
        return round(float(np.sqrt(np.mean((guess - truth) ** 2))), 4)

    return {
        "series": len(history),
        "rmse": rmse(result.mean, future),
        "rmse_seasonal_naive": rmse(history[:, -7:][:, np.arange(28) % 7], future),
        "coverage": _coverage(result, future),
        "cpu_seconds": cpu,
        "beside_auto_ets": {
            "series": len(peer.rows),
            "rmse": rmse(result.mean[peer.rows], future[peer.rows]),
            "rmse_auto_ets": rmse(peer.mean, future[peer.rows]),
            "cpu_seconds_auto_ets": peer.cpu,
        },
    }


def _throughput(seed: int) -> dict[str, Any]:
    """Time 2,000 daily series of a year, 28 days ahead, with default parameters: the budget is 60 CPU seconds."""
    random = np.random.default_rng(seed)
    mean = random.gamma(1.0, 5.0, 2_000)[:, None] * (1 + 0.3 * np.sin(2 * np.pi * np.arange(365) / 7))
    _, cpu = _timed(_problem(random.poisson(mean).astype(float), "D"), Params(horizon=28), seed)
    return {"series": 2_000, "periods": 365, "horizon": 28, "cpu_seconds": cpu, "budget_cpu_seconds": 60}


def _auto_ets(history: Floats, ours: Result, season: int, count: int) -> Peer:
    """Run statsforecast's AutoETS as it comes, with its own intervals, on evenly spaced series."""
    from statsforecast.models import AutoETS

    rows = np.linspace(0, len(history) - 1, min(count, len(history))).astype(np.intp)
    horizon = ours.mean.shape[1]
    widths: list[Any] = sorted({round(abs(200 * level - 100), 6) for level in ours.levels} - {0.0})
    mean, quantiles = np.empty((len(rows), horizon)), np.empty((len(rows), horizon, len(ours.levels)))
    model = AutoETS(season_length=season)
    started = time.process_time()
    for place, row in enumerate(rows):
        said = model.forecast(y=history[row][~np.isnan(history[row])], h=horizon, level=widths)
        mean[place] = said["mean"]
        for column, level in enumerate(ours.levels):
            width = round(abs(200 * level - 100), 6)
            key = "mean" if width == 0 else f"{'lo' if level < 0.5 else 'hi'}-{width}"
            quantiles[place, :, column] = np.maximum(said[key], 0)
    return Peer(rows, mean, quantiles, round(time.process_time() - started, 1))


def _timed(problem: Problem, params: Params, seed: int) -> tuple[Result, float]:
    started = time.process_time()
    result = forecast(problem, params, seed=seed)
    return result, round(time.process_time() - started, 1)


def _problem(values: Floats, frequency: str) -> Problem:
    """Name the rows by number and date the last column 2024-01-01; only distances matter to the engine."""
    back = np.arange(values.shape[1]) - values.shape[1] + 1
    end = np.datetime64("2024-01-01T00", "h") if frequency == "H" else np.datetime64("2024-01-01", "D")
    step = 7 if frequency == "W" else 1
    return Problem(tuple(str(row) for row in range(len(values))), end + back * step, values, frequency)  # type: ignore[arg-type]  # a letter is understood


def _coverage(result: Result, future: Floats) -> dict[str, float]:
    """Share of actual values at or below each quantile; for counts it may lie above the level, never far below."""
    return {
        f"q{level:g}": round(float((future <= result.quantile(level)).mean()), 3) for level in result.levels
    }


def _sold(row: Floats) -> Floats:
    return row[int((row > 0).argmax()) :]


def _seasonal_step(row: Floats, season: int, size: Callable[[Floats], Floats]) -> float:
    """Mean size of the in-sample seasonal naive error: the scale of MASE and RMSSE."""
    known = row[~np.isnan(row)]
    return float(np.mean(size(known[season:] - known[:-season])))


def _rows(file: Path) -> Floats:
    return pl.read_parquet(file).drop("V1").to_numpy().astype(np.float64)


def _right_aligned(values: Floats) -> Floats:
    aligned = np.full_like(values, np.nan)
    for row, given in enumerate(values):
        known = given[~np.isnan(given)]
        aligned[row, len(given) - len(known) :] = known
    return aligned


def _m5_files() -> tuple[Floats, Floats, Floats]:
    folder = DATA / "m5"
    train = pl.read_parquet(folder / "train_FOODS_3_TX_3_d1_d1913.parquet").with_columns(
        item_id=pl.col("id").str.replace("_TX_3_validation", "")
    )
    items = train.select("item_id")
    middle = items.join(
        pl.read_parquet(folder / "test_FOODS_3_TX_3_d1914_d1941.parquet"), on="item_id", maintain_order="left"
    )
    final = pl.read_parquet(folder / "sales_test_evaluation_d1942_d1969_all30490.parquet")
    last = items.join(final.filter(pl.col("store_id") == "TX_3"), on="item_id", maintain_order="left")
    weights = pl.read_parquet(folder / "weights_evaluation.parquet").filter(
        (pl.col("Level_id") == "Level12") & (pl.col("Agg_Level_2") == "TX_3")
    )
    weight = items.join(weights, left_on="item_id", right_on="Agg_Level_1", maintain_order="left")["weight"]
    days = [table.select(pl.col("^d_.*$")).to_numpy().astype(np.float64) for table in (train, middle, last)]
    return np.hstack(days[:2]), days[2], weight.to_numpy().astype(np.float64)


def _vn2_files() -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]], inventory.Stock, Floats]:
    folder, keys = DATA / "vn2", ["Store", "Product"]
    sales = pl.read_parquet(folder / "sales_week0.parquet")
    order = sales.select(keys)
    weeks = sales.drop(keys).columns
    flags = order.join(pl.read_parquet(folder / "in_stock_week0.parquet"), on=keys, maintain_order="left")
    state = order.join(pl.read_parquet(folder / "initial_state.parquet"), on=keys, maintain_order="left")
    actual = pl.read_parquet(folder / "actual_sales_weeks1_8.parquet").pivot(
        on="week", index=keys, values="actual_demand"
    )
    demand = order.join(actual, on=keys, maintain_order="left").select([str(week) for week in range(1, 9)])
    stock = inventory.Stock(
        state["End Inventory"].to_numpy().astype(np.float64),
        state.select("In Transit W+1", "In Transit W+2").to_numpy().astype(np.float64),
    )
    return (
        sales.select(weeks).to_numpy().astype(np.float64),
        flags.select(weeks).to_numpy().astype(bool),
        stock,
        demand.to_numpy().astype(np.float64),
    )
