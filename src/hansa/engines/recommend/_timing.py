"""What the times of a history say of its items: how often, how long ago, how regularly, and whether one is due again.

Spans are counted in paces, the typical time between two baskets of one user, so that no unit of time matters.
"""

from __future__ import annotations

import numpy as np

from hansa.engines.recommend._history import History
from hansa.engines.recommend._problem import Events, Floats, Indices

NAMES = (
    "baskets with it",
    "share of baskets with it",
    "baskets since it",
    "baskets with it, faded by baskets",
    *(f"baskets with it, halved in {halved} paces" for halved in (1, 4, 16)),
    "amount of it",
    "time since it",
    "interval of it",
    "how due it is",
    "baskets",
    "time since the last basket",
    "interval of baskets",
)
_OLDEST = 1e6  # paces; older is no older
_FADING = 0.8  # of one basket
_HALVED_IN = (1.0, 4.0, 16.0)  # paces


def pace_of(events: Events) -> float:
    """The median time between two baskets of one user; 1 where nobody has two."""
    gaps = np.diff(events.time)
    gaps = gaps[(np.diff(events.user) == 0) & (gaps > 0)]
    return float(np.median(gaps)) if len(gaps) else 1.0


def timing(history: History, candidates: Indices, pace: float) -> Floats:
    """Give each candidate's numbers (axes: candidates, ``NAMES``); not a number where times are not known."""
    told = np.full((len(candidates), len(NAMES)), np.nan)
    if history.times is None or not len(history.items):
        return told
    moments, basket = np.unique(history.times, return_inverse=True)
    items, place = np.unique(history.items, return_inverse=True)
    now = history.now if np.isfinite(history.now) else moments[-1]
    age = np.clip((now - moments) / pace, 0.0, _OLDEST)
    told[:, -3:] = len(moments), age[-1], (age[0] - age[-1]) / max(1, len(moments) - 1)
    taken = np.minimum(np.searchsorted(items, candidates), len(items) - 1)
    known = items[taken] == candidates
    told[~known, :4] = 0, 0, np.nan, 0
    told[known, : len(NAMES) - 3] = _of_items(history.weights, place, basket, age)[taken[known]]
    return told


def _of_items(weights: Floats, place: Indices, basket: Indices, age: Floats) -> Floats:
    """The numbers of each item taken (axes: items, names but those of the user)."""
    cells = np.unique(place * len(age) + basket)  # an item counts once in a basket
    item, basket = cells // len(age), cells % len(age)
    baskets = np.bincount(item)
    ends = np.cumsum(baskets)
    first, last = basket[ends - baskets], basket[ends - 1]
    since, back = age[last], len(age) - 1 - last
    with np.errstate(divide="ignore", invalid="ignore"):
        interval = (age[first] - since) / (baskets - 1)
        due = np.where(interval > 0, since / interval, np.nan)
    faded = [np.power(_FADING, len(age) - 1.0 - basket), *(np.exp2(-age[basket] / h) for h in _HALVED_IN)]
    return np.stack(
        [
            baskets,
            baskets / len(age),
            back,
            *(np.bincount(item, weights=each) for each in faded),
            np.bincount(place, weights=weights),
            since,
            np.where(baskets > 1, interval, np.nan),
            due,
        ],
        axis=1,
    )
