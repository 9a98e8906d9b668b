"""Between tables and the forecast and inventory engines: daily sales become series, answers become rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from hansa.engines import forecast as forecasting
from hansa.engines import inventory

Floats = NDArray[np.float64]

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
PATHS = 200
REVIEW_DAYS = 7
HOLDING_SHARE_PER_DAY = 0.0008  # of the unit's cost: about 30 % a year for capital, space and spoilage


@dataclass(frozen=True)
class OfferForecast:
    """The expected daily demand of one offer: mean and quantiles[levels][days], and how it was made."""

    offer_id: int
    mean: list[float]
    quantiles: list[list[float]]
    paths: Floats
    model: str
    error: float
    naive_error: float
    note: str


@dataclass(frozen=True)
class Position:
    """What an offer has and what an order of it takes; money in minor units."""

    offer_id: int
    free: int
    on_order: Mapping[int, int]  # day from now -> units
    lead_time_days: int
    pack_size: int
    unit_cost: int
    margin: int


@dataclass(frozen=True)
class Advice:
    """What to order of one offer now, and why."""

    offer_id: int
    units: int
    target: float
    stockout_before: float
    stockout_after: float
    reasons: list[str]


def forecast(
    sales: Mapping[int, Mapping[date, int]], *, first: date, last: date, horizon: int, seed: int
) -> tuple[list[OfferForecast], dict[str, object]]:
    """Forecast daily demand of offers from their daily sales between two days, both included.

    A day without a sale counts as no demand, from the offer's first sale on.
    """
    days = (last - first).days + 1
    offers = sorted(sales)
    values = np.full((len(offers), days), np.nan)
    for row, offer_id in enumerate(offers):
        start = (min(sales[offer_id]) - first).days
        values[row, start:] = 0.0
        for day, units in sales[offer_id].items():
            values[row, (day - first).days] = units
    problem = forecasting.Problem(
        series=tuple(str(offer_id) for offer_id in offers),
        periods=np.arange(np.datetime64(first, "D"), np.datetime64(last + timedelta(days=1), "D")),
        values=values,
        frequency=forecasting.Frequency.DAY,
    )
    params = forecasting.Params(horizon=horizon, levels=LEVELS, sample_paths=PATHS)
    result = forecasting.forecast(problem, params, seed=seed)
    made = {
        "engine": "forecast",
        "version": result.provenance.version,
        "seed": seed,
        "input": result.provenance.input_digest,
        "models": list(result.models),
    }
    return [_offer_forecast(result, row, offer_id) for row, offer_id in enumerate(offers)], made


def advise(forecasts: Sequence[OfferForecast], positions: Sequence[Position], *, seed: int) -> list[Advice]:
    """Advise what to order of each offer, by the cheapest order over the forecast's own sample paths."""
    if not forecasts:
        return []
    reach = max(position.lead_time_days for position in positions) + REVIEW_DAYS
    demand = np.stack([_stretched(one.paths, reach) for one in forecasts])
    on_order = np.zeros((len(positions), reach))
    for row, position in enumerate(positions):
        for day, units in position.on_order.items():
            on_order[row, min(day, reach - 1)] += units
    problem = inventory.Problem(
        items=tuple(str(position.offer_id) for position in positions),
        demand=demand,
        on_hand=np.array([position.free for position in positions], dtype=np.float64),
        on_order=on_order,
    )
    params = inventory.Params(
        lead_time=[position.lead_time_days for position in positions],
        review=REVIEW_DAYS,
        holding_cost=[max(position.unit_cost * HOLDING_SHARE_PER_DAY, 0.01) for position in positions],
        shortage_cost=[max(position.margin, 1) for position in positions],
        pack_size=[position.pack_size for position in positions],
    )
    result = inventory.plan(problem, params, seed=seed)
    return [
        Advice(
            offer_id=position.offer_id,
            units=int(result.order[row]),
            target=float(result.target[row]),
            stockout_before=float(result.stockout_before[row]),
            stockout_after=float(result.stockout_after[row]),
            reasons=[result.reasons[row]],
        )
        for row, position in enumerate(positions)
    ]


def _offer_forecast(result: forecasting.Result, row: int, offer_id: int) -> OfferForecast:
    errors = result.errors[row]
    return OfferForecast(
        offer_id=offer_id,
        mean=[round(float(value), 4) for value in result.mean[row]],
        quantiles=[[round(float(value), 4) for value in level] for level in result.quantiles[row].T],
        paths=result.paths[row],
        model=result.chosen[row],
        error=_finite(errors[-1]),
        naive_error=_finite(errors[0]),
        note=result.reasons[row],
    )


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0


def _stretched(paths: Floats, days: int) -> Floats:
    """Lengthen or shorten sample paths [paths, days] to so many days by running through them again."""
    times = -(-days // paths.shape[1])
    return np.tile(paths, (1, times))[:, :days]
