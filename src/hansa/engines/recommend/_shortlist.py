"""From a history to the few items worth ordering: the best of each source that may be shown, with what each source says.

What is popular fills up a list that would be too short. How candidates are ordered is left to the blend and the ranker.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hansa.engines.recommend._catalogue import Mask, Scored, sums
from hansa.engines.recommend._covisitation import Met
from hansa.engines.recommend._factors import Vectors
from hansa.engines.recommend._history import History
from hansa.engines.recommend._problem import Floats, Indices
from hansa.engines.recommend._result import Source
from hansa.engines.recommend._state import State

BEST_OF_EACH = 50  # candidates of a source; a list of more than that asks for as many
HOPS_FROM = 20  # neighbours whose own neighbours are looked at

_SHARES = {Source.REPEAT: 4}  # who has taken many things may want any of them again

Parts = dict[Source, Floats]  # axis of each: candidates


@dataclass(frozen=True, eq=False)
class Shortlist:
    """Candidates of one history, in the order of the items axis, and what is known of them.

    Axis of ``items``, ``two_hops`` and each part: candidates. A part's best item, shown or not, has the
    part's weight in the blend.
    """

    history: History
    items: Indices
    parts: Parts
    met: Met
    two_hops: Floats

    @property
    def blended(self) -> Floats:
        """The sum of the parts (axis: candidates)."""
        return np.sum(list(self.parts.values()), axis=0) if self.parts else np.zeros(len(self.items))


def shortlist(
    state: State,
    history: History,
    mask: Mask,
    k: int,
    *,
    again: bool,
    further: bool,
    cosines: Vectors | None,
) -> Shortlist:
    """Choose at least ``k`` candidates, if so many may be shown.

    ``again``: what was taken may be shown. ``further``: neighbours of neighbours are candidates too.
    """
    met = state.covisitation.met(history)
    said = dict(_said(state, history, met, again, cosines))
    two_hops = _two_hops(state, met) if further else _NOTHING
    most = max(BEST_OF_EACH, k)
    best = [each.open(mask).top(most * _SHARES.get(source, 1)).places for source, each in said.items()]
    best.append(two_hops.open(mask).top(most).places)
    if further and state.past.timed:
        best.append(state.trending[mask[state.trending]][:most])
    items = np.unique(np.concatenate(best))
    if len(items) < k:
        items = np.union1d(items, _popular(state.popularity, mask, k))
    weights = state.params.blend.by_source()
    popular = _scaled(state.popularity[items], state.popularity.max(initial=0.0), weights[Source.POPULAR])
    parts = {Source.POPULAR: popular} | {
        source: _scaled(scores.at(items), scores.highest, weights[source]) for source, scores in said.items()
    }
    if cosines is not None:
        parts[Source.COSINE] = weights[Source.COSINE] * cosines[items].astype(np.float64)
    return Shortlist(history, items, parts, met, two_hops.at(items))


def _said(
    state: State, history: History, met: Met, again: bool, cosines: Vectors | None
) -> Iterator[tuple[Source, Scored]]:
    """What each source that counts says."""
    if not len(history.items):
        return
    weights = state.params.blend
    if weights.covisitation:
        yield Source.CO_VISITED, state.covisitation.summed(met)
    if state.sessions is not None:
        yield Source.SESSIONS, state.sessions.scores(history)
    if cosines is not None:
        yield Source.COSINE, Scored.of_all(cosines.astype(np.float64))
    if again and weights.repeat:
        yield Source.REPEAT, Scored(*history.faded(weights.repeat_decay))


def _two_hops(state: State, met: Met) -> Scored:
    """Shares of the neighbours of the neighbours."""
    items = len(state.items)
    first = Scored.of_all(sums(met.neighbour, met.share, items)).top(HOPS_FROM)
    further = state.covisitation.met_from(first.places, first.values, first.places)
    return Scored.of_all(sums(further.neighbour, further.share, items))


def _popular(popularity: Floats, mask: Mask, k: int) -> Indices:
    """The ``k`` most popular items that may be shown, those that nobody took included."""
    places = np.flatnonzero(mask)
    return Scored(places, popularity[places]).top(k).places


def _scaled(scores: Floats, highest: float, weight: float) -> Floats:
    """Scores as a share of the highest, times the weight; all 0 stays 0."""
    return scores * (weight / highest) if highest > 0 else np.zeros(len(scores))


_NOTHING = Scored(np.zeros(0, dtype=np.int64), np.zeros(0))
