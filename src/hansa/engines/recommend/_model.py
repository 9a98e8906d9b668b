"""The fitted recommender: blends the sources for one history or many, and takes in new events.

It keeps the users' histories and the counters up to date; how a source scores is the source's matter.
Not safe for a writer beside readers: the caller holds a lock around ``observe``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hansa import __version__
from hansa.engines.recommend import _blend as blend
from hansa.engines.recommend._catalogue import Catalogue, Mask, best, checked_k, shortage, strangers
from hansa.engines.recommend._covisitation import Covisitation
from hansa.engines.recommend._factors import Factors, Vectors
from hansa.engines.recommend._history import History
from hansa.engines.recommend._params import Params
from hansa.engines.recommend._popularity import ages, popularity
from hansa.engines.recommend._problem import LARGEST_WEIGHT, Events, Floats, Id, Indices, Problem
from hansa.engines.recommend._ragged import Ragged
from hansa.engines.recommend._result import Note, NoteCode, Provenance, Reason, Result, Source
from hansa.engines.recommend._session_knn import SessionNeighbours
from hansa.kernel.errors import InvalidInput, Refused

AT_ONCE = 64  # histories ranked together: large enough for a matrix product, small enough for the cache


@dataclass
class Past:
    """Every user's events (rows: users; each row oldest first)."""

    items: Ragged[np.int64]
    weights: Ragged[np.float64]
    times: Ragged[np.float64]

    def __len__(self) -> int:
        return len(self.items)

    def of(self, user: int, until: float = np.inf) -> History:
        """Return a user's history up to a moment."""
        kept = self.times.rows[user] <= until
        return History(self.items.rows[user][kept], self.weights.rows[user][kept])

    def add_user(self) -> None:
        """Make room for one more user."""
        for column in (self.items, self.weights, self.times):
            column.add_row()

    def observe(self, user: int, item: int, weight: float, time: float) -> None:
        """Put one event at the end of a user's history."""
        self.items.append(user, item)
        self.weights.append(user, weight)
        self.times.append(user, time)


@dataclass
class Fitted:
    """What a fit (or a saved model) hands to the model."""

    params: Params
    seed: int
    as_of: float
    input_hash: str
    users: list[Id]
    items: list[Id]
    past: Past
    popularity: Floats
    covisitation: Covisitation
    factors: Factors | None
    sessions: SessionNeighbours | None
    events_since_fit: int
    last_time: float


class Model:
    """A recommender for histories and for users, which learns from every event it is told."""

    def __init__(self, fitted: Fitted) -> None:
        self._state = fitted
        self._catalogue = Catalogue(fitted.items)
        self._params_as_dict = fitted.params.as_dict()
        self._user_place = {user: place for place, user in enumerate(fitted.users)}

    # what is known

    @property
    def state(self) -> Fitted:
        """Everything it knows, for saving."""
        return self._state

    @property
    def params(self) -> Params:
        """The knobs it was fitted with."""
        return self._state.params

    @property
    def items(self) -> tuple[Id, ...]:
        """The items axis, in the order that masks follow; new items stand at the end."""
        return tuple(self._catalogue.items)

    @property
    def users(self) -> tuple[Id, ...]:
        """The users axis; new users stand at the end."""
        return tuple(self._state.users)

    @property
    def provenance(self) -> Provenance:
        """How its answers are made."""
        state = self._state
        return Provenance(
            engine="recommend.blend",
            version=__version__,
            params=self._params_as_dict,
            seed=state.seed,
            input_hash=state.input_hash,
            events_since_fit=state.events_since_fit,
        )

    @property
    def diagnostics(self) -> dict[str, object]:
        """Sizes of what was learnt."""
        state = self._state
        return {
            "users": len(state.users),
            "items": len(self._catalogue),
            "events": sum(map(len, state.past.items.rows)),
            "pairs": state.covisitation.pairs,
            "factors": 0 if state.factors is None else state.params.factors.count,
        }

    # answers

    def recommend(
        self,
        history: Sequence[Id],
        k: int,
        *,
        weights: Sequence[float] | None = None,
        exclude: Collection[Id] = (),
        allowed: Mask | Collection[Id] | None = None,
        exclude_seen: bool = True,
    ) -> Result:
        """Recommend ``k`` items after a history (ids, oldest first; weights, 1 each when left out).

        ``allowed`` is a mask over ``items`` or a collection of ids, ``exclude`` a collection of
        ids. Unknown ids never fail: what is left is answered, in the end by what is popular.
        Refuses a k below 1, wrong weights and a mask of the wrong length.
        """
        known, unknown = self._catalogue.history(history, weights)
        notes = strangers(unknown)
        if not history:
            notes.append(Note(NoteCode.NO_HISTORY, "the history is empty"))
        return self._answer(known, checked_k(k), exclude, allowed, exclude_seen, notes)

    def recommend_for_user(
        self,
        user: Id,
        k: int,
        *,
        as_of: float | None = None,
        exclude: Collection[Id] = (),
        allowed: Mask | Collection[Id] | None = None,
        exclude_seen: bool = True,
    ) -> Result:
        """Recommend after a user's stored history, or what of it had happened at ``as_of``.

        A user never seen gets what is popular. Refusals as for ``recommend``.
        """
        place = self._find_user(user)
        notes: list[Note] = []
        if place is None:
            known = _nothing()
            notes.append(Note(NoteCode.UNKNOWN_USER, f"user {user!r} never seen before"))
        else:
            known = self._state.past.of(place, np.inf if as_of is None else as_of)
            if not len(known.items):
                notes.append(Note(NoteCode.NO_HISTORY, f"user {user!r} has no history yet"))
        return self._answer(known, checked_k(k), exclude, allowed, exclude_seen, notes)

    def similar(
        self,
        item: Id,
        k: int,
        *,
        exclude: Collection[Id] = (),
        allowed: Mask | Collection[Id] | None = None,
    ) -> Result:
        """Name the ``k`` items nearest to one: by its pairs and by the cosine of the item vectors.

        An item never seen gets what is popular. Refusals as for ``recommend``.
        """
        known, unknown = self._catalogue.history([item], None)
        notes = strangers(unknown)
        vectors = self._item_vectors(known.items)
        return self._answer(known, checked_k(k), exclude, allowed, True, notes, vectors)

    def rank(
        self, histories: Sequence[Sequence[Id]], k: int, *, exclude_seen: bool = True
    ) -> list[list[tuple[Id, float]]]:
        """Give each history's best ``k`` items with their scores, as ``recommend`` would, without reasons."""
        k = checked_k(k)
        known = [self._catalogue.history(history, None)[0] for history in histories]
        everything = np.ones(len(self._catalogue), dtype=np.bool_)
        ranked = []
        for history, parts in zip(known, self._parts_of_many(known, exclude_seen), strict=True):
            mask = everything.copy()
            if exclude_seen:
                mask[history.items] = False
            scores = blend.total(parts)
            top = best(scores, mask, k)
            items = [self._catalogue.items[place] for place in top.tolist()]
            ranked.append(list(zip(items, scores[top].tolist(), strict=True)))
        return ranked

    # vectors

    def user_vector(self, history: Sequence[Id], *, weights: Sequence[float] | None = None) -> Floats:
        """Solve the vector of a history (axis: factors); 0 when nothing of it is known.

        Refuses when the model was fitted without factors.
        """
        known, _ = self._catalogue.history(history, weights)
        folded = self._factors().fold_in([known])
        return np.asarray(folded[0], dtype=np.float64)

    def item_vector(self, item: Id) -> Floats:
        """Return an item's vector (axis: factors); 0 when it is not known.

        Refuses when the model was fitted without factors.
        """
        place = self._catalogue.find(item)
        vectors = self._factors().items
        if place is None:
            return np.zeros(vectors.shape[1])
        return np.asarray(vectors[place], dtype=np.float64)

    def cosine(self, history: Sequence[Id], item: Id, *, weights: Sequence[float] | None = None) -> float:
        """Score an item for a history by u . v / (|u| |v|); 0 when one of the two is not known."""
        u, v = self.user_vector(history, weights=weights), self.item_vector(item)
        lengths = float(np.linalg.norm(u) * np.linalg.norm(v))
        return float(u @ v) / lengths if lengths > 0 else 0.0

    # events

    def observe(
        self,
        item: Id,
        *,
        user: Id | None = None,
        after: Sequence[Id] = (),
        weight: float = 1.0,
        at: float | None = None,
    ) -> None:
        """Take in one event, so that the next answer knows it; the work is O(window) pairs.

        The event follows the user's stored history, or ``after`` (ids, oldest first) in a session
        without a user. ``at`` is in the unit of the events' times; the newest time known when left
        out. New users and items are added. Co-visitation, popularity and histories count it as a
        new fit would; vectors of items known at the fit wait for the next fit. Refuses a weight
        outside (0, 1e6], a time that is not finite, an id that is not hashable.
        """
        state = self._state
        time = state.last_time if at is None else float(at)
        if not 0 < weight <= LARGEST_WEIGHT or not np.isfinite(time):
            raise InvalidInput(f"event of item {item!r}: weight {weight!r} or time {at!r} is out of range")
        if user is not None and len(after):
            raise InvalidInput("an event follows either a user's history or the items in `after`, not both")
        user_place = None if user is None else self._user(user)
        before, _ = (
            self._catalogue.history(after, None) if user_place is None else (state.past.of(user_place), [])
        )
        place = self._item(item)
        age = float(ages(np.asarray([time]), state.params.half_life, state.as_of)[0])
        state.popularity[place] += weight * age
        window = state.params.covisitation.window
        recent = zip(before.items[-window:].tolist(), before.weights[-window:].tolist(), strict=True)
        state.covisitation.observe(list(recent), place, weight, age, state.popularity)
        if state.factors is not None and place in state.factors.evidence:
            state.factors.observe(state.factors.fold_in([before])[0], place, weight * age)
        if user_place is not None:
            state.past.observe(user_place, place, weight, time)
            if state.sessions is not None:
                state.sessions.observe(user_place, place, time)
        state.last_time = max(state.last_time, time)
        state.events_since_fit += 1

    def _user(self, user: Id) -> int:
        """Return a user's place, adding the user when new."""
        place = self._find_user(user)
        if place is not None:
            return place
        self._user_place[_hashable(user)] = len(self._state.users)
        self._state.users.append(user)
        self._state.past.add_user()
        if self._state.sessions is not None:
            self._state.sessions.add_user()
        return len(self._state.users) - 1

    def _item(self, item: Id) -> int:
        """Return an item's place, adding the item when new."""
        place = self._catalogue.find(item)
        if place is not None:
            return place
        state = self._state
        self._catalogue.add(_hashable(item))
        state.popularity = np.append(state.popularity, 0.0)
        for source in (state.covisitation, state.factors, state.sessions):
            if source is not None:
                source.add_item()
        return len(self._catalogue) - 1

    def _find_user(self, user: Id) -> int | None:
        try:
            return self._user_place.get(user)
        except TypeError:  # not hashable, so it was never an id
            return None

    # from a history to an answer

    def _factors(self) -> Factors:
        if self._state.factors is None:
            raise Refused("this model has no vectors: fit it with Params.factors.count above 0")
        return self._state.factors

    def _item_vectors(self, places: Indices) -> Vectors | None:
        return None if self._state.factors is None else self._state.factors.items[places[:1]]

    def _parts_of_many(self, histories: Sequence[History], exclude_seen: bool) -> Iterator[blend.Parts]:
        """Yield what each source says of every item, history by history."""
        for start in range(0, len(histories), AT_ONCE):
            block = histories[start : start + AT_ONCE]
            cosines = self._cosines(block)
            for row, history in enumerate(block):
                yield self._parts(history, None if cosines is None else cosines[row], exclude_seen)

    def _cosines(self, histories: Sequence[History], vectors: Vectors | None = None) -> Vectors | None:
        """Cosines of the histories' vectors (rows) with all items (columns), if they count at all."""
        factors = self._state.factors
        if factors is None or self.params.blend.cosine == 0:
            return None
        return factors.cosines(factors.fold_in(histories) if vectors is None else vectors)

    def _parts(self, history: History, cosines: Vectors | None, exclude_seen: bool) -> blend.Parts:
        """What each source says of every item."""
        state, weights = self._state, self.params.blend
        parts: blend.Parts = {Source.POPULAR: blend.scaled(state.popularity, weights.popularity)}
        if not len(history.items):
            return parts
        if weights.covisitation:
            scores = state.covisitation.scores(history)
            parts[Source.CO_VISITED] = blend.scaled(scores, weights.covisitation)
        if state.sessions is not None:
            parts[Source.SESSIONS] = blend.scaled(state.sessions.scores(history), weights.sessions)
        if cosines is not None:
            parts[Source.COSINE] = weights.cosine * cosines.astype(np.float64)
        if not exclude_seen and weights.repeat:
            parts[Source.REPEAT] = blend.scaled(self._repeats(history), weights.repeat)
        return parts

    def _repeats(self, history: History) -> Floats:
        """Personal frequency, faded (axis: items): the strongest signal where people buy again."""
        items, faded = history.faded(self.params.blend.repeat_decay)
        scores = np.zeros(len(self._catalogue))
        scores[items] = faded
        return scores

    def _answer(
        self,
        history: History,
        k: int,
        exclude: Collection[Id],
        allowed: Mask | Collection[Id] | None,
        exclude_seen: bool,
        notes: list[Note],
        vectors: Vectors | None = None,
    ) -> Result:
        cosines = self._cosines([history], vectors) if len(history.items) else None
        parts = self._parts(history, None if cosines is None else cosines[0], exclude_seen)
        seen = history.items if exclude_seen else history.items[:0]
        mask = self._catalogue.mask(allowed=allowed, exclude=exclude, seen=seen)
        scores = blend.total(parts)
        top = best(scores, mask, k)
        reasons = self._reasons(parts, history, top)
        if len(top) and all(reason.source is Source.POPULAR for reason in reasons):
            notes.append(Note(NoteCode.FELL_BACK_TO_POPULAR, "nothing personal to go by: popular items"))
        return Result(
            items=tuple(self._catalogue.items[place] for place in top.tolist()),
            scores=tuple(scores[top].tolist()),
            reasons=reasons,
            notes=(*notes, *shortage(self._catalogue, mask, k)),
            diagnostics={"known": len(history.items), "open_items": int(mask.sum())},
            provenance=self.provenance,
        )

    def _reasons(self, parts: blend.Parts, history: History, top: Indices) -> tuple[Reason, ...]:
        """Say for each item which source leads, and which item of the history is behind it."""
        shares = [blend.parts_of(parts, place) for place in top.tolist()]
        leads = [blend.leading(share) for share in shares]
        behind: dict[int, int | None] = {}
        explain: dict[Source, Callable[[History, Indices], list[int | None]]] = {
            Source.CO_VISITED: self._state.covisitation.because_of
        }
        if self._state.factors is not None:
            explain[Source.COSINE] = self._state.factors.because_of
        for source, because_of in explain.items():
            wanted = top[[lead is source for lead in leads]]
            if len(wanted):
                behind.update(zip(wanted.tolist(), because_of(history, wanted), strict=True))
        behind.update(
            {place: place for place, lead in zip(top.tolist(), leads, strict=True) if lead is Source.REPEAT}
        )
        names = self._catalogue.items
        because = [behind.get(place) for place in top.tolist()]
        return tuple(
            Reason(lead, None if item is None else names[item], share)
            for lead, item, share in zip(leads, because, shares, strict=True)
        )


def fit(problem: Problem, params: Params | None = None, *, seed: int, as_of: float | None = None) -> Model:
    """Fit a recommender on what had happened at ``as_of`` (everything, when left out).

    The same problem, parameters and seed give the same model.
    """
    params = params or Params()
    events = problem.events if as_of is None else problem.events.until(as_of)
    now = float(events.time.max(initial=0.0)) if as_of is None else as_of
    age = ages(events.time, params.half_life, now)
    users, items = len(problem.users), len(problem.items)
    counts = popularity(events, age, items)
    return Model(
        Fitted(
            params=params,
            seed=seed,
            as_of=now,
            input_hash=problem.fingerprint(),
            users=list(problem.users),
            items=list(problem.items),
            past=_past(events, users),
            popularity=counts,
            covisitation=Covisitation.fit(events, age, counts, params.covisitation),
            factors=Factors.fit(events, age, users, items, params.factors, seed)
            if params.factors.count
            else None,
            sessions=SessionNeighbours(params.sessions, events, users, items)
            if params.blend.sessions
            else None,
            events_since_fit=0,
            last_time=now,
        )
    )


def _past(events: Events, users: int) -> Past:
    return Past(
        Ragged.grouped(events.user, events.item, users),
        Ragged.grouped(events.user, events.weight, users),
        Ragged.grouped(events.user, events.time, users),
    )


def _nothing() -> History:
    return History(np.zeros(0, dtype=np.int64), np.zeros(0))


def _hashable(one: Id) -> Id:
    try:
        hash(one)
    except TypeError as unhashable:
        raise InvalidInput(f"{one!r} cannot be an id: it is not hashable") from unhashable
    return one
