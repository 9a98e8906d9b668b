"""Nearest sessions: items of those sessions (or users) that share the newest items of a history.

M. Ludewig, D. Jannach: Evaluation of Session-based Recommendation Algorithms, UMUAI 2018 (V-SKNN).
"""

from __future__ import annotations

from copy import copy

import numpy as np

from hansa.engines.recommend._catalogue import Scored, sums
from hansa.engines.recommend._history import History
from hansa.engines.recommend._params import SessionParams
from hansa.engines.recommend._problem import Events, Floats, Indices
from hansa.engines.recommend._ragged import Ragged

SOUGHT_BY = 40  # the newest items of a history by which sessions are sought


class SessionNeighbours:
    """Which items each session holds, and which sessions hold each item, in order of first taking it."""

    def __init__(self, params: SessionParams, events: Events, users: int, items: int) -> None:
        self.params = params
        _, first = np.unique(events.user * items + events.item, return_index=True)
        user, item, time = events.user[first], events.item[first], events.time[first]
        self.items_of = Ragged.grouped(user, item, users)
        order = np.lexsort((time, item))
        self.takers_of = Ragged.grouped(item[order], user[order], items)
        self.takers = np.bincount(item, minlength=items)
        self.newest_time = np.full(users, -np.inf)
        np.maximum.at(self.newest_time, events.user, events.time)

    def asked_with(self, params: SessionParams) -> SessionNeighbours:
        """The same sessions, searched in another way."""
        other = copy(self)
        other.params = params
        return other

    def scores(self, history: History) -> Scored:
        """Score items by the votes of the nearest sessions that hold them."""
        sessions, similarity = self._nearest(history)
        held, lengths = self.items_of.gather(sessions)
        voted = Scored.of_all(sums(held, np.repeat(similarity, lengths), len(self.takers)))
        return Scored(voted.places, voted.values * self._rarity(voted.places) ** self.params.rarity_power)

    def _nearest(self, history: History) -> tuple[Indices, Floats]:
        """Find the most similar of the newest sessions: faded, rarity-weighted overlap over root of size."""
        items, faded = history.end(SOUGHT_BY).newest(self.params.history_decay)
        postings = [self.takers_of[item][-self.params.newest :] for item in items.tolist()]
        if not sum(map(len, postings)):
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        strength = np.repeat(faded * self._rarity(items), [len(posting) for posting in postings])
        sessions, place = np.unique(np.concatenate(postings), return_inverse=True)
        overlap = np.bincount(place, weights=strength)
        newest = _largest(self.newest_time[sessions], self.params.newest)
        sessions, overlap = sessions[newest], overlap[newest]
        similarity = overlap / np.sqrt(self.items_of.lengths[sessions])
        nearest = _largest(similarity, self.params.neighbours)
        return sessions[nearest], similarity[nearest]

    def _rarity(self, items: Indices) -> Floats:
        """Inverse document frequency, above 0 for items held by all sessions too."""
        return np.log1p(len(self.items_of) / np.maximum(self.takers[items], 1))

    def add_user(self) -> None:
        """Make room for one more session."""
        self.items_of.add_row()
        self.newest_time = np.append(self.newest_time, -np.inf)

    def add_item(self) -> None:
        """Make room for one more item."""
        self.takers_of.add_row()
        self.takers = np.append(self.takers, 0)

    def observe(self, user: int, item: int, time: float) -> None:
        """Note that a session took an item."""
        self.newest_time[user] = max(self.newest_time[user], time)
        if item not in self.items_of[user]:
            self.items_of.append(user, item)
            self.takers_of.append(item, user)
            self.takers[item] += 1


def _largest(values: Floats, most: int) -> Indices:
    """Places of the ``most`` largest values, in no order."""
    if len(values) <= most:
        return np.arange(len(values))
    return np.argpartition(-values, most - 1)[:most]
