"""Exposure as a contract: every new good its impressions in time, every active merchant its floor share.

A slot allocator fills reserved places only as often as the promises need, with known propensities, and reports
what was met and what it cost. Ranking is left to others; so is keeping the counts between two requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hansa.kernel.errors import InvalidInput

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

SAFETY = 1.15  # reserved places are opened a little more often than strictly due, as draws scatter
CATCH_UP = 0.05  # of what a merchant is behind, asked for in each request


@dataclass(frozen=True, eq=False)
class Problem:
    """Who was promised what (axes *goods* that may stand in a reserved place, and *merchants*).

    - ``merchant``: place of each good's merchant on the axis of merchants.
    - ``shown``: impressions each good has had; ``requests_left``: requests expected until its promise ends, 0
      when it was promised nothing (it may still stand for its merchant).
    - ``merchant_shown``: impressions each merchant has had in the period; ``merchant_share``: its floor, as a
      share of all impressions, together at most 1.
    - ``requests``: requests so far in the period.
    Refuses with InvalidInput, naming the first culprit.
    """

    goods: Sequence[str]
    merchant: ArrayLike
    shown: ArrayLike
    requests_left: ArrayLike
    merchants: Sequence[str]
    merchant_shown: ArrayLike
    merchant_share: ArrayLike
    requests: int = 0

    def __post_init__(self) -> None:
        for kind, ids in (("good", self.goods), ("merchant", self.merchants)):
            if len(set(ids)) < len(ids):
                raise InvalidInput(
                    f"a {kind} comes twice: {next(one for one in ids if ids.count(one) > 1)!r}"
                )
        _row("good", "merchant", self.merchant, self.goods, 0, max(len(self.merchants) - 1, 0))
        _row("good", "shown", self.shown, self.goods, 0, np.inf)
        _row("good", "requests_left", self.requests_left, self.goods, 0, np.inf)
        _row("merchant", "merchant_shown", self.merchant_shown, self.merchants, 0, np.inf)
        share = _row("merchant", "merchant_share", self.merchant_share, self.merchants, 0, 1)
        if share.sum() > 1 + 1e-9:
            raise InvalidInput(f"floor shares add up to {share.sum():.3f}; there is no more than 1")


@dataclass(frozen=True)
class Params:
    """The terms of the contract.

    promised: impressions of each new good, 0 or more. length: items in an answer, 1 or more. reserved: places of an
    answer (1 is the first) that may be given away, each 1 to length, none twice; the last ones cost least.
    considered: goods that a reserved place is drawn among, 1 to 1/least_propensity. least_propensity: floor of
    the chance of whatever is shown, above 0 to 1. relevance_power: how much the draw prefers what suits the person, 0
    to 100. burst: impressions a merchant may be behind before its bucket counts no more, above 0.
    """

    promised: float = 100.0
    length: int = 10
    reserved: tuple[int, ...] = (10,)
    considered: int = 20
    least_propensity: float = 0.01
    relevance_power: float = 2.0
    burst: float = 1_000.0

    def __post_init__(self) -> None:
        if not self.promised >= 0:
            raise InvalidInput(f"promised must be 0 or more, not {self.promised!r}")
        if self.length < 1 or len(set(self.reserved)) < len(self.reserved):
            raise InvalidInput(f"{self.length} items with the reserved places {self.reserved} are no answer")
        if any(not 1 <= place <= self.length for place in self.reserved):
            raise InvalidInput(f"reserved places must lie between 1 and {self.length}, not {self.reserved}")
        if not 0 < self.least_propensity <= 1:
            raise InvalidInput(
                f"least_propensity must lie above 0 and at most 1, not {self.least_propensity!r}"
            )
        if not 1 <= self.considered <= 1 / self.least_propensity + 1e-9:
            raise InvalidInput(
                f"{self.considered} goods cannot each have a chance of {self.least_propensity:g}; "
                f"consider at most {int(1 / self.least_propensity)}"
            )
        if not 0 <= self.relevance_power <= 100 or not self.burst > 0:
            raise InvalidInput("relevance_power must lie between 0 and 100, and burst above 0")


@dataclass(frozen=True)
class Placed:
    """An answer with its reserved places filled.

    ``propensities`` are the chances of what stands at each place, given the ranking: 1 where it was not drawn.
    ``for_promise`` names the places that were given away.
    """

    items: tuple[str, ...]
    propensities: tuple[float, ...]
    for_promise: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Result:
    """What became of the promises.

    ``goods_met`` and ``merchants_met``: shares met; ``behind``: impressions still owed by good, of those owed any;
    ``merchants_behind`` likewise; ``given_away``: places given away, and their share of all places. ``gini`` of the
    impressions of merchants. ``notes`` say what cannot be met, and why.
    """

    goods_met: float
    merchants_met: float
    behind: Mapping[str, float]
    merchants_behind: Mapping[str, float]
    given_away: int
    share_given_away: float
    gini: float
    notes: tuple[str, ...]


class Allocator:
    """Fills answers one after the other and counts what was shown."""

    def __init__(self, problem: Problem, params: Params | None = None, *, seed: int = 0) -> None:
        self._params = Params() if params is None else params
        self._goods, self._merchants = tuple(problem.goods), tuple(problem.merchants)
        self._place = {good: place for place, good in enumerate(self._goods)}
        self._merchant = np.asarray(problem.merchant, dtype=np.int64)
        self._shown = np.array(problem.shown, dtype=np.float64)
        self._left = np.array(problem.requests_left, dtype=np.float64)
        self._is_promised = self._left > 0
        self._merchant_shown = np.array(problem.merchant_shown, dtype=np.float64)
        self._share = np.asarray(problem.merchant_share, dtype=np.float64)
        self._requests, self._given_away, self._served = problem.requests, 0, 0
        self._random = np.random.default_rng(seed)

    def place(
        self,
        ranking: Sequence[str],
        *,
        relevance: ArrayLike | None = None,
        merchants: Mapping[str, int] | None = None,
    ) -> Placed:
        """Cut a ranking to length, give reserved places to those behind, and count every impression.

        ``relevance[goods]`` (0 or more) says how well each good suits the person; ``merchants`` the places of the
        merchants of ranked items that are not on the axis of goods. A good the person sees anyway is counted, and
        is not drawn.
        """
        params = self._params
        items = list(ranking[: params.length])
        chances = [1.0] * len(items)
        given: list[int] = []
        due = self._due()
        due[[self._place[item] for item in items if item in self._place]] = 0.0
        need = SAFETY * float(due.sum())
        for spot in sorted(params.reserved, reverse=True):
            if spot > len(items):
                continue
            open_ = self._chance_to_open(need)
            need -= open_
            if not open_:
                break
            if self._random.random() >= open_:
                chances[spot - 1] = 1.0 - open_
                continue
            pool, drawn = self._draw(due, relevance, open_)
            chosen = int(self._random.choice(len(pool), p=drawn))
            items[spot - 1] = self._goods[pool[chosen]]
            chances[spot - 1] = open_ * float(drawn[chosen])
            given.append(spot)
            due[pool[chosen]] = 0.0
            if not due.any():
                break
        self._count(items, merchants or {})
        self._given_away += len(given)
        return Placed(tuple(items), tuple(chances), tuple(given))

    def propensities(
        self, due: ArrayLike, relevance: ArrayLike | None = None, *, open_: float = 1.0
    ) -> dict[str, float]:
        """The exact chances to stand at a place that is given away with chance ``open_``, by good.

        ``due[goods]`` is owed in each request.
        """
        pool, drawn = self._draw(np.asarray(due, dtype=np.float64), relevance, open_)
        return {self._goods[place]: open_ * float(chance) for place, chance in zip(pool, drawn, strict=True)}

    def result(self) -> Result:
        """Say what was met so far, what is owed, and what cannot be met."""
        owed = np.where(self._is_promised, np.maximum(self._params.promised - self._shown, 0.0), 0.0)
        floor = self._share * self._requests * self._params.length
        lacking = np.where(self._share > 0, np.maximum(np.floor(floor) - self._merchant_shown, 0.0), 0.0)
        places = self._served * self._params.length
        return Result(
            goods_met=_share_met(owed[self._is_promised]),
            merchants_met=_share_met(lacking[self._share > 0]),
            behind={self._goods[one]: float(owed[one]) for one in np.flatnonzero(owed)},
            merchants_behind={self._merchants[one]: float(lacking[one]) for one in np.flatnonzero(lacking)},
            given_away=self._given_away,
            share_given_away=self._given_away / places if places else 0.0,
            gini=gini(self._merchant_shown),
            notes=self._notes(owed),
        )

    def _due(self) -> Floats:
        """Impressions that each good should get in this request: its own promise and its merchant's bucket."""
        owed = np.maximum(self._params.promised - self._shown, 0.0)
        own = np.where(self._left > 0, owed / np.maximum(self._left, 1.0), 0.0)
        filled = 1.0 + self._share * (self._requests + 1) * self._params.length
        bucket = np.clip(filled - self._merchant_shown, 0.0, self._params.burst)
        goods_of = np.bincount(self._merchant, minlength=len(self._merchants))
        # A merchant behind its floor asks for its pace and a part of what it lacks, spread over its goods.
        for_merchant = np.where(bucket > 0.0, self._share * self._params.length + bucket * CATCH_UP, 0.0)
        shared = (for_merchant / np.maximum(goods_of, 1))[self._merchant]
        return np.minimum(own + shared, 1.0)

    def _chance_to_open(self, need: float) -> float:
        """The chance that a place is given away; never so near 0 or 1 that something shown was hardly possible."""
        least = self._params.least_propensity
        if need < least:
            return 0.0
        return need if need <= 1.0 - least else 1.0

    def _draw(self, due: Floats, relevance: ArrayLike | None, open_: float) -> tuple[Places, Floats]:
        """The goods considered for an open place, and the exact chance of each.

        Opened and drawn, none is shown with a chance below the floor.
        """
        suits = np.ones(len(due)) if relevance is None else np.asarray(relevance, dtype=np.float64)
        if suits.shape != due.shape or not (suits >= 0).all():
            raise InvalidInput(f"relevance must be 0 or more for each of {len(due)} goods")
        scale = float(suits.max(initial=0.0))
        weight = due * (suits / scale) ** self._params.relevance_power if scale else due.copy()
        weight = np.where(due > 0, np.maximum(weight, 1e-12 * due), 0.0)
        floor = self._params.least_propensity / open_
        most = min(self._params.considered, int(1 / floor + 1e-9))
        pool = np.argsort(-weight, kind="stable")[:most]
        pool = pool[weight[pool] > 0]
        return pool, floor + (1 - floor * len(pool)) * weight[pool] / weight[pool].sum()

    def _count(self, items: Sequence[str], merchants: Mapping[str, int]) -> None:
        for item in items:
            place = self._place.get(item)
            merchant = merchants.get(item) if place is None else int(self._merchant[place])
            if place is not None:
                self._shown[place] += 1
            if merchant is not None:
                self._merchant_shown[merchant] += 1
        self._left = np.maximum(self._left - 1, 0)
        self._requests += 1
        self._served += 1

    def _notes(self, owed: Floats) -> tuple[str, ...]:
        open_ = self._left > 0
        room = float(self._left.max(initial=0.0)) * len(self._params.reserved)
        wanted = float(owed[open_].sum())
        notes = []
        if wanted > room:
            notes.append(
                f"{wanted:.0f} impressions are owed and reserved places will hold {room:.0f}: "
                f"promise less, reserve more places or give more time"
            )
        late = int((owed[~open_] > 0).sum())
        if late:
            notes.append(f"{late} goods had fewer impressions than promised when their time was over")
        return tuple(notes)


def gini(values: ArrayLike) -> float:
    """How unequal amounts are: 0 when all are the same, towards 1 when one has all."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n, total = len(ordered), float(ordered.sum())
    if not n or not total:
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


def _share_met(lacking: Floats) -> float:
    return float((lacking == 0).mean()) if len(lacking) else 1.0


def _row(kind: str, name: str, given: ArrayLike, ids: Sequence[str], low: float, high: float) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (len(ids),):
        raise InvalidInput(f"{name} has shape {values.shape}; give one number for each of {len(ids)} {kind}s")
    wrong = np.flatnonzero(~((values >= low) & (values <= high)))
    if len(wrong):
        raise InvalidInput(
            f"{kind} {ids[wrong[0]]!r}: {name} is {values[wrong[0]]:g}; it must be {low:g} to {high:g}"
        )
    return values
