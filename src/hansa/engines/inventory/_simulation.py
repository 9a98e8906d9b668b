"""One period of a shop with lost sales, for benchmarks and simulations; and demand drawn from quantiles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hansa.engines.inventory._problem import Floats, seed_of
from hansa.kernel.errors import InvalidInput


class Stock(NamedTuple):
    """Units on hand ``[items]`` and arriving at the beginning of each coming period ``[items, periods]``."""

    on_hand: Floats
    on_order: Floats


class Outcome(NamedTuple):
    """What a period brought: the stock after it, units sold and demand lost ``[items]``."""

    stock: Stock
    sold: Floats
    lost: Floats


def next_period(stock: Stock, *, order: ArrayLike, lead_time: int, demand: ArrayLike) -> Outcome:
    """Place an order due in ``lead_time`` periods, let this period's delivery arrive, sell what is there."""
    coming = np.zeros((len(stock.on_hand), max(stock.on_order.shape[1], lead_time + 1)))
    coming[:, : stock.on_order.shape[1]] = stock.on_order
    coming[:, lead_time] += np.asarray(order, dtype=np.float64)
    asked = np.asarray(demand, dtype=np.float64)
    shelf = stock.on_hand + coming[:, 0]
    sold = np.minimum(shelf, asked)
    return Outcome(Stock(shelf - sold, coming[:, 1:]), sold, asked - sold)


def paths_from_quantiles(
    items: tuple[str, ...], levels: ArrayLike, quantiles: ArrayLike, *, paths: int, seed: int
) -> Floats:
    """Draw demand ``[items, paths, periods]`` from ``quantiles[items, periods, levels]``.

    Periods are drawn independently, straight between the levels and flat beyond the outer ones; prefer joint
    paths where the forecaster gives them.
    """
    rising, given = np.asarray(levels, dtype=np.float64), np.asarray(quantiles, dtype=np.float64)
    if given.ndim != 3 or given.shape[0] != len(items) or given.shape[2] != len(rising):
        raise InvalidInput(
            f"quantiles have shape {given.shape}; they must be items x periods x {len(rising)} levels"
        )
    if paths < 1:
        raise InvalidInput(f"paths is {paths}; at least one is needed")
    drawn = np.empty((len(items), paths, given.shape[1]))
    for row, item in enumerate(items):
        places = np.random.default_rng(seed_of(item, seed)).random((paths, given.shape[1]))
        for period in range(given.shape[1]):
            drawn[row, :, period] = np.interp(places[:, period], rising, given[row, period])
    return drawn
