"""The input of the engine: who did what with which item, in which order; checked once, here.

Reading files and tables is left to the caller; how events turn into scores, to the sources.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hansa.kernel.errors import InvalidInput

Id: TypeAlias = Hashable
Indices: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

LARGEST_WEIGHT = 1e6  # keeps every sum of weights finite in single precision


@dataclass(frozen=True, eq=False)
class Problem:
    """Events of users with items.

    ``users`` and ``items`` hold the ids of the two axes, each id once. The four arrays share the
    axis *events*: index of the user, index of the item, strength (0 < weight <= 1e6; 1 when left
    out) and time (any unit that grows; the given order when left out). Events of equal time keep
    the given order. Refuses with InvalidInput, naming the first culprit.
    """

    users: Sequence[Id]
    items: Sequence[Id]
    event_user: ArrayLike
    event_item: ArrayLike
    event_weight: ArrayLike | None = None
    event_time: ArrayLike | None = None
    timed: bool = field(init=False)  # whether times were given: only then are there baskets and spans

    def __post_init__(self) -> None:
        object.__setattr__(self, "timed", self.event_time is not None)
        users, items = _axis("user", self.users), _axis("item", self.items)
        user = _indices("user", self.event_user, users)
        item = _indices("item", self.event_item, items)
        n = len(user)
        weight = _floats("weight", np.ones(n) if self.event_weight is None else self.event_weight, n)
        time = _floats("time", np.arange(n) if self.event_time is None else self.event_time, n)
        if len(item) != n:
            raise InvalidInput(f"{n} events have a user but {len(item)} have an item")
        wrong = np.flatnonzero((weight <= 0) | (weight > LARGEST_WEIGHT))
        if len(wrong):
            raise InvalidInput(
                f"event {wrong[0]} of item {items[item[wrong[0]]]!r} has weight {weight[wrong[0]]:g}; "
                f"a weight lies above 0 and at most {LARGEST_WEIGHT:g}"
            )
        order = np.lexsort((time, user))  # stable: equal times keep the given order
        for name, value in (("users", users), ("items", items)):
            object.__setattr__(self, name, value)
        for name, array in (
            ("event_user", user),
            ("event_item", item),
            ("event_weight", weight),
            ("event_time", time),
        ):
            ordered = array[order]
            ordered.setflags(write=False)
            object.__setattr__(self, name, ordered)

    @classmethod
    def from_histories(cls, histories: Mapping[Any, Sequence[Id]]) -> Problem:
        """Make a problem of each user's items in time order; a later user counts as a newer one."""
        items: dict[Id, int] = {}
        lengths = np.asarray([len(history) for history in histories.values()], dtype=np.int64)
        flat = [items.setdefault(item, len(items)) for history in histories.values() for item in history]
        return cls(
            users=tuple(histories),
            items=tuple(items),
            event_user=np.repeat(np.arange(len(lengths)), lengths),
            event_item=np.asarray(flat, dtype=np.int64),
        )

    @property
    def events(self) -> Events:
        """The events as arrays, user by user and in time order."""
        arrays = (self.event_user, self.event_item, self.event_weight, self.event_time)
        user, item, weight, time = (np.asarray(array) for array in arrays)
        return Events(user=user, item=item, weight=weight, time=time)

    def fingerprint(self) -> str:
        """Hash the whole input, so that a result can say what it was made from."""
        digest = hashlib.sha256()
        for ids in (self.users, self.items):
            digest.update("\x1f".join(map(repr, ids)).encode())
            digest.update(b"\x1e")
        events = self.events
        for array in (events.user, events.item, events.weight, events.time):
            digest.update(array.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Events:
    """Events as parallel arrays (axis: events), sorted by user and then by time."""

    user: Indices
    item: Indices
    weight: Floats
    time: Floats

    def until(self, moment: float) -> Events:
        """Keep what had happened by then."""
        kept = self.time <= moment
        return Events(self.user[kept], self.item[kept], self.weight[kept], self.time[kept])


def _axis(kind: str, ids: Sequence[Id]) -> tuple[Id, ...]:
    """Return the ids as a tuple, refusing the first one that cannot be an id or appears twice."""
    listed = tuple(np.asarray(ids).tolist() if hasattr(ids, "dtype") else ids)
    seen: set[Id] = set()
    for position, one in enumerate(listed):
        try:
            known = one in seen
        except TypeError as unhashable:
            raise InvalidInput(f"{kind} {position} cannot be an id: {one!r} is not hashable") from unhashable
        if known:
            raise InvalidInput(f"{kind} {one!r} appears twice on its axis")
        seen.add(one)
    return listed


def _indices(kind: str, given: ArrayLike, axis: tuple[Id, ...]) -> Indices:
    """Return event indices into ``axis``, refusing the first one outside it."""
    array = np.asarray(given)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise InvalidInput(f"event_{kind} must be one row of whole numbers, indices into {kind}s")
    outside = np.flatnonzero((array < 0) | (array >= len(axis)))
    if len(outside):
        raise InvalidInput(
            f"event {outside[0]} names {kind} number {array[outside[0]]}, but there are {len(axis)} {kind}s"
        )
    return array.astype(np.int64)


def _floats(kind: str, given: ArrayLike, length: int) -> Floats:
    """Return one finite number for each event, refusing the first one that is not."""
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as unreadable:
        raise InvalidInput(f"event_{kind} must be numbers: {unreadable}") from unreadable
    if array.shape != (length,):
        raise InvalidInput(f"event_{kind} must hold one number for each of the {length} events")
    wrong = np.flatnonzero(~np.isfinite(array))
    if len(wrong):
        raise InvalidInput(f"event {wrong[0]} has {kind} {array[wrong[0]]}, which is not a finite number")
    return array
