"""What a fitted recommender knows, and how one more event changes it.

How answers are made of it is the model's matter; how a source counts is the source's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hansa.engines.recommend._axis import Axis, check_hashable
from hansa.engines.recommend._catalogue import Asked, Catalogue
from hansa.engines.recommend._covisitation import Covisitation
from hansa.engines.recommend._factors import Factors
from hansa.engines.recommend._history import History
from hansa.engines.recommend._params import Params
from hansa.engines.recommend._popularity import ages, popularity
from hansa.engines.recommend._problem import LARGEST_WEIGHT, Events, Floats, Id, Indices, Problem
from hansa.engines.recommend._ragged import Ragged
from hansa.engines.recommend._session_knn import SessionNeighbours
from hansa.engines.recommend._timing import pace_of
from hansa.kernel.errors import InvalidInput

TREND = 4.0  # paces in which what was taken counts half
MOST_TRENDING = 500


@dataclass
class Past:
    """Every user's events (rows: users; each row oldest first)."""

    items: Ragged[np.int64]
    weights: Ragged[np.float64]
    times: Ragged[np.float64]
    timed: bool  # whether times are more than an order

    @classmethod
    def of_events(cls, events: Events, users: int, timed: bool) -> Past:
        """Sort events by user."""
        return cls(
            Ragged.grouped(events.user, events.item, users),
            Ragged.grouped(events.user, events.weight, users),
            Ragged.grouped(events.user, events.time, users),
            timed,
        )

    def of(self, user: int, until: float = np.inf) -> History:
        """Return a user's history up to a moment."""
        kept = self.times[user] <= until
        return History(
            self.items[user][kept],
            self.weights[user][kept],
            self.times[user][kept] if self.timed else None,
            until,
        )

    def add_user(self) -> None:
        """Make room for one more user."""
        for column in (self.items, self.weights, self.times):
            column.add_row()

    def observe(self, user: int, item: int, weight: float, time: float) -> None:
        """Put one event at the end of a user's history."""
        self.items.append(user, item)
        self.weights.append(user, weight)
        self.times.append(user, time)


@dataclass(frozen=True)
class Event:
    """One event, checked: it follows a user's history, or ``after`` in a session without a user."""

    item: Id
    user: Id | None
    after: Sequence[Id]
    weight: float
    at: float | None

    def __post_init__(self) -> None:
        check_hashable(self.item)
        check_hashable(self.user)
        if not 0 < self.weight <= LARGEST_WEIGHT:
            raise InvalidInput(
                f"the event of item {self.item!r} has weight {self.weight!r}; "
                f"a weight lies above 0 and at most {LARGEST_WEIGHT:g}"
            )
        if self.at is not None and not np.isfinite(self.at):
            raise InvalidInput(f"the event of item {self.item!r} has time {self.at!r}, which is not finite")
        if self.user is not None and len(self.after):
            raise InvalidInput("an event follows either a user's history or the items in `after`, not both")


@dataclass
class State:
    """Everything learnt, by source, with the users' histories and how it came about."""

    params: Params
    seed: int
    as_of: float
    input_hash: str
    users: Axis
    items: Catalogue
    past: Past
    popularity: Floats
    trend: Floats  # axis: items; as popularity, but halved in TREND paces
    taken: Floats  # axis: items; how often
    takers: Floats  # axis: items; by how many users
    trending: Indices  # the items that were taken most of late, when it was fitted
    pace: float  # the typical time between two baskets of one user
    covisitation: Covisitation
    factors: Factors | None
    sessions: SessionNeighbours | None
    events_since_fit: int
    last_time: float

    @classmethod
    def fit(cls, problem: Problem, params: Params, seed: int, as_of: float | None) -> State:
        """Learn from what had happened at ``as_of``; from everything, when None."""
        events = problem.events if as_of is None else problem.events.until(as_of)
        now = newest(events) if as_of is None else as_of
        age = ages(events.time, params.half_life, now)
        users, items = len(problem.users), len(problem.items)
        counts = popularity(events, age, items)
        pace = pace_of(events)
        trend = popularity(events, ages(events.time, TREND * pace if problem.timed else None, now), items)
        factors = (
            Factors.fit(events, age, users, items, params.factors, seed) if params.factors.count else None
        )
        return cls(
            params=params,
            seed=seed,
            as_of=now,
            input_hash=problem.fingerprint(),
            users=Axis(problem.users),
            items=Catalogue(problem.items),
            past=Past.of_events(events, users, problem.timed),
            popularity=counts,
            trend=trend,
            taken=np.bincount(events.item, minlength=items).astype(np.float64),
            takers=_takers(events, items),
            trending=np.argsort(-trend, kind="stable")[:MOST_TRENDING],
            pace=pace,
            covisitation=Covisitation.fit(events, age, counts, params.covisitation),
            factors=factors,
            sessions=sessions_of(params, events, users, items),
            events_since_fit=0,
            last_time=now,
        )

    def asked_with(self, params: Params) -> State:
        """The same knowledge, shared, under other knobs of asking; refuses knobs that need another fit."""
        needing = params.needing_a_fit_beside(self.params)
        if needing:
            raise InvalidInput(f"{needing[0]} cannot change without another fit")
        return replace(
            self,
            params=params,
            covisitation=self.covisitation.asked_with(params.covisitation, self.popularity),
            factors=None if self.factors is None else self.factors.asked_with(params.factors),
            sessions=None if self.sessions is None else self.sessions.asked_with(params.sessions),
        )

    def observe(self, event: Event) -> None:
        """Count one more event in every source."""
        user = None if event.user is None else self._user(event.user)
        before = self.items.history(Asked(event.after))[0] if user is None else self.past.of(user)
        item = self._item(event.item)
        time = self.last_time if event.at is None else float(event.at)
        age = float(ages(np.asarray([time]), self.params.half_life, self.as_of)[0])
        self.popularity[item] += event.weight * age
        self._count(user, item, event.weight, time)
        recent = before.last(self.params.covisitation.window)
        self.covisitation.observe(recent, item, event.weight, age, self.popularity)
        if self.factors is not None and self.factors.is_new(item):
            self.factors.observe(self.factors.fold_in([before])[0], item, event.weight * age)
        if user is not None:
            self.past.observe(user, item, event.weight, time)
            if self.sessions is not None:
                self.sessions.observe(user, item, time)
        self.last_time = max(self.last_time, time)
        self.events_since_fit += 1

    def _count(self, user: int | None, item: int, weight: float, time: float) -> None:
        half_life = TREND * self.pace if self.past.timed else None
        self.trend[item] += weight * float(ages(np.asarray([time]), half_life, self.as_of)[0])
        self.taken[item] += 1
        self.takers[item] += user is None or item not in self.past.items[user]

    def _user(self, user: Id) -> int:
        """Return a user's place, making room when new."""
        place = self.users.find(user)
        if place is None:
            place = self.users.add(user)
            self.past.add_user()
            if self.sessions is not None:
                self.sessions.add_user()
        return place

    def _item(self, item: Id) -> int:
        """Return an item's place, making room when new."""
        place = self.items.find(item)
        if place is None:
            place = self.items.add(item)
            for name in ("popularity", "trend", "taken", "takers"):
                setattr(self, name, np.append(getattr(self, name), 0.0))
            for source in (self.covisitation, self.factors, self.sessions):
                if source is not None:
                    source.add_item()
        return place


def _takers(events: Events, items: int) -> Floats:
    """How many users took each item (axis: items)."""
    cells = np.unique(events.user * items + events.item)
    return np.bincount(cells % max(1, items), minlength=items).astype(np.float64)


def newest(events: Events) -> float:
    """Time of the newest event; 0 when there is none."""
    return float(events.time.max()) if len(events.time) else 0.0


def sessions_of(params: Params, events: Events, users: int, items: int) -> SessionNeighbours | None:
    """Index the sessions, if they count at all."""
    if not params.blend.sessions:
        return None
    return SessionNeighbours(params.sessions, events, users, items)
