"""What is known of candidates, as numbers that a learned ranker weighs; no ids among them, so that they hold for new items.

Which candidates there are is the shortlist's matter, how the numbers count the ranker's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hansa.engines.recommend._catalogue import sums
from hansa.engines.recommend._history import History
from hansa.engines.recommend._problem import Floats, Indices
from hansa.engines.recommend._result import Source
from hansa.engines.recommend._shortlist import Shortlist
from hansa.engines.recommend._state import State
from hansa.engines.recommend._timing import NAMES as TIMING
from hansa.engines.recommend._timing import timing

NAMES = (
    "blend",
    "blend rank",
    *(f"part {source}" for source in Source),
    "weight of pairs",
    "share of pairs",
    "share of pairs ahead",
    "share of pairs behind",
    "share of pairs, relative",
    "share of the last item's pairs",
    "share of the last item's pairs ahead",
    "share in two hops",
    "share in two hops, relative",
    "times taken",
    "steps back",
    "popularity",
    "popularity of the last item",
    "length of the history",
    "pairs met",
    "times that each taker took it",
    "takers of late",
    "takers of late, as a share of all",
    *TIMING,
)


def signals(state: State, listed: Shortlist) -> NDArray[np.float32]:
    """Give each candidate's numbers (axes: candidates, ``NAMES``)."""
    candidates = len(listed.items)
    blended = listed.blended
    share, ahead, last, last_ahead, weight = _pairs(state, listed)
    times, steps_back = _taken(listed.history, listed.items)
    newest = listed.history.items[-1:]
    popular, trend = state.popularity[listed.items], state.trend[listed.items]
    columns = [
        blended,
        _ranks(blended),
        *(listed.parts.get(source, np.zeros(candidates)) for source in Source),
        weight,
        share,
        ahead,
        share - ahead,
        _relative(share),
        last,
        last_ahead,
        listed.two_hops,
        _relative(listed.two_hops),
        times,
        steps_back,
        np.log1p(popular),
        np.full(candidates, np.log1p(state.popularity[newest].sum())),
        np.full(candidates, len(listed.history.items)),
        np.full(candidates, len(listed.met.neighbour)),
        state.taken[listed.items] / np.maximum(state.takers[listed.items], 1),
        np.log1p(trend),
        trend / np.maximum(state.takers[listed.items], 1),
        *timing(listed.history, listed.items, state.pace).T,
    ]
    return np.stack(columns, axis=1, dtype=np.float32, casting="same_kind")


def _pairs(state: State, listed: Shortlist) -> list[Floats]:
    """Sums over the pairs that lead to each candidate: shares, those ahead, both of the last item, and weights."""
    met = listed.met
    place = np.full(len(state.items), -1, dtype=np.int64)
    place[listed.items] = np.arange(len(listed.items))
    place = place[met.neighbour]
    leads = np.flatnonzero(place >= 0)
    place, share, weight = place[leads], met.share[leads], met.weight[leads]
    ahead = share * (met.ahead[leads] / np.maximum(weight, 1e-30))
    is_last = met.back[leads] == 0
    columns = (share, ahead, share * is_last, ahead * is_last, weight)
    return [sums(place, column, len(listed.items)) for column in columns]


def _ranks(scores: Floats) -> Floats:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks


def _relative(scores: Floats) -> Floats:
    highest = scores.max(initial=0.0)
    return scores / highest if highest > 0 else scores


def _taken(history: History, candidates: Indices) -> tuple[Floats, Floats]:
    """How often each candidate stands in the history, and how many steps back it last did; -1 where never."""
    items, steps_back = history.last_taken()
    if not len(items):
        return np.zeros(len(candidates)), np.full(len(candidates), -1.0)
    place = np.minimum(np.searchsorted(items, candidates), len(items) - 1)
    known = items[place] == candidates
    times = np.bincount(np.searchsorted(items, history.items))
    return np.where(known, times[place], 0.0), np.where(known, steps_back[place], -1.0)
