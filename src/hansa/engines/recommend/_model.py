"""The fitted recommender: orders the candidates of its sources, for one history or many, with reasons.

What it knows, and how an event changes that, is kept by the state; how a source scores, by the source.
Not safe for a writer beside readers: the caller holds a lock around ``observe``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from hansa import __version__
from hansa.engines.recommend import _blend as blend
from hansa.engines.recommend._blend import first
from hansa.engines.recommend._catalogue import Asked, Mask, as_asked, checked_k, shortage, strangers
from hansa.engines.recommend._factors import Factors, Vectors
from hansa.engines.recommend._history import History
from hansa.engines.recommend._params import Params, RankerParams
from hansa.engines.recommend._problem import Floats, Id, Indices, Problem
from hansa.engines.recommend._ranker import Lesson, Ranker
from hansa.engines.recommend._result import Note, NoteCode, Provenance, Reason, Result, Source
from hansa.engines.recommend._shortlist import Shortlist, shortlist
from hansa.engines.recommend._signals import signals
from hansa.engines.recommend._state import Event, State
from hansa.kernel.errors import Refused

AT_ONCE = 64  # histories ranked together: large enough for a matrix product, small enough for the cache


class Model:
    """A recommender for histories and for users, which learns from every event it is told."""

    def __init__(self, state: State, ranker: Ranker | None = None) -> None:
        self.state = state
        self.ranker = ranker
        self._params_as_dict = state.params.as_dict()

    # what is known

    @property
    def params(self) -> Params:
        """The knobs it was fitted with."""
        return self.state.params

    @property
    def items(self) -> tuple[Id, ...]:
        """The items axis, in the order that masks follow; new items stand at the end."""
        return tuple(self.state.items.ids)

    @property
    def users(self) -> tuple[Id, ...]:
        """The users axis; new users stand at the end."""
        return tuple(self.state.users.ids)

    @property
    def provenance(self) -> Provenance:
        """How its answers are made."""
        state = self.state
        return Provenance(
            engine="recommend.blend" if self.ranker is None else "recommend.ranked",
            version=__version__,
            params=self._params_as_dict,
            seed=state.seed,
            input_hash=state.input_hash,
            events_since_fit=state.events_since_fit,
        )

    @property
    def diagnostics(self) -> dict[str, object]:
        """Sizes of what was learnt."""
        state = self.state
        return {
            "users": len(state.users),
            "items": len(self.state.items),
            "events": int(state.past.items.lengths.sum()),
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
        times: Sequence[float] | None = None,
        at: float = np.inf,
        exclude: Collection[Id] = (),
        allowed: Mask | Collection[Id] | None = None,
        exclude_seen: bool = True,
    ) -> Result:
        """Recommend ``k`` items after a history (ids, oldest first; weights, 1 each when left out).

        ``times`` and ``at``, the present, are in the unit of the events' times; a model that was fitted with
        times knows by them what is due again. ``allowed`` is a mask over ``items`` or a collection of ids, ``exclude`` a collection of
        ids. Unknown ids never fail: what is left is answered, in the end by what is popular.
        Refuses a k below 1, wrong weights and times, and a mask of the wrong length.
        """
        known, unknown = self.state.items.history(Asked(history, weights, times, at))
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
        place = self.state.users.find(user)
        notes: list[Note] = []
        if place is None:
            known = _nothing()
            notes.append(Note(NoteCode.UNKNOWN_USER, f"user {user!r} never seen before"))
        else:
            known = self.state.past.of(place, self.state.last_time if as_of is None else as_of)
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
        known, unknown = self.state.items.history(Asked([item]))
        notes = strangers(unknown)
        vectors = self._item_vectors(known.items)
        return self._answer(known, checked_k(k), exclude, allowed, True, notes, vectors)

    def rank(
        self, histories: Sequence[Sequence[Id] | Asked], k: int, *, exclude_seen: bool = True
    ) -> list[list[tuple[Id, float]]]:
        """Give each history's best ``k`` items with their scores, as ``recommend`` would, without reasons."""
        k = checked_k(k)
        ranked = []
        for block in self._blocks(histories):
            listed = [
                self._listed(
                    history, self._open(history, exclude_seen), k, again=not exclude_seen, cosines=cosines
                )
                for history, cosines in block
            ]
            for each, scores in zip(listed, self._scores(listed), strict=True):
                top = first(scores, k)
                items = [self.state.items.ids[place] for place in each.items[top].tolist()]
                ranked.append(list(zip(items, scores[top].tolist(), strict=True)))
        return ranked

    # choosing how to answer

    def asked_with(self, params: Params) -> Model:
        """The same knowledge under other knobs of asking: decays, weights, neighbours of sessions.

        Refuses knobs that need another fit, naming the first.
        """
        return Model(self.state.asked_with(params), self.ranker)

    def lessons(
        self,
        asked: Sequence[Sequence[Id] | Asked],
        taken: Sequence[Collection[Id]],
        *,
        exclude_seen: bool = True,
    ) -> list[Lesson]:
        """What is known of the candidates of each history, and which of them were taken after it.

        What was taken must not have been in the fit: nothing would be learnt but to repeat it. A history none of
        whose candidates was taken teaches nothing and is left out.
        """
        wanted = iter(taken)
        told = (
            self._lesson(history, next(wanted), exclude_seen, cosines)
            for block in self._blocks(asked)
            for history, cosines in block
        )
        return [lesson for lesson in told if lesson.wanted.any()]

    def with_order_learnt(self, lessons: Sequence[Lesson], params: RankerParams | None = None) -> Model:
        """Learn how to order candidates; too few lessons leave the order to the blend."""
        knobs = params or self.params.ranker
        state = replace(self.state, params=replace(self.params, ranker=knobs))
        return Model(state, Ranker.learn(lessons, knobs, self.state.seed))

    def _lesson(
        self, history: History, wanted: Collection[Id], exclude_seen: bool, cosines: Vectors | None
    ) -> Lesson:
        mask = self._open(history, exclude_seen)
        listed = self._listed(history, mask, 1, again=not exclude_seen, further=True, cosines=cosines)
        is_wanted = np.isin(listed.items, self.state.items.known(wanted))
        return Lesson(signals(self.state, listed), is_wanted.astype(np.int8))

    # vectors

    def user_vector(self, history: Sequence[Id], *, weights: Sequence[float] | None = None) -> Floats:
        """Solve the vector of a history (axis: factors); 0 when nothing of it is known.

        Refuses when the model was fitted without factors.
        """
        known, _ = self.state.items.history(Asked(history, weights))
        folded = self._factors().fold_in([known])
        return np.asarray(folded[0], dtype=np.float64)

    def item_vector(self, item: Id) -> Floats:
        """Return an item's vector (axis: factors); 0 when it is not known.

        Refuses when the model was fitted without factors.
        """
        place = self.state.items.find(item)
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
        self.state.observe(Event(item=item, user=user, after=after, weight=weight, at=at))

    # from a history to an answer

    def _factors(self) -> Factors:
        if self.state.factors is None:
            raise Refused("this model has no vectors: fit it with Params.factors.count above 0")
        return self.state.factors

    def _item_vectors(self, places: Indices) -> Vectors | None:
        return None if self.state.factors is None else self.state.factors.items[places[:1]]

    def _blocks(
        self, histories: Sequence[Sequence[Id] | Asked]
    ) -> Iterator[list[tuple[History, Vectors | None]]]:
        """What is known of each history, with its cosines, so many at a time."""
        for start in range(0, len(histories), AT_ONCE):
            block = [
                self.state.items.history(as_asked(each))[0] for each in histories[start : start + AT_ONCE]
            ]
            cosines = self._cosines(block)
            yield [(each, None if cosines is None else cosines[row]) for row, each in enumerate(block)]

    def _open(self, history: History, exclude_seen: bool) -> Mask:
        seen = history.items if exclude_seen else history.items[:0]
        return self.state.items.mask(allowed=None, exclude=(), seen=seen)

    def _listed(
        self,
        history: History,
        mask: Mask,
        k: int,
        *,
        again: bool,
        further: bool | None = None,
        cosines: Vectors | None,
    ) -> Shortlist:
        """The candidates of a history, neighbours of neighbours among them where a ranker can judge them."""
        return shortlist(
            self.state,
            history,
            mask,
            k,
            again=again,
            further=self.ranker is not None if further is None else further,
            cosines=cosines if len(history.items) else None,
        )

    def _scores(self, listed: Sequence[Shortlist]) -> list[Floats]:
        """The scores of each list's candidates, by the ranker if there is one, all lists in one call."""
        if self.ranker is None:
            return [each.blended for each in listed]
        scores = self.ranker.scores(np.concatenate([signals(self.state, each) for each in listed]))
        return np.split(scores, np.cumsum([len(each.items) for each in listed])[:-1])

    def _cosines(self, histories: Sequence[History], vectors: Vectors | None = None) -> Vectors | None:
        """Cosines of the histories' vectors (rows) with all items (columns), if they count at all."""
        factors = self.state.factors
        if factors is None or self.params.blend.cosine == 0:
            return None
        return factors.cosines(factors.fold_in(histories) if vectors is None else vectors)

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
        seen = history.items if exclude_seen else history.items[:0]
        mask = self.state.items.mask(allowed=allowed, exclude=exclude, seen=seen)
        listed = self._listed(
            history, mask, k, again=not exclude_seen, cosines=None if cosines is None else cosines[0]
        )
        (scores,) = self._scores([listed])
        top = first(scores, k)
        reasons = self._reasons(listed, top)
        if len(top) and all(reason.source is Source.POPULAR for reason in reasons):
            notes.append(Note(NoteCode.FELL_BACK_TO_POPULAR, "nothing personal to go by: popular items"))
        return Result(
            items=tuple(self.state.items.ids[place] for place in listed.items[top].tolist()),
            scores=tuple(scores[top].tolist()),
            reasons=reasons,
            notes=(*notes, *shortage(self.state.items, mask, k)),
            diagnostics={"known": len(history.items), "open_items": int(mask.sum())},
            provenance=self.provenance,
        )

    def _reasons(self, listed: Shortlist, top: Indices) -> tuple[Reason, ...]:
        """Say for each candidate at the top which source leads, and which item of the history is behind it."""
        shares = [blend.parts_of(listed.parts, place) for place in top.tolist()]
        leads = [blend.leading(share) for share in shares]
        items = listed.items[top]
        behind: dict[int, int | None] = {}
        explain: dict[Source, Callable[[History, Indices], list[int | None]]] = {
            Source.CO_VISITED: self.state.covisitation.because_of
        }
        if self.state.factors is not None:
            explain[Source.COSINE] = self.state.factors.because_of
        for source, because_of in explain.items():
            wanted = items[[lead is source for lead in leads]]
            if len(wanted):
                behind.update(zip(wanted.tolist(), because_of(listed.history, wanted), strict=True))
        behind.update(
            {item: item for item, lead in zip(items.tolist(), leads, strict=True) if lead is Source.REPEAT}
        )
        names = self.state.items.ids
        because = [behind.get(item) for item in items.tolist()]
        return tuple(
            Reason(lead, None if item is None else names[item], share)
            for lead, item, share in zip(leads, because, shares, strict=True)
        )


def fit(
    problem: Problem,
    params: Params | None = None,
    *,
    seed: int,
    as_of: float | None = None,
    ranker: Ranker | None = None,
) -> Model:
    """Fit a recommender on what had happened at ``as_of`` (everything, when left out).

    The same problem, parameters and seed give the same model. ``ranker``: an order of candidates learnt by a
    model of the same parameters.
    """
    return Model(State.fit(problem, params or Params(), seed, as_of), ranker)


def _nothing() -> History:
    return History(np.zeros(0, dtype=np.int64), np.zeros(0))
