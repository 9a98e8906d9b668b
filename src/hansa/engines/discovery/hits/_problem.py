"""The input of the hit model: goods with their attributes, and what happened to them; checked once, here.

Which table or file it comes from is the caller's matter; what is learnt from it, that of the features.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hansa.kernel.errors import InvalidInput

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stream:
    """Acts of one kind (sales, carts, views), axis *acts*: which good, when (days), how much, and more.

    ``amount`` is above 0 (1 when left out); ``values`` are numbers told with each act, such as the price paid.
    """

    good: ArrayLike
    time: ArrayLike
    amount: ArrayLike | None = None
    values: Mapping[str, ArrayLike] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Acts:
    """A stream after the check."""

    good: Indices
    time: Floats
    amount: Floats
    values: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Problem:
    """New goods, who sells them, what they are, and what happened until ``known_until`` (days).

    Axis *goods*: id, index of the seller, index of the category, day of listing, attributes (NaN: unknown).
    ``streams`` are acts by kind; ``target`` names the one whose amount makes a hit. Acts and
    listings after ``known_until`` are refused, not ignored: they would let the future leak in. Goods listed
    before ``judged_from`` are only the past of their sellers: they neither teach nor are judged.
    Refuses with InvalidInput, naming the first culprit.
    """

    goods: Sequence[str]
    good_seller: ArrayLike
    good_category: ArrayLike
    listed_at: ArrayLike
    streams: Mapping[str, Stream]
    known_until: float
    attributes: Mapping[str, ArrayLike] = field(default_factory=dict)
    target: str = "sale"
    judged_from: float = -np.inf

    def __post_init__(self) -> None:
        goods = tuple(self.goods)
        seen: set[str] = set()
        for good in goods:
            if good in seen:
                raise InvalidInput(f"good {good!r} appears twice")
            seen.add(good)
        if not np.isfinite(self.known_until):
            raise InvalidInput(f"known_until is {self.known_until!r}; give a day")
        if self.target not in self.streams:
            raise InvalidInput(f"no stream {self.target!r}; there are {sorted(self.streams)}")
        _indices("seller", self.good_seller, goods)
        _indices("category", self.good_category, goods)
        _days("listed_at", self.listed_at, goods)
        late = np.flatnonzero(self.listed > self.known_until)
        if len(late):
            raise InvalidInput(f"good {goods[late[0]]!r} is listed after day {self.known_until:g}")
        for name, values in self.attributes.items():
            if np.asarray(values).shape != (len(goods),):
                raise InvalidInput(f"attribute {name!r} has {np.size(values)} values for {len(goods)} goods")
        for name in self.streams:
            self.acts(name)

    def acts(self, name: str) -> Acts:
        """The acts of one kind as arrays; refuses unknown goods, wrong amounts and times to come."""
        stream = self.streams[name]
        good = np.asarray(stream.good, dtype=np.int64).reshape(-1)
        n = len(good)
        time = _row(name, "time", stream.time, n)
        amount = _row(name, "amount", np.ones(n) if stream.amount is None else stream.amount, n)
        values = {key: _row(name, key, value, n) for key, value in stream.values.items()}
        for wrong, why in (
            ((good < 0) | (good >= len(self.goods)), "is of no good on the axis"),
            (
                ~np.isfinite(time) | (time > self.known_until),
                f"lies after day {self.known_until:g} or nowhere",
            ),
            (~(amount > 0) | ~np.isfinite(amount), "has an amount that is not above 0"),
        ):
            if wrong.any():
                raise InvalidInput(f"{name} {int(np.flatnonzero(wrong)[0])} {why}")
        return Acts(good, time, amount, values)

    def until(self, day: float) -> Problem:
        """What was known on a day: the goods listed by then, and their acts."""
        kept = np.flatnonzero(self.listed <= day)
        place = np.full(len(self.goods), -1)
        place[kept] = np.arange(len(kept))
        return replace(
            self,
            goods=tuple(self.goods[int(one)] for one in kept),
            good_seller=self.sellers[kept],
            good_category=self.categories[kept],
            listed_at=self.listed[kept],
            attributes={name: np.asarray(values)[kept] for name, values in self.attributes.items()},
            streams={name: _until(self.acts(name), day, place) for name in self.streams},
            known_until=day,
        )

    @property
    def sellers(self) -> Indices:
        return np.asarray(self.good_seller, dtype=np.int64)

    @property
    def categories(self) -> Indices:
        return np.asarray(self.good_category, dtype=np.int64)

    @property
    def listed(self) -> Floats:
        return np.asarray(self.listed_at, dtype=np.float64)

    def fingerprint(self) -> str:
        """Hash the whole input, so that a result can say what it was made from."""
        digest = hashlib.sha256("\x1f".join(self.goods).encode("utf-8", "surrogatepass"))
        digest.update(f"{self.target}\x1f{self.known_until!r}".encode())
        for array in (self.sellers, self.categories, self.listed):
            digest.update(array.tobytes())
        for name, values in sorted(self.attributes.items()):
            digest.update(name.encode() + np.asarray(values, dtype=np.float64).tobytes())
        for name in sorted(self.streams):
            acts = self.acts(name)
            digest.update(name.encode())
            for column in (acts.good, acts.time, acts.amount, *acts.values.values()):
                digest.update(column.tobytes())
        return digest.hexdigest()


def _until(acts: Acts, day: float, place: Indices) -> Stream:
    kept = (acts.time <= day) & (place[acts.good] >= 0)
    values = {name: column[kept] for name, column in acts.values.items()}
    return Stream(place[acts.good[kept]], acts.time[kept], acts.amount[kept], values)


def _indices(kind: str, given: ArrayLike, goods: tuple[str, ...]) -> None:
    array = np.asarray(given)
    if array.shape != (len(goods),) or (array.size and array.dtype.kind not in "iu"):
        raise InvalidInput(f"give each of {len(goods)} goods one {kind}, as a whole number")
    wrong = np.flatnonzero(array < 0)
    if len(wrong):
        raise InvalidInput(f"good {goods[wrong[0]]!r} has {kind} {array[wrong[0]]}; it must be 0 or more")


def _days(name: str, given: ArrayLike, goods: tuple[str, ...]) -> None:
    array = np.asarray(given, dtype=np.float64)
    if array.shape != (len(goods),):
        raise InvalidInput(f"{name} has shape {array.shape}; give a day for each of {len(goods)} goods")
    wrong = np.flatnonzero(~np.isfinite(array))
    if len(wrong):
        raise InvalidInput(f"good {goods[wrong[0]]!r}: {name} is not a day")


def _row(stream: str, name: str, given: ArrayLike, n: int) -> Floats:
    array = np.asarray(given, dtype=np.float64)
    if array.shape != (n,):
        raise InvalidInput(f"{stream} has {n} acts, but {array.size} of {name}")
    return array
